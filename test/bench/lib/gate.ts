import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileGovernance } from '../../../bin/lib/governance.ts';
import { freshSecrets, type LocalSecrets } from '../../../bin/lib/secrets.ts';
import type { Governance } from '../../../shared/governance.ts';
import type { Bundle } from './bundle.ts';
import { send, type Shot } from './client.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

/** The agents of the bench: the first is the measured one, all together the spread. */
export const agents = ['bench-one', 'bench-two', 'bench-three', 'bench-four'] as const;

/** The gate under measurement: every Worker of the repository in one workerd. */
export interface Gate {
  workerd: Workerd;
  /** Requests of one agent, ready to be made; keeps their tokens fresh. */
  clients: Record<string, AgentClient>;
  stop: () => Promise<void>;
}

export interface AgentClient {
  /** Gets a token unless the one at hand lasts. Call it between cases, never inside one. */
  renew(): Promise<void>;
  call(tool: string, action: string, body: string, key: string | null): Shot;
}

/** Starts the gate and applies the bench's governance as an owner would. */
export async function startGate(options: {
  bundles: readonly Bundle[];
  vendorPort: number;
  folder: string;
  governance: Governance;
  inspector?: boolean;
}): Promise<Gate> {
  const { governance, ...rest } = options;
  const made = await freshSecrets(agents);
  const workerd = await startWorkerd({
    ...rest,
    secrets: Object.fromEntries(
      Object.entries(made.workers).map(([name, values]) => [`toolgate-${name}`, values]),
    ),
    sockets: { gateway: 'toolgate-gateway', console: 'toolgate-console' },
  });
  await govern(workerd, made, governance).catch(async (error: unknown) => {
    // Nobody has a handle to stop it by yet.
    await workerd.stop();
    throw error;
  });
  const clients = Object.fromEntries(agents.map((agent) => [agent, client(workerd, made, agent)]));
  return { workerd, clients, stop: workerd.stop };
}

async function govern(workerd: Workerd, made: LocalSecrets, governance: Governance): Promise<void> {
  const answer = await send({
    port: workerd.ports['console'] ?? 0,
    method: 'PUT',
    path: '/ops/v1/governance',
    headers: {
      authorization: `Bearer ${made.local.people['owner']?.token ?? ''}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(governance),
  });
  if (answer.status >= 300) throw new Error(`governance was not applied: ${answer.status} ${answer.body}`);
}

/** Tokens live up to ten minutes; half of that leaves room for the longest case. */
const TOKEN_MS = 5 * 60_000;

function client(workerd: Workerd, made: LocalSecrets, agent: string): AgentClient {
  const port = workerd.ports['gateway'] ?? 0;
  let token = '';
  let renewAt = 0;
  return {
    async renew() {
      if (performance.now() < renewAt) return;
      token = await fetchToken(port, made.local.agents[agent]);
      renewAt = performance.now() + TOKEN_MS;
    },
    call(tool, action, body, key) {
      const headers: Record<string, string> = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(key !== null && { 'idempotency-key': key }),
      };
      return { port, path: `/v1/tools/${tool}/${action}`, headers, body };
    },
  };
}

async function fetchToken(port: number, credentials?: Record<string, string>): Promise<string> {
  const answer = await send({
    port,
    path: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...credentials }).toString(),
  });
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.body}`);
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

/** The repository's own policies with the bench's manifest, once per agent, compiled by real Cedar. */
export async function benchGovernance(root: string, folder: string): Promise<Governance> {
  const into = join(folder, 'governance');
  rmSync(into, { recursive: true, force: true });
  mkdirSync(join(into, 'manifests'), { recursive: true });
  cpSync(join(root, 'governance/policies'), join(into, 'policies'), { recursive: true });
  const manifest = readFileSync(join(root, 'test/bench/manifest.yaml'), 'utf8');
  for (const agent of agents) {
    writeFileSync(join(into, 'manifests', `${agent}.yaml`), manifest.replace('AGENT', agent));
  }
  const compiled = await compileGovernance(folder);
  if (!compiled.ok)
    throw new Error(`the bench's governance does not compile:\n${compiled.errors.join('\n')}`);
  return compiled.governance;
}
