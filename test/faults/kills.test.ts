/**
 * Every process of the gate is killed with SIGKILL again and again while agents execute keyed calls over all tools that have a
 * vendor. The vendors are not killed. Each call has a trace of its own, which the vendors' logs show, so what reached a vendor is
 * counted by call.
 */
import { rmSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshSecrets } from '../../bin/lib/secrets.ts';
import type { Governance } from '../../shared/governance.ts';
import { newTraceparent, traceId } from '../../shared/trace.ts';
import { RigGate, rigAgents, rigFolder, type RigAgent, type Told } from '../rig/gate.ts';
import { RigVendors } from '../rig/vendors.ts';
import { action, exampleOf, varsOfTools } from '../worker/tools-kit.ts';
import { rigGovernance } from './governance.ts';

/** The documented run is 200; CI may take fewer. Five calls to a kill. */
const KILLS = Number(process.env['KILLS']) || 200;
const CALLS = KILLS * 5;
/** Vendors answer so late (ms): many a kill then comes between what a vendor did and its answer. */
const LATE_MS = 60;

/** An execute of each tool with a vendor, or several: with a vendor's key, with a `find`, with neither. `n` makes each its own. */
const executes: Record<string, (n: number) => Record<string, unknown>> = {
  'crm.company.create': (n) => ({ name: `Killed ${n}` }),
  'crm.contact.create': (n) => ({ email: `killed${n}@acme.example` }),
  'chat.message.post': (n) => ({ channel: 'C0LEADS001', text: `killed ${n}` }),
  'email.message.send': (n) => ({ ...exampleOf(action('email.message.send')), subject: `Killed ${n}` }),
  'email.broadcast.draft': (n) => ({ ...exampleOf(action('email.broadcast.draft')), name: `Killed ${n}` }),
  'cms.post.draft': (n) => ({ title: `Killed ${n}`, content: '<p>Soon.</p>' }),
  'support.conversation.reply': (n) => ({ conversation: '2001', reply: `Killed ${n}` }),
  'ads.budget.update': (n) => ({ ...exampleOf(action('ads.budget.update')), dailyBudget: 6_000 + n }),
};
const names = Object.keys(executes);

interface Keyed {
  agent: RigAgent;
  name: string;
  input: Record<string, unknown>;
  key: string;
  traceparent: string;
  /** The last answer; null while there was none. */
  told: Told | null;
}

let folder: string;
let vendors: RigVendors;
let gate: RigGate;
const agents = rigAgents(8, 2);

