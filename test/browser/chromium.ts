import { existsSync } from 'node:fs';

/** Chromium's path: `CHROMIUM`, else where Debian puts it. Throws with what to do when there is none. */
export function findChromium(): string {
  const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(path)) {
    throw new Error(
      `There is no browser at ${path}. Install one: apt-get update && apt-get install -y chromium (or name it: CHROMIUM=/path).`,
    );
  }
  return path;
}
