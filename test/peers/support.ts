import { compileGovernance } from '../../bin/lib/governance.ts';
import type { GateAnswer } from '../../examples/gate-client.ts';
import { governanceVersion } from '../../shared/governance.ts';
import type { Receipt, SourceView, Stop, StopsView } from '../../shared/rpc.ts';
import { eventually } from '../flow/support.ts';
import { bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';
import type { RedisPeer } from './redis.ts';
import { toolgate } from './toolgate.ts';
import type { UnleashPeer } from './unleash.ts';

// Wrangler would look for news, and for a description of this connection, on the internet.
Object.assign(process.env, { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' });

export const webhookSecret = 'a-webhook-secret-of-some-length';

/** The shipped policies with limits that no test reaches; every agent may also list leads and read companies. */
export async function governGenerously(gate: GateUnderTest): Promise<void> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const { version: _, shared: __, ...rest } = compiled.governance;
  for (const manifest of Object.values(rest.manifests)) {
    manifest.limits = [{ action: '*', max: 100_000, per: 60 }];
    Object.assign(manifest, { budgets: [], radius: [], sensitivity: 'regulated' });
    manifest.sources = [...new Set([...(manifest.sources ?? []), 'leads', 'crm'])];
    const granted = new Set(manifest.grants.map(({ action }) => action));
    for (const action of ['leads.lead.list', 'crm.company.read']) {
      if (!granted.has(action)) manifest.grants.push({ action, mode: 'read' });
    }
  }
  await putInForce(gate, { version: governanceVersion(rest), ...rest });
}

/** A gate that follows these peers. */
export async function bootFollowing(peers: {
  unleash?: UnleashPeer;
  redis?: RedisPeer;
}): Promise<GateUnderTest> {
  const { unleash, redis } = peers;
  const gate = await bootGate({
    govern: false,
    vars: {
      control: {
        ...(unleash && {
          UNLEASH_URL: unleash.api,
          UNLEASH_TOKEN: unleash.clientTokens.development,
          UNLEASH_WEBHOOK_SECRET: webhookSecret,
        }),
        ...(redis && { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: redis.token }),
      },
    },
  });
  await governGenerously(gate);
  return gate;
}

/** Makes every switch in Unleash, on. */
export async function pushFlags(unleash: UnleashPeer): Promise<void> {
  const env = { UNLEASH_URL: unleash.directApi, UNLEASH_ADMIN_TOKEN: unleash.adminToken };
  const pushed = await toolgate(['flags', 'push'], env);
  if (pushed.exit !== 0) throw new Error(`flags were not pushed: ${pushed.stdout}${pushed.stderr}`);
}

let company: string | undefined;

/** A read of one company in the simulated CRM. */
export async function readCompany(gate: GateUnderTest, agent = 'lead-router'): Promise<GateAnswer> {
  company ??= await firstCompany(gate);
  return gate.agent(agent).call('crm.company.read', { id: company }, { mode: 'read' });
}

async function firstCompany(gate: GateUnderTest): Promise<string> {
  const answer = await fetch(`${gate.url.origin}/simulator/hubspot/records/companies`);
  const [first] = await answer.json<{ id: string }[]>();
  if (!first) throw new Error('The simulated CRM holds no company.');
  return first.id;
}

/** A read that reaches no vendor. */
export async function listLeads(gate: GateUnderTest, agent = 'lead-router'): Promise<GateAnswer> {
  return gate.agent(agent).call('leads.lead.list', { limit: 1 }, { mode: 'read' });
}

/** An execute that waits for nobody, and of which the simulated vendor takes many. */
export const creating = {
  action: 'crm.company.create',
  input: { name: 'Newcomer Ltd' },
  options: { mode: 'execute', because: { goal: 'keep the CRM right', explanation: 'A lead came in.' } },
} as const;

let created = 0;

export async function create(gate: GateUnderTest): Promise<GateAnswer> {
  created += 1;
  const { action, input, options } = creating;
  return gate.agent('lead-router').call(action, input, { ...options, key: `create-${created}` });
}

/** An execute of another tool. Slack takes about one a second. */
export async function post(gate: GateUnderTest): Promise<GateAnswer> {
  created += 1;
  const input = { channel: 'C0LEADS001', text: 'a lead came in' };
  const options = { ...creating.options, key: `post-${created}` };
  return gate.agent('lead-router').call('chat.message.post', input, options);
}

export async function stopsOf(gate: GateUnderTest): Promise<StopsView> {
  return (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
}

export async function stopOf(gate: GateUnderTest, target: string): Promise<Stop | undefined> {
  return (await stopsOf(gate)).stops.find((stop) => stop.target === target);
}

export async function sourceOf(gate: GateUnderTest, name: SourceView['name']): Promise<SourceView> {
  const found = (await stopsOf(gate)).sources.find((source) => source.name === name);
  if (!found) throw new Error(`no source ${name}`);
  return found;
}

/** A person's stop; resolves to its receipt once that is confirmed. */
export async function stop(gate: GateUnderTest, target: string): Promise<Receipt> {
  const answer = await gate.ops('operator', 'POST', '/stops', { target, reason: 'a test with real peers' });
  if (!answer.ok) throw new Error(`not stopped: ${answer.status} ${await answer.text()}`);
  const { id } = await answer.json<Receipt>();
  return eventually(async () => {
    const receipt = await (await gate.ops('auditor', 'GET', `/receipts/${id}`)).json<Receipt>();
    return receipt.status === 'forming' ? undefined : receipt;
  });
}

/** A person's resume; for `all` a second one's as well. */
export async function resume(gate: GateUnderTest, target: string): Promise<Response> {
  const ask = async (person: string): Promise<Response> =>
    gate.ops(person, 'DELETE', `/stops/${target}`, { reason: 'the test is over' });
  const first = await ask('operator');
  return first.ok && target === 'all' && (await stopOf(gate, target)) ? ask('operator2') : first;
}

/** Waits until an agent's reads pass: at the beginning, or once what was closed is open again. */
export async function untilItReads(gate: GateUnderTest, agent = 'lead-router'): Promise<void> {
  await eventually(async () => ((await readCompany(gate, agent)).status === 200 ? true : undefined), 30_000);
}