beforeAll(async () => {
  folder = rigFolder();
  mkdirSync(folder, { recursive: true });
  const secrets = await freshSecrets(agents.map(({ name }) => name));
  vendors = await RigVendors.start(join(folder, 'outside'), secrets);
  const tools = varsOfTools(() => ({ VENDOR_TIMEOUT_MS: '1500', VENDOR_BREAKER: 'off' }));
  gate = await RigGate.start({
    agents,
    vendorPort: vendors.port,
    folder: join(folder, 'gate'),
    vars: { ...tools, guard: { RECOVER_AFTER_MS: '4000' } },
    secrets,
    governance: generous(),
  });
  for (const vendor of vendors.names) {
    await vendors.fault(vendor, { fault: 'unlimited' });
    await vendors.fault(vendor, { fault: 'slow', delayMs: LATE_MS });
  }
}, 180_000);
afterAll(async () => {
  await gate?.kill();
  await vendors?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Whatever is granted is permitted, and the agents are granted these executes: people's approvals are not what is tried here. */
const generous = (): Governance =>
  rigGovernance(
    agents,
    names,
    '@id("all") @reason("The test is of something else.") permit (principal, action, resource) when { context.granted };',
  );

function keyed(n: number): Keyed {
  const name = names[n % names.length] ?? '';
  return {
    agent: agents[n % agents.length] ?? agents[0]!,
    name,
    input: executes[name]?.(n) ?? {},
    key: `killed-${n}`,
    traceparent: newTraceparent(),
    told: null,
  };
}

async function ask(call: Keyed): Promise<void> {
  const { agent, name, input, key, traceparent } = call;
  call.told = await gate.call(agent.name, name, input, { mode: 'execute', key, traceparent });
}

/** Asks until the guard has taken the call, or the process is gone. */
async function start(call: Keyed, until: number): Promise<void> {
  do {
    await ask(call);
    if (call.told?.status === 503) await sleep(20);
  } while (!isTaken(call) && call.told?.status !== 0 && Date.now() < until);
}

/** The guard answered with the call itself, however that stands. */
function isTaken({ told }: Keyed): boolean {
  return told !== null && told.status !== 0 && (told.status !== 503 || told.body['call'] !== undefined);
}

/** Until some of the calls, none or all of them, are answered, and a moment more: a machine's speed decides no kill's place. */
async function someMoment(calls: readonly Keyed[]): Promise<void> {
  const wanted = Math.floor(Math.random() * (calls.length + 1));
  const given = Date.now() + 20_000;
  while (calls.filter(isTaken).length < wanted && Date.now() < given) await sleep(5);
  await sleep(Math.random() * 2 * LATE_MS);
}

/** How a call ended for good, as its agent is told; undefined: it has not. */
function endOf({ told }: Keyed): 'succeeded' | 'failed' | 'indeterminate' | undefined {
  if (told?.status === 200) return 'succeeded';
  if (told?.status === 502) return told.body['code'] === 'indeterminate' ? 'indeterminate' : 'failed';
  // Lapsed: its time to start had passed, and nothing was sent.
  return told?.status === 503 && 'call' in told.body ? 'failed' : undefined;
}

/** Effects at vendors by trace. */
async function effects(): Promise<Map<string, number>> {
  const count = new Map<string, number>();
  for (const vendor of vendors.names) {
    for (const { changed, trace } of await vendors.log(vendor)) {
      const known = trace ?? 'none';
      if (changed) count.set(known, (count.get(known) ?? 0) + 1);
    }
  }
  return count;
}

type Listed = { call: string; status: string };

/** Every call that people are shown, page by page. */
async function listed(): Promise<Listed[]> {
  const all = agents.map(async ({ name }) => {
    const calls: Listed[] = [];
    let after = '';
    do {
      const { body } = await gate.ops('operator', 'GET', `/calls?agent=${name}&limit=20${after}`);
      calls.push(...(body['calls'] as Listed[]));
      after = typeof body['next'] === 'string' ? `&after=${encodeURIComponent(body['next'])}` : '';
    } while (after !== '' && calls.length < CALLS);
    return calls;
  });
  return (await Promise.all(all)).flat();
}

test(
  `killed ${KILLS} times under ${CALLS} keyed executes: at most one effect for each key, every end known or listed for a person`,
  { timeout: 1_800_000 },
  async () => {
    const calls = Array.from({ length: CALLS }, (_, n) => keyed(n));
    const begun = Date.now();
    let [cut, down] = [0, 0];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const five = calls.slice(kill * 5, kill * 5 + 5);
      const running = five.map(async (call) => start(call, Date.now() + 20_000));
      await someMoment(five);
      await gate.kill();
      await Promise.all(running);
      cut += five.filter(({ told }) => told?.status === 0).length;
      const from = Date.now();
      await gate.up();
      down += Date.now() - from;
    }
    const killed = Date.now();
    for (const vendor of vendors.names) {
      await vendors.noFaults(vendor);
      await vendors.fault(vendor, { fault: 'unlimited' });
    }

    // The agents do what agents do: they ask again with the same keys, until every call has ended.
    const deadline = Date.now() + 240_000;
    const open = (): Keyed[] =>
      calls.filter((call) => endOf(call) === undefined || endOf(call) === 'indeterminate');
    // What is indeterminate may still be found out, so it is asked about until nothing changes any more.
    for (let settled = 0, before = -1; settled < 3 && Date.now() < deadline;) {
      for (let at = 0; at < open().length; at += 20)
        await Promise.all(
          open()
            .slice(at, at + 20)
            .map(ask),
        );
      const left = calls.filter((call) => endOf(call) === undefined).length;
      const unclear = open().length;
      settled = left === 0 && unclear === before && Date.now() > killed + 75_000 ? settled + 1 : 0;
      before = unclear;
      await sleep(3_000);
    }

    const ends = Object.groupBy(calls, (call) => endOf(call) ?? 'open');
    const count = await effects();
    const of = ({ traceparent }: Keyed): number => count.get(traceId(traceparent)) ?? 0;
    const seconds = (ms: number): string => (ms / 1000).toFixed(1);
    console.log(
      [
        `killed ${KILLS} times in ${seconds(killed - begun)} s (${Math.round(down / KILLS)} ms to start again)`,
        `${CALLS} executes, ${cut} cut off: ${Object.entries(ends)
          .map(([end, all]) => `${end} ${all.length}`)
          .join(', ')}`,
        `effects ${[...count.values()].reduce((sum, one) => sum + one, 0)}, of indeterminate calls ${(ends.indeterminate ?? []).filter((call) => of(call) > 0).length}`,
        `settled ${seconds(Date.now() - killed)} s after the last kill`,
      ].join('; '),
    );
    expect(calls.filter((call) => of(call) > 1).map(({ name, key }) => `${name} ${key}`)).toEqual([]);
    expect(ends['open'] ?? []).toEqual([]);
    expect((ends.succeeded ?? []).filter((call) => of(call) !== 1)).toEqual([]);
    expect((ends.failed ?? []).filter((call) => of(call) !== 0)).toEqual([]);
    expect(count.get('none') ?? 0).toBe(0);
    const forPeople = (await listed()).filter(({ status }) => status === 'indeterminate');
    const unclear = (ends.indeterminate ?? []).map(({ told }) => String(told?.body['call']));
    expect(new Set(forPeople.map(({ call }) => call))).toEqual(new Set(unclear));
    // Kills that hit nothing would prove nothing.
    expect(cut).toBeGreaterThan(KILLS / 4);
    expect(ends.succeeded?.length ?? 0).toBeGreaterThan(CALLS / 4);
  },
);
