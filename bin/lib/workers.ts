import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface WorkerConfig {
  /** Without the `toolgate-` prefix. */
  name: string;
  /** Relative to the root of the repository. */
  configPath: string;
  /** The folder of its config, where its `.dev.vars` is. */
  folder: string;
  /** Names listed under `[secrets] required`. */
  secrets: string[];
  /** Those of them without which it is deployed all the same. */
  optional: string[];
}

/** Every Worker of this repository, the sandbox (the local front door) first. Found by its wrangler.toml. */
export function findWorkers(root: string): WorkerConfig[] {
  const folders = ['.', ...children(root, 'workers'), ...children(root, 'workers/tools')];
  const workers = folders
    .filter((folder) => existsSync(join(root, folder, 'wrangler.toml')))
    .map((folder) => readWorker(root, folder));
  return workers.sort((a, b) => Number(b.name === 'sandbox') - Number(a.name === 'sandbox'));
}

function children(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .sort();
}

function readWorker(root: string, folder: string): WorkerConfig {
  const configPath = join(folder, 'wrangler.toml');
  const text = readFileSync(join(root, configPath), 'utf8');
  const name = /^name = "toolgate-([a-z-]+)"$/m.exec(text)?.[1];
  if (!name) throw new Error(`${configPath}: the name of a Worker is "toolgate-…"`);
  const secrets = required(text, 'secrets');
  const deployed = required(text, 'env.production.secrets');
  const optional = secrets.filter((secret) => !deployed.includes(secret));
  return { name, configPath, folder, secrets, optional };
}

function required(text: string, section: string): string[] {
  const from = text.indexOf(`\n[${section}]\nrequired = [`);
  const list =
    from === -1 ? '' : text.slice(text.indexOf('= [', from), text.indexOf(']', text.indexOf('= [', from)));
  return [...list.matchAll(/"([A-Z0-9_]+)"/g)].map((match) => String(match[1]));
}
