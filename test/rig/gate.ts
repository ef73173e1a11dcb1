/**
 * The whole gate on raw workerd with many agents, for tests and benches of the kill switch: it can be killed and started
 * again with its storage, and one guard can be aborted while the rest goes on.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { freshSecrets, type LocalSecrets } from '../../bin/lib/secrets.ts';
import { findWorkers } from '../../bin/lib/workers.ts';
import type { Governance } from '../../shared/governance.ts';
import { bundleAll, type Bundle } from '../bench/lib/bundle.ts';
import { send } from '../bench/lib/client.ts';
import { startWorkerd, type Workerd } from '../bench/lib/workerd.ts';

const root = join(import.meta.dirname, '../..');

/**
 * A folder of its own for a rig's databases, in memory where the machine can: fifty guards on one disk wait for its syncs
 * and for nothing else. What is killed is processes, and memory files outlive those.
 */
export function rigFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'toolgate-rig-'));
}

export interface RigAgent {
  name: string;
  workflow: string;
}

/** `agent-01` and so on, dealt out over the workflows in turn. */
export function rigAgents(count: number, workflows: number): RigAgent[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `agent-${String(n + 1).padStart(2, '0')}`,
    workflow: `flow-${(n % workflows) + 1}`,
  }));
}

/** Each agent has a channel of its own, so that the vendor's log tells whose request it was. */
export function channelOf(agent: string): string {
  return `C0RIG${agent.slice('agent-'.length).padStart(4, '0')}`;
}

export interface Told {
  status: number;
  /** The JSON body. */
  body: Record<string, unknown>;
}

export class RigGate {
  readonly agents: readonly RigAgent[];
  readonly #folder: string;
  readonly #bundles: readonly Bundle[];
  readonly #vendorPort: number;
  readonly #vars: Record<string, Record<string, string>>;
  readonly #governance: Governance;
  readonly #secrets: LocalSecrets;
  readonly #sockets: Readonly<Record<string, string>>;
  readonly #tokens = new Map<string, string>();
  #workerd: Workerd | null = null;

  private constructor(
    made: {
      agents: readonly RigAgent[];
      folder: string;
      bundles: readonly Bundle[];
      vendorPort: number;
      sockets: Readonly<Record<string, string>>;
    },
    vars: Record<string, Record<string, string>>,
    governance: Governance,
    secrets: LocalSecrets,
  ) {
    this.agents = made.agents;
    this.#folder = made.folder;
    this.#bundles = made.bundles;
    this.#vendorPort = made.vendorPort;
    this.#sockets = made.sockets;
    this.#vars = vars;
    this.#governance = governance;
    this.#secrets = secrets;
  }

  /** Bundles every Worker, starts them and applies the rig's governance. `vars`: Worker name -> extra settings. */
  static async start(options: {
    agents: readonly RigAgent[];
    vendorPort: number;
    /** Its own; wiped. */
    folder: string;
    vars?: Record<string, Record<string, string>>;
    /** Of these agents; fresh ones if none are given. */
    secrets?: LocalSecrets;
    /** With a manifest for each agent; the rig's own if none is given. */
    governance?: Governance;
    /** Socket name -> Worker name, beside `gateway` and `console`. */
    sockets?: Readonly<Record<string, string>>;
  }): Promise<RigGate> {
    const { agents, vendorPort, folder, vars = {}, sockets = {} } = options;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const configs = [
      ...findWorkers(root).map(({ configPath }) => configPath),
      join(import.meta.dirname, 'crasher/wrangler.toml'),
    ];
    const [bundles, governance] = await Promise.all([
      bundleAll(configs, join(folder, 'bundles')),
      options.governance ?? rigGovernance(agents, folder),
    ]);
    const secrets = options.secrets ?? (await freshSecrets(agents.map(({ name }) => name)));
    const made = { agents, folder, bundles: bundles.map(crashable), vendorPort, sockets };
    const gate = new RigGate(made, vars, governance, secrets);
    await gate.up();
    await gate.#govern();
    return gate;
  }

  get pid(): number {
    return this.#workerd?.pid ?? 0;
  }

  /** Port of a socket; 0 while the process is down. */
  port(socket: string): number {
    return this.#workerd?.ports[socket] ?? 0;
  }

