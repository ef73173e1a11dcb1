import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unstable_readConfig, type Unstable_Config } from 'wrangler';

/** A Worker as wrangler would deploy it: its configuration and the folder with its modules. */
export interface Bundle {
  /** As in its wrangler.toml. */
  name: string;
  config: Unstable_Config;
  /** Absolute. */
  folder: string;
  /** Module names, the main one first. */
  modules: string[];
}

const run = promisify(execFile);
/** Two cores are the machine this is made for; more at once only wait for each other. */
const AT_ONCE = 3;

/** Bundles Workers with `wrangler deploy --dry-run`, so that what is measured is what is deployed. */
export async function bundleAll(configPaths: readonly string[], out: string): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  const queue = [...configPaths.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      bundles[next[0]] = await bundle(next[1], out);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return bundles;
}

async function bundle(configPath: string, out: string): Promise<Bundle> {
  const config = unstable_readConfig({ config: configPath }, { hideWarnings: true });
  const name = config.name;
  if (!name) throw new Error(`${configPath}: no name`);
  const folder = resolve(out, name);
  const wrangler = resolve('node_modules/wrangler/bin/wrangler.js');
  const args = [wrangler, 'deploy', '--dry-run', '--env=', '-c', configPath, '--outdir', folder];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' };
  await run(process.execPath, args, { env }).catch(({ stderr }: { stderr: string }) => {
    throw new Error(`${configPath}: wrangler cannot bundle it:\n${stderr}`);
  });
  return { name, config, folder, modules: modulesOf(folder) };
}

function modulesOf(folder: string): string[] {
  const files = readdirSync(folder).filter((file) => !/\.(md|map)$/.test(file));
  if (!files.includes('index.js'))
    throw new Error(`${join(folder, 'index.js')}: wrangler made no main module`);
  return ['index.js', ...files.filter((file) => file !== 'index.js')];
}
