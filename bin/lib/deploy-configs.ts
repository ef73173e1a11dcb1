import { dirname, join } from 'node:path';
import type { Unstable_Config as Config } from 'wrangler';
import { findWorkers, type WorkerConfig } from './workers.ts';

/** One Worker as its `wrangler.toml` configures it for one environment. */
export interface Deployable {
  /** The script's name in this environment: `toolgate-guard-production`. */
  name: string;
  /** Its name in this repository: `guard`. */
  worker: string;
  /** Relative to the root of the repository. */
  configPath: string;
  routes: string[];
  /** Doors besides its routes: a workers.dev address, preview addresses. */
  sideDoors: string[];
  services: { binding: string; service: string }[];
  /** `script`: whose class it is, this Worker's own included. */
  objects: { binding: string; className: string; script: string }[];
  /** `creates`: the classes that a migration brings in. */
  migrations: { tag: string; creates: string[] }[];
  /** Names of the secrets without which it is not deployed. */
  secrets: string[];
  vars: Record<string, unknown>;
  /** The same Worker without what it needs others for; see `objectsOnly`. */
  alone: Record<string, unknown>;
}

export type DeployConfigs = { ok: true; workers: Deployable[] } | { ok: false; errors: string[] };

/** The Worker that simulates the vendors and opens every host on one port. */
const SANDBOX = 'sandbox';

/**
 * Reads every `wrangler.toml` below `root` with wrangler's own reader, as it is for `environment`. The sandbox is left out,
 * and must not even have the environment; every other Worker must. All errors at once.
 */
export async function readDeployConfigs(root: string, environment: string): Promise<DeployConfigs> {
  // Loaded only here: wrangler takes a second to load, which every other command would wait for.
  const { unstable_readConfig: readConfig, experimental_readRawConfig: readRaw } = await import('wrangler');
  const errors: string[] = [];
  const workers: Deployable[] = [];
  for (const found of findWorkers(root)) {
    const args = { config: join(root, found.configPath), env: environment };
    try {
      const defined = Object.hasOwn(readRaw(args).rawConfig.env ?? {}, environment);
      const fault = environmentFault(found, defined, environment);
      if (fault !== null) errors.push(`${found.configPath}: ${fault}`);
      else if (defined) workers.push(deployable(found, readConfig(args, { hideWarnings: true })));
    } catch (error) {
      errors.push(
        `${found.configPath}: wrangler does not read it: ${error instanceof Error ? error.message : ''}`,
      );
    }
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, workers };
}

function environmentFault({ name }: WorkerConfig, defined: boolean, environment: string): string | null {
  if (name === SANDBOX) {
    return defined
      ? `the sandbox simulates vendors and is never deployed: remove [env.${environment}]`
      : null;
  }
  return defined
    ? null
    : `has no [env.${environment}]: write one after the pattern of [env.production], with names, hosts and people of its own`;
}

function deployable({ name: worker, configPath }: WorkerConfig, config: Config): Deployable {
  const name = config.name ?? worker;
  return {
    name,
    worker,
    configPath,
    routes: routesOf(config),
    sideDoors: [
      ...(config.workers_dev === true ? ['workers_dev'] : []),
      ...(config.preview_urls === true ? ['preview_urls'] : []),
    ],
    services: (config.services ?? []).map(({ binding, service }) => ({ binding, service })),
    objects: config.durable_objects.bindings.map((bound) => ({
      binding: bound.name,
      className: bound.class_name,
      script: bound.script_name ?? name,
    })),
    migrations: config.migrations.map((migration) => ({ tag: migration.tag, creates: created(migration) })),
    secrets: config.secrets?.required ?? [],
    vars: config.vars,
    alone: objectsOnly(config),
  };
}

function routesOf({ route, routes = [] }: Config): string[] {
  const all = [...routes, ...(route === undefined ? [] : [route])];
  return all.map((one) => (typeof one === 'string' ? one : one.pattern));
}

function created(migration: Config['migrations'][number]): string[] {
  return [
    ...(migration.new_sqlite_classes ?? []),
    ...(migration.new_classes ?? []),
    ...(migration.renamed_classes ?? []).map(({ to }) => to),
    ...(migration.transferred_classes ?? []).map(({ to }) => to),
  ];
}

/**
 * A config that deploys a Worker with its code, its settings and its objects, and without service bindings, routes and
 * required secrets. So it needs no other Worker, nobody can reach it, and secrets can be put on it.
 */
function objectsOnly(config: Config): Record<string, unknown> {
  const { name, main, compatibility_date, compatibility_flags, rules, alias, define } = config;
  return {
    name,
    main,
    ...(main !== undefined && { base_dir: dirname(main) }),
    compatibility_date,
    compatibility_flags,
    rules,
    alias,
    define,
    workers_dev: false,
    preview_urls: false,
    vars: config.vars,
    durable_objects: config.durable_objects,
    migrations: config.migrations,
  };
}
