import { setTimeout as sleep } from 'node:timers/promises';
import { GateClient, type CallOptions } from '../../examples/gate-client.ts';
import { covers, type Target } from '../../flags/targets.ts';
import type { DrillCall, Stream } from './drill-analysis.ts';
import type { LocalFile } from './secrets.ts';

/** Who makes the synthetic calls, and where. */
export interface LoadAgents {
  /** The agents' host. */
  gate: string;
  agents: LocalFile['agents'];
}

/** A stream with what it sends, and how often. */
export interface LoadStream extends Stream {
  input: Record<string, unknown>;
  everyMs: number;
}

interface Planned {
  agent: string;
  action: string;
  mode: 'read' | 'execute';
  everyMs: number;
  input: Record<string, unknown>;
  vendor: string;
  method: string;
  path: string;
}

/**
 * The load, below every limit of the example manifests and the simulated vendors. Each stream makes requests that no other
 * one makes, so that a vendor's log, which knows no agents, tells whose they were: each agent reads a company of its own.
 */
function planned(companies: readonly string[], sandbox: boolean): Planned[] {
  const readers: readonly (readonly [agent: string, everyMs: number])[] = [
    ['lead-router', 150],
    ['content-writer', 800],
    ['support-agent', 800],
  ];
  const reads = readers.flatMap(([agent, everyMs], index): Planned[] => {
    const id = companies[index];
    if (id === undefined) return [];
    const path = `/crm/v3/objects/companies/${encodeURIComponent(id)}`;
    const request = { vendor: 'hubspot', method: 'GET', path };
    return [{ agent, action: 'crm.company.read', mode: 'read', everyMs, input: { id }, ...request }];
  });
  // What changes something, or costs credits, goes to the simulated vendors only.
  return sandbox ? [...reads, ...sandboxOnly] : reads;
}

const sandboxOnly: readonly Planned[] = [
  {
    agent: 'lead-router',
    action: 'enrichment.company.lookup',
    mode: 'read',
    everyMs: 600,
    input: { domain: 'acme.example' },
    vendor: 'hunter',
    method: 'GET',
    path: '/v2/companies/find',
  },
  {
    agent: 'lead-router',
    action: 'chat.message.post',
    mode: 'execute',
    everyMs: 2_100,
    input: { channel: 'C0LEADS001', text: 'A drill of the kill switch is running.' },
    vendor: 'slack',
    method: 'POST',
    path: '/api/chat.postMessage',
  },
];

/** The streams of the agents that are known here, each with whether `target` covers it. */
export async function streamsOf(
  load: LoadAgents,
  target: Target,
  companies: readonly string[],
  sandbox: boolean,
): Promise<LoadStream[]> {
  const streams: LoadStream[] = [];
  const workflows = new Map<string, string>();
  for (const plan of planned(companies, sandbox)) {
    const credentials = load.agents[plan.agent];
    if (!credentials) continue;
    const { agent, action } = plan;
    const workflow = workflows.get(agent) ?? (await workflowOf(new GateClient(load.gate, credentials)));
    workflows.set(agent, workflow);
    const tool = action.split('.')[0] ?? '';
    const covered = covers(target, { agent, workflow, tool, action });
    streams.push({ ...plan, id: `${agent} ${action}`, covered });
  }
  return streams;
}

/** Throws when the gate does not say: a drill whose coverage is guessed would prove nothing. */
async function workflowOf(client: GateClient): Promise<string> {
  const { status, body } = await client.get('/v1/me');
  const { workflow } = body;
  if (status !== 200 || typeof workflow !== 'string') throw new Error(`GET /v1/me answered ${status}`);
  return workflow;
}

/** A load that runs. */
export interface Load {
  calls: DrillCall[];
  /** The first covered call after `since` (Unix ms) that the gate gave an id; null: none has one yet. */
  firstCovered(since: number): { call: string; at: number } | null;
  /** When the first covered call after `since` succeeded (both Unix ms); null: none has yet. */
  restored(since: number): number | null;
  stop(): Promise<void>;
}

const because = {
  goal: 'Drill the kill switch',
  explanation: 'Synthetic load of a drill; nobody needs its result.',
};

/** Starts every stream: one call after the other, each stream by itself. */
export function startLoad(load: LoadAgents, streams: readonly LoadStream[]): Load {
  const calls: DrillCall[] = [];
  const run = Date.now().toString(36);
  const ended = new AbortController();
  const known: { call: string; at: number }[] = [];
  const succeeded: number[] = [];
  const stream = async ({ id, agent, action, mode, input, everyMs, covered }: LoadStream): Promise<void> => {
    const client = new GateClient(load.gate, load.agents[agent] ?? { client_id: agent, client_secret: '' });
    for (let n = 0; !ended.signal.aborted; n += 1) {
      const at = Date.now();
      const options: CallOptions = mode === 'read' ? { mode } : { mode, because, key: `drill-${run}-${n}` };
      // No answer is a finding of the drill, not its end.
      const answer = await client.call(action, input, options).catch(() => null);
      calls.push({ stream: id, at, status: answer?.status ?? 0 });
      const call = answer?.body['call'];
      if (covered && typeof call === 'string') known.push({ call, at });
      if (covered && answer?.status === 200) succeeded.push(Date.now());
      await sleep(Math.max(0, at + everyMs - Date.now()), undefined, { signal: ended.signal }).catch(
        () => undefined,
      );
    }
  };
  const running = Promise.all(streams.map(stream));
  return {
    calls,
    firstCovered: (since) => known.find(({ at }) => at > since) ?? null,
    restored: (since) => succeeded.find((at) => at > since) ?? null,
    stop: async () => {
      ended.abort();
      await Promise.race([running, sleep(10_000)]);
    },
  };
}
