import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askOps } from '../../bin/lib/client.ts';
import type { LocalGate } from '../../bin/lib/local-gate.ts';
import { GateClient } from '../../examples/gate-client.ts';
import type { LeadRecord } from '../../shared/rpc.ts';
import { makeCheckout, type Checkout } from './checkout.ts';

let checkout: Checkout;
let gate: LocalGate;

beforeAll(async () => {
  checkout = await makeCheckout();
  gate = await checkout.start();
});
afterAll(async () => {
  await gate?.process.stop();
  checkout?.remove();
});

const because = { goal: 'tell the team', explanation: 'A lead came in.' };

function agent(): GateClient {
  const credentials = gate.local.agents['lead-router'];
  if (!credentials) throw new Error('no lead-router');
  return new GateClient(gate.local.gate, credentials);
}

async function ops<T>(path: string): Promise<T> {
  const answer = await askOps<T>(
    { gate: gate.local.gate, token: gate.local.people['operator']?.token },
    'GET',
    path,
  );
  if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer));
  return answer.value;
}

async function post(client: GateClient, text: string) {
  return client.call(
    'chat.message.post',
    { channel: 'C0LEADS001', text },
    { mode: 'execute', key: text.replaceAll(' ', '-'), because },
  );
}

/** Posts a lead; its id once the site has told the visitor that it is accepted, else null. */
async function lead(n: number): Promise<string | null> {
  try {
    const answer = await fetch(`${gate.local.gate}/leads/acme-web`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({
        publishable_key: 'pk_acmeweb01',
        email: `person${n}@acme.example`,
        company: `Company ${n}`,
        country: 'DE',
        employees: 100,
        consent: 'yes',
      }),
    });
    return answer.status === 202 ? (await answer.json<{ lead: string }>()).lead : null;
  } catch {
    return null; // Killed while it was asked: the visitor was told nothing.
  }
}

async function vendor<T>(path: string): Promise<T> {
  return (await fetch(`${gate.local.gate}/simulator/slack${path}`)).json<T>();
}

async function slow(delayMs: number): Promise<void> {
  await fetch(`${gate.local.gate}/simulator/slack/faults`, {
    method: 'POST',
    body: JSON.stringify({ fault: 'slow', delayMs, path: '/api/chat.postMessage' }),
  });
}

test(
  'killed with calls and leads under way: no lead lost, no action twice, every call known or listed for a person',
  { timeout: 300_000 },
  async () => {
    const accepted: string[] = [];
    const texts: string[] = [];
    await slow(1_500);
    for (const [round, delay] of [150, 600, 1_200].entries()) {
      const client = agent();
      await client.token();
      const keys = Array.from({ length: 4 }, (_, n) => `round ${round} message ${n}`);
      texts.push(...keys);
      const calls = keys.map((key) => post(client, key).catch(() => null));
      const leads = Array.from({ length: 5 }, (_, n) => lead(round * 10 + n));
      await sleep(delay);
      await checkout.kill(gate);
      await Promise.all(calls);
      accepted.push(...(await Promise.all(leads)).filter((id) => id !== null));
      gate = await checkout.start();
    }

    const kept = await ops<LeadRecord[]>('/leads?site=acme-web&limit=100');
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.filter((id) => !kept.some((record) => record.id === id))).toEqual([]);

    await fetch(`${gate.local.gate}/simulator/slack/faults`, { method: 'DELETE' });
    // The agent does what agents do: it asks again with the same keys. What ran is not run again.
    const client = agent();
    const ended = await Promise.all(texts.map((text) => settled(client, text)));

    const messages = await vendor<{ text: string }[]>('/records/messages');
    for (const text of texts) {
      expect(messages.filter((message) => message.text === text).length, text).toBeLessThanOrEqual(1);
    }
    expect(ended).not.toContain('unsettled');
    expect(ended).toContain('succeeded');
    for (const [n, outcome] of ended.entries()) {
      const sent = messages.some((message) => message.text === texts[n]);
      if (outcome === 'succeeded') expect(sent, texts[n]).toBe(true);
      if (outcome === 'failed') expect(sent, texts[n]).toBe(false);
    }
    const { calls } = await ops<{ calls: { status: string }[] }>('/calls?tool=chat&limit=100');
    const listed = calls.filter((call) => call.status === 'indeterminate').length;
    expect(listed).toBe(ended.filter((outcome) => outcome === 'indeterminate').length);
    console.log(
      `leads accepted and kept ${accepted.length}; calls ${summary(ended)}; messages ${messages.length}`,
    );
  },
);

/** Asks for the same thing again until the gate knows how it ended: at most the vendor's lag and two looks. */
async function settled(client: GateClient, text: string): Promise<string> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { status, body } = await post(client, text);
    if (status === 200) return 'succeeded';
    if (status === 502 && body['code'] === 'vendor-failed') return 'failed';
    if (status === 503 && 'call' in body && body['detail'] !== undefined) return 'failed';
    if (status === 502 && tries > 50) return 'indeterminate';
    await sleep(1_500);
  }
  return 'unsettled';
}

function summary(outcomes: string[]): string {
  return Object.entries(Object.groupBy(outcomes, (outcome) => outcome))
    .map(([outcome, all]) => `${outcome} ${all?.length ?? 0}`)
    .join(', ');
}
