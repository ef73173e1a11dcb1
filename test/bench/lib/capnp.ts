import { dirname, join, relative } from 'node:path';
import type { Bundle } from './bundle.ts';

export interface Plan {
  bundles: readonly Bundle[];
  /** Worker name -> secret name -> value. */
  secrets: Record<string, Record<string, string>>;
  /** Port of the loopback server that every binding called VENDOR leads to. */
  vendorPort: number;
  /** Socket name -> Worker name; each listens on a free loopback port. */
  sockets: Record<string, string>;
  /** Absolute; the Durable Objects' databases, in the folder of the configuration. */
  storage: string;
}

/**
 * workerd's configuration for all Workers of a plan in one process, from their wrangler.toml files alone. Throws for a
 * kind of binding that it cannot carry over: a bench that leaves one out would measure another system.
 */
export function capnpConfig(plan: Plan): string {
  const { bundles, sockets, storage, vendorPort } = plan;
  const services = [
    `( name = "internet", network = ( allow = [] ) )`,
    `( name = "storage", disk = ( path = ${text(storage)}, writable = true ) )`,
    `( name = "vendor", external = ( address = "127.0.0.1:${vendorPort}", http = () ) )`,
    ...bundles.map((bundle) => worker(bundle, plan)),
  ];
  const doors = Object.entries(sockets).map(
    ([name, service]) =>
      `( name = ${text(name)}, address = "127.0.0.1:0", http = (), service = ${text(service)} )`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = ${list(services)},
  sockets = ${list(doors)},
);
`;
}

function worker(bundle: Bundle, plan: Plan): string {
  const { name, config, folder, modules } = bundle;
  refuseUnknown(bundle);
  const classes = (config.migrations ?? []).flatMap((migration) => migration.new_sqlite_classes ?? []);
  const namespaces = classes.map(
    (cls) => `( className = ${text(cls)}, uniqueKey = ${text(`${name}-${cls}`)}, enableSql = true )`,
  );
  return `( name = ${text(name)}, worker = (
    compatibilityDate = ${text(config.compatibility_date ?? '')},
    compatibilityFlags = ${list(config.compatibility_flags.map(text))},
    modules = ${list(modules.map((file) => moduleOf(plan, folder, file)))},
    bindings = ${list(bindings(bundle, plan))},
    durableObjectNamespaces = ${list(namespaces)},
    durableObjectStorage = ( localDisk = "storage" ),
  ) )`;
}

function bindings({ name, config }: Bundle, plan: Plan): string[] {
  return [
    ...Object.entries(config.vars).map(([key, value]) =>
      typeof value === 'string'
        ? binding(key, 'text', text(value))
        : binding(key, 'json', text(JSON.stringify(value))),
    ),
    ...Object.entries(plan.secrets[name] ?? {}).map(([key, value]) => binding(key, 'text', text(value))),
    ...(config.services ?? []).map(({ binding: key, service, entrypoint }) =>
      binding(key, 'service', key === 'VENDOR' ? '"vendor"' : designator(plan, service, entrypoint)),
    ),
    ...config.durable_objects.bindings.map((object) =>
      binding(
        object.name,
        'durableObjectNamespace',
        `( className = ${text(object.class_name)}, serviceName = ${text(object.script_name ?? name)} )`,
      ),
    ),
  ];
}

function binding(name: string, kind: string, value: string): string {
  return `( name = ${text(name)}, ${kind} = ${value} )`;
}

function designator(plan: Plan, service: string, entrypoint: string | undefined): string {
  if (!plan.bundles.some(({ name }) => name === service)) throw new Error(`${service}: no such Worker here`);
  return `( name = ${text(service)}${entrypoint ? `, entrypoint = ${text(entrypoint)}` : ''} )`;
}

function moduleOf({ storage }: Plan, folder: string, file: string): string {
  const kind = file.endsWith('.js') ? 'esModule' : file.endsWith('.wasm') ? 'wasm' : undefined;
  if (!kind) throw new Error(`${join(folder, file)}: a kind of module that the bench does not know`);
  // Cap'n Proto looks for an absolute path in its import folders, so the path is from the configuration's folder.
  return `( name = ${text(file)}, ${kind} = embed ${text(relative(dirname(storage), join(folder, file)))} )`;
}

/** Bindings that this generator would drop silently. */
const unknown = [
  'kv_namespaces',
  'r2_buckets',
  'd1_databases',
  'hyperdrive',
  'vectorize',
  'workflows',
] as const;

function refuseUnknown({ name, config }: Bundle): void {
  const found = unknown.filter((key) => (config[key]?.length ?? 0) > 0);
  if ((config.queues.producers?.length ?? 0) > 0) found.push('queues' as never);
  if (found.length > 0) throw new Error(`${name}: the bench cannot carry over ${found.join(', ')}`);
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '[]' : `[\n  ${items.join(',\n  ')} ]`;
}

/** A Cap'n Proto string literal. */
function text(value: string): string {
  return JSON.stringify(value);
}
