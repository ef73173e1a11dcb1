import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerSecrets } from './secrets.ts';
import { findWorkers } from './workers.ts';

const FILE = '.dev.vars';

/** Reads a `.dev.vars` file: `NAME=value` lines, the value bare or in quotes. What is not such a line is skipped. */
export function parseDevVars(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) values[name] = value.replace(/^(['"])(.*)\1$/, '$2');
  }
  return values;
}

/** Writes `.dev.vars`. Single quotes, because the values are JSON; a value that holds one cannot be written. */
export function formatDevVars(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (/['\n]/.test(value))
        throw new Error(`${name}: a value for .dev.vars holds no quote and no line break`);
      return `${name}='${value}'\n`;
    })
    .join('');
}

/** Every Worker's own `.dev.vars`, by Worker. */
export function readWorkerSecrets(root: string): WorkerSecrets {
  const all: WorkerSecrets = {};
  for (const { name, folder } of findWorkers(root)) {
    const path = join(root, folder, FILE);
    if (existsSync(path)) all[name] = parseDevVars(readFileSync(path, 'utf8'));
  }
  return all;
}

/** Writes each Worker's secrets beside its config, and leaves what else somebody put there. */
export function writeWorkerSecrets(root: string, secrets: WorkerSecrets): void {
  const before = readWorkerSecrets(root);
  for (const { name, folder } of findWorkers(root)) {
    const values = { ...before[name], ...secrets[name] };
    if (Object.keys(values).length > 0) writePrivate(join(root, folder, FILE), formatDevVars(values));
  }
}

/** Removes every Worker's `.dev.vars`. */
export function removeWorkerSecrets(root: string): void {
  for (const { folder } of findWorkers(root)) rmSync(join(root, folder, FILE), { force: true });
}

/** Writes a file that only its owner can read, whole or not at all, and only when something changes. */
export function writePrivate(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return chmodSync(path, 0o600);
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
