import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askOps } from '../../bin/lib/client.ts';
import type { LocalGate } from '../../bin/lib/local-gate.ts';
import { GateClient, type GateAnswer } from '../../examples/gate-client.ts';
import type { MeterView } from '../../shared/meters.ts';
import type { AgentLimits } from '../../shared/rpc.ts';
import { makeCheckout, type Checkout } from './checkout.ts';

/** What the agent may change by itself, and what its workflow shares. */
const OWN = 14;
const SHARED = 12;

let checkout: Checkout;
let gate: LocalGate;

beforeAll(async () => {
  checkout = await makeCheckout();
  const budget = (max: number): string => `{ measure: records, max: ${max}, per: total }`;
  writeFileSync(
    join(checkout.folder, 'governance/shared.yaml'),
    `workflows:\n  lead-routing:\n    budgets: [${budget(SHARED)}]\n`,
  );
  const manifest = join(checkout.folder, 'governance/manifests/lead-router.yaml');
  const text = readFileSync(manifest, 'utf8').replace(/^budgets:\n(?: {2}.*\n)*/m, '');
  writeFileSync(manifest, text.replace(/^limits:/m, `budgets: [${budget(OWN)}]\nlimits:`));
  gate = await checkout.start();
});
afterAll(async () => {
  await gate?.process.stop();
  checkout?.remove();
});

const because = { goal: 'keep the CRM right', explanation: 'A company came in.' };

function client(): GateClient {
  const credentials = gate.local.agents['lead-router'];
  if (!credentials) throw new Error('no lead-router');
  return new GateClient(gate.local.gate, credentials);
}

/** Asked again with the same key it is the same call. Null: the gate was killed meanwhile. */
async function create(agent: GateClient, n: number): Promise<GateAnswer | null> {
  const input = { name: `Company ${n}`, domain: `company-${n}.example` };
  const how = { mode: 'execute', key: `company-${n}`, because, confidence: 95 } as const;
  return agent.call('crm.company.create', input, how).catch(() => null);
}

async function simulator<T>(path: string, init?: RequestInit): Promise<T> {
  return (await fetch(`${gate.local.gate}/simulator/hubspot${path}`, init)).json<T>();
}

/** What is used of the agent's own budget, and of what it shares. */
async function used(): Promise<[own: number | undefined, shared: number | undefined]> {
  const who = { gate: gate.local.gate, token: gate.local.people['operator']?.token };
  const answer = await askOps<AgentLimits>(who, 'GET', '/agents/lead-router/limits');
  if (answer.kind !== 'ok') return [undefined, undefined];
  const { budgets, shared = [] } = answer.value;
  const records = (meters: readonly MeterView[] | null): number | undefined => meters?.[0]?.used;
  return [records(budgets), records(shared.find(({ of }) => of === 'workflow:lead-routing')?.limits ?? null)];
}

test(
  'killed with calls under way: no budget is exceeded, and in the end it counts what ran or may have run',
  { timeout: 300_000 },
  async () => {
    const slow = { fault: 'slow', delayMs: 1_200, path: '/crm/v3/objects/companies', method: 'POST' };
    await fetch(`${gate.local.gate}/simulator/hubspot/faults`, {
      method: 'POST',
      body: JSON.stringify(slow),
    });
    let asked = 0;
    for (const delay of [60, 400, 1_500]) {
      const agent = client();
      await agent.token();
      const calls = Array.from({ length: 6 }, async () => create(agent, (asked += 1)));
      await sleep(delay);
      await checkout.kill(gate);
      await Promise.all(calls);
      gate = await checkout.start();
    }
    await fetch(`${gate.local.gate}/simulator/hubspot/faults`, { method: 'DELETE' });

    const agent = client();
    const ended = new Map<number, string>();
    for (let tries = 0; tries < 60 && ended.size < asked; tries += 1) {
      for (let n = 1; n <= asked; n += 1) {
        const answer = ended.has(n) ? null : await create(agent, n);
        if (answer?.status === 200) ended.set(n, 'succeeded');
        else if (answer?.body['code'] === 'indeterminate') ended.set(n, 'indeterminate');
        else if (answer?.status === 429 && !answer.headers.has('retry-after')) ended.set(n, 'limited');
      }
      await sleep(1_000);
    }
    const count = (how: string): number => [...ended.values()].filter((one) => one === how).length;
    expect(ended.size).toBe(asked);
    expect(count('limited')).toBeGreaterThan(0);

    const log = await simulator<{ method: string; path: string }[]>('/log');
    const sent = log.filter(({ method, path }) => method === 'POST' && path === slow.path).length;
    expect(sent).toBeLessThanOrEqual(SHARED);
    expect(count('succeeded') + count('indeterminate')).toBeLessThanOrEqual(SHARED);

    // The pool asks about what nobody told it of; then all three say the same.
    const kept = count('succeeded') + count('indeterminate');
    let last = await used();
    for (let tries = 0; tries < 90 && last[1] !== kept; tries += 1) {
      await sleep(1_000);
      last = await used();
    }
    expect(last).toEqual([kept, kept]);
    console.log(
      `asked ${asked}: ${count('succeeded')} ran, ${count('indeterminate')} unclear, ${count('limited')} denied; ${sent} requests`,
    );
  },
);
