import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from './dev-vars.ts';
import type { LocalFile } from './secrets.ts';

/** The folder of this repository, wherever a command is run from. */
export const root = join(import.meta.dirname, '../..');

/** Where everything of this machine's gate lies: git-ignored, and removed by `--fresh`. */
export interface LocalPaths {
  folder: string;
  file: string;
  state: string;
  log: string;
  run: string;
  registry: string;
  /** Which policy sets this checkout has seen, by gate. */
  sets: string;
}

export function localPaths(at: string): LocalPaths {
  const folder = join(at, '.toolgate');
  return {
    folder,
    file: join(folder, 'local.json'),
    state: join(folder, 'state'),
    log: join(folder, 'dev.log'),
    run: join(folder, 'run.json'),
    registry: join(folder, 'registry'),
    sets: join(folder, 'policy-sets.json'),
  };
}

/** `.toolgate/local.json`, or undefined when no gate was ever started here or the file is not readable. */
export function readLocalFile(at: string): LocalFile | undefined {
  return readJsonFile(localPaths(at).file) as LocalFile | undefined;
}

export function writeLocalFile(at: string, local: LocalFile): void {
  mkdirSync(localPaths(at).folder, { recursive: true, mode: 0o700 });
  writePrivate(localPaths(at).file, `${JSON.stringify(local, null, 2)}\n`);
}

/** A JSON file of our own making, or undefined when it is missing or broken. */
export function readJsonFile(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
