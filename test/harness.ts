import { createTestHarness, type TestHarness } from 'wrangler';
import { compileGovernance } from '../bin/lib/governance.ts';
import { GateClient } from '../examples/gate-client.ts';
import { freshSecrets, type LocalSecrets } from '../bin/lib/secrets.ts';
import { governanceVersion, type Governance } from '../shared/governance.ts';
import type { ManifestVersion } from '../shared/rpc.ts';
import { sameContent } from '../workers/control/manifest-numbers.ts';
import { findWorkers } from '../bin/lib/workers.ts';

export const root = new URL('..', import.meta.url).pathname;

export interface GateUnderTest {
  server: TestHarness;
  url: URL;
  secrets: LocalSecrets;
  /** A client with the credentials of one of the local agents. */
  agent(name: string): GateClient;
  /** Calls the people's API as one of the local people. */
  ops(person: string, method: string, path: string, body?: unknown): Promise<Response>;
  /** Evicts one object: the next message finds a new instance. */
  evict(worker: string, className: string, name: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Boots every Worker on real parts, on a loopback port of its own, with fresh secrets and the repository's governance
 * applied. `vars` overrides a Worker's vars, by its name; `agents` have credentials beside the local ones; `beside` are Workers
 * of the test's own, and `bindings` puts them in the place of a Worker's services, by the names of both.
 */
export async function bootGate(
  options: {
    vars?: Record<string, Record<string, string>>;
    govern?: boolean;
    agents?: string[];
    beside?: NonNullable<Parameters<typeof createTestHarness>[0]>['workers'];
    bindings?: Record<string, Record<string, string>>;
  } = {},
): Promise<GateUnderTest> {
  const secrets = await freshSecrets([
    'lead-router',
    'content-writer',
    'support-agent',
    ...(options.agents ?? []),
  ]);
  const server = createTestHarness({
    root,
    workers: [
      ...findWorkers(root).map(({ name, configPath }) => ({
        configPath,
        secrets: without(secrets.workers[name] ?? {}, options.vars?.[name] ?? {}),
        vars: options.vars?.[name] ?? {},
        bindingOverrides: options.bindings?.[name] ?? {},
      })),
      ...(options.beside ?? []),
    ],
  });
  const { url } = await server.listen();
  const gate: GateUnderTest = {
    server,
    url,
    secrets,
    agent: (name) =>
      new GateClient(url.origin, secrets.local.agents[name] ?? { client_id: name, client_secret: '' }),
    ops: async (person, method, path, body) =>
      fetch(new URL(`/ops/v1${path}`, url), {
        method,
        headers: {
          authorization: `Bearer ${secrets.local.people[person]?.token ?? ''}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    evict: async (worker, className, name) => {
      await evict(server, worker, className, name);
      await freshConnections(url);
    },
    close: async () => server.close(),
  };
  if (options.govern !== false) await applyGovernance(gate);
  return gate;
}

/** What a test sets as a var is no secret of that Worker as well. */
function without(secrets: Record<string, string>, vars: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => !Object.hasOwn(vars, name)));
}

/** Compiles `governance/` with real Cedar and applies it as an owner would. */
export async function applyGovernance(gate: GateUnderTest): Promise<void> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  await putInForce(gate, compiled.governance);
}

/**
 * Puts a policy set in force, over whatever is: as an owner, and if it widens, as a second person, too. A manifest that changed
 * gets the next number, so what is put in force may have another version: it is returned.
 */
export async function putInForce(
  gate: Pick<GateUnderTest, 'ops'>,
  governance: Governance,
): Promise<Governance> {
  const { ops } = gate;
  const reason = 'a test needs it';
  const set = await numbered(gate, governance);
  const applied = await applyOver(gate, set);
  const answer =
    applied.status === 202
      ? await ops('commander', 'POST', `/governance/${set.version}/approval`, { reason })
      : applied;
  if (!answer.ok) throw new Error(`governance was not applied: ${answer.status} ${await answer.text()}`);
  return set;
}

/** Applies a set as it is, as somebody who saw what is in force now. */
export async function applyOver(
  { ops }: Pick<GateUnderTest, 'ops'>,
  set: Governance,
  person = 'owner',
): Promise<Response> {
  const now = await inForce({ ops });
  const terms = new URLSearchParams({ over: now?.version ?? 'none', reason: 'a test needs it' });
  return ops(person, 'PUT', `/governance?${terms.toString()}`, set);
}

/** The policy set in force; null: none is. */
async function inForce({ ops }: Pick<GateUnderTest, 'ops'>): Promise<Governance | null> {
  const answer = await ops('auditor', 'GET', '/governance/in-force');
  return answer.status === 404 ? null : (await answer.json<{ set: Governance }>()).set;
}

/** The same set with each manifest that changed numbered above all of its versions. */
export async function numbered(
  gate: Pick<GateUnderTest, 'ops'>,
  governance: Governance,
): Promise<Governance> {
  const current = await inForce(gate);
  const { version: _, ...content } = structuredClone(governance);
  for (const [agent, manifest] of Object.entries(content.manifests)) {
    const was = current?.manifests[agent];
    if (was && sameContent(was, manifest)) manifest.version = was.version;
    else manifest.version = Math.max(manifest.version, (await lastNumber(gate, agent)) + 1);
  }
  return { version: governanceVersion(content), ...content };
}

/** The highest number that a manifest of the agent ever had. */
async function lastNumber({ ops }: Pick<GateUnderTest, 'ops'>, agent: string): Promise<number> {
  const answer = await ops('auditor', 'GET', `/agents/${agent}/manifests`);
  if (!answer.ok) return 0;
  const { manifests } = await answer.json<{ manifests: ManifestVersion[] }>();
  return Math.max(0, ...manifests.map(({ number }) => number ?? 0));
}

/**
 * The harness asks over a connection that may have been idle for long, and workerd may close it at that very moment: then the
 * object is gone, or not yet, and nobody knows. So it is asked once more; an object that is not running is evicted.
 */
async function evict(server: TestHarness, worker: string, className: string, name: string): Promise<void> {
  const asked = async (): Promise<void> => server.getWorker(worker).evictDurableObject(className, { name });
  await asked().catch(async (error: unknown) => {
    if (!(error instanceof Error) || error.message !== 'fetch failed') throw error;
    await asked().catch((again: unknown) => {
      if (!(again instanceof Error && /not currently running/.test(again.message))) throw again;
    });
  });
}

/** An eviction may take long, and closes connections: whichever are left half open fail here, and not in a test. */
async function freshConnections(url: URL): Promise<void> {
  const look = async (): Promise<unknown> =>
    fetch(new URL('/healthz', url)).then(
      async (answer) => answer.text(),
      () => undefined,
    );
  await Promise.all([look(), look(), look()]);
}