  /** Starts the process, with whatever storage is there. */
  async up(): Promise<void> {
    const secrets = Object.entries(this.#secrets.workers).map(
      ([name, values]) => [`toolgate-${name}`, { ...values, ...this.#vars[name] }] as const,
    );
    this.#workerd = await startWorkerd({
      bundles: this.#bundles,
      secrets: Object.fromEntries(secrets),
      vendorPort: this.#vendorPort,
      sockets: {
        gateway: 'toolgate-gateway',
        console: 'toolgate-console',
        crasher: 'toolgate-rig-crasher',
        ...this.#sockets,
      },
      folder: join(this.#folder, 'gate'),
      keep: true,
    });
    // The gate listens on another port now, and a token is good at one origin only.
    this.#tokens.clear();
  }

  /** SIGKILL: whatever is under way is gone, only storage stays. */
  async kill(): Promise<void> {
    await this.#workerd?.stop();
  }

  /** Calls an action as an agent; a refused connection is status 0. */
  async call(
    agent: string,
    action: string,
    input: unknown,
    how: { mode: 'read' | 'execute'; key?: string; traceparent?: string },
  ): Promise<Told> {
    // No token because nobody answers is the same as no answer to the call.
    const token = this.#tokens.get(agent) ?? (await this.#token(agent).catch(() => undefined));
    if (token === undefined) return { status: 0, body: {} };
    const [tool = '', ...rest] = action.split('.');
    const because = {
      goal: 'exercise the gate',
      explanation: 'The rig exercises the kill switch.',
      sources: [],
    };
    return this.#send('gateway', 'POST', `/v1/tools/${tool}/${rest.join('.')}`, {
      token,
      body: { mode: how.mode, input, because, confidence: 95 },
      ...(how.key !== undefined && { key: how.key }),
      ...(how.traceparent !== undefined && { traceparent: how.traceparent }),
    });
  }

  /** The people's API as one of the local people. */
  async ops(
    person: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Told> {
    const token = this.#secrets.local.people[person]?.token ?? '';
    return this.#send('console', method, `/ops/v1${path}`, { token, body });
  }

  /** Takes a stop back, with a second person where the gate wants one; asks again while the process is down. */
  async resume(target: string): Promise<void> {
    const path = `/stops/${encodeURIComponent(target)}`;
    let told: Told = { status: 0, body: {} };
    for (let tries = 0; tries < 100; tries += 1) {
      const person = tries % 2 === 0 ? 'operator' : 'operator2';
      const unheard = told.status === 0 && tries > 0;
      told = await this.ops(person, 'DELETE', path, { reason: 'rig' });
      // Not stopped any more: an ask whose answer was lost had counted.
      if (told.status === 200 || (told.status === 404 && unheard)) return;
      if (told.status === 0) await sleep(100);
    }
    throw new Error(`${target} was not resumed: ${told.status} ${JSON.stringify(told.body)}`);
  }

  /** Aborts an agent's guard, whatever it is doing. */
  async crash(agent: string): Promise<void> {
    const { body } = await this.#send('crasher', 'POST', `/${agent}`, { token: '' });
    if (body['crashed'] !== true) throw new Error(`${agent}: its guard was not aborted`);
  }

  /** The whole journal, parsed, the checkpoint left out. */
  async journal(): Promise<Record<string, unknown>[]> {
    const token = this.#secrets.local.people['auditor']?.token ?? '';
    const { body } = await send({
      port: this.port('console'),
      method: 'GET',
      path: '/ops/v1/journal/export',
      headers: { authorization: `Bearer ${token}` },
    });
    return body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((entry) => !('checkpoint' in entry));
  }

  async #govern(): Promise<void> {
    const { status, body } = await this.ops('owner', 'PUT', '/governance', this.#governance);
    if (status >= 300) throw new Error(`governance was not applied: ${status} ${JSON.stringify(body)}`);
  }

  async #token(agent: string): Promise<string> {
    const credentials = this.#secrets.local.agents[agent];
    const { status, body } = await send({
      port: this.port('gateway'),
      path: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...credentials }).toString(),
    });
    if (status !== 200) throw new Error(`no token: ${status} ${body}`);
    const token = (JSON.parse(body) as { access_token: string }).access_token;
    this.#tokens.set(agent, token);
    // Tokens last ten minutes at most.
    setTimeout(() => this.#tokens.delete(agent), 5 * 60_000).unref();
    return token;
  }

  async #send(
    socket: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    { token, body, key, traceparent }: { token: string; body?: unknown; key?: string; traceparent?: string },
  ): Promise<Told> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(traceparent !== undefined && { traceparent }),
    };
    const text = body === undefined ? undefined : JSON.stringify(body);
    try {
      const told = await send({
        port: this.port(socket),
        method,
        path,
        headers,
        ...(text !== undefined && { body: text }),
      });
      return { status: told.status, body: JSON.parse(told.body) as Record<string, unknown> };
    } catch {
      return { status: 0, body: {} }; // The process is gone.
    }
  }
}

/** The guard's own bundle with one method more: to be aborted from outside. */
function crashable(bundle: Bundle): Bundle {
  if (bundle.name !== 'toolgate-guard') return bundle;
  const code = `import * as real from './index.js';
export * from './index.js';
export { default } from './index.js';
export class Guard extends real.Guard {
  async crash() { this.ctx.abort('crashed by the rig'); }
}
`;
  writeFileSync(join(bundle.folder, 'crashable.js'), code);
  return { ...bundle, modules: ['crashable.js', ...bundle.modules] };
}

/** The repository's own policies with one manifest for each agent, compiled by real Cedar. */
async function rigGovernance(agents: readonly RigAgent[], folder: string): Promise<Governance> {
  const into = join(folder, 'governance');
  mkdirSync(join(into, 'manifests'), { recursive: true });
  cpSync(join(root, 'governance/policies'), join(into, 'policies'), { recursive: true });
  const manifest = readFileSync(join(import.meta.dirname, 'manifest.yaml'), 'utf8');
  for (const { name, workflow } of agents) {
    const own = manifest
      .replace('AGENT', name)
      .replace('WORKFLOW', workflow)
      .replace('CHANNEL', channelOf(name));
    writeFileSync(join(into, 'manifests', `${name}.yaml`), own);
  }
  const compiled = await compileGovernance(folder);
  if (!compiled.ok) throw new Error(`the rig's governance does not compile:\n${compiled.errors.join('\n')}`);
  return compiled.governance;
}
