/** What agents and operators see of a vendor's troubles and of its credentials, through the whole gate. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, exampleOf } from '../worker/tools-kit.ts';
import type { ToolsView } from '../../workers/console/tool-sheets.ts';
import { eventually, simulatorLog } from './support.ts';

/** What the lead router's workflow has at HubSpot; nobody gave it out. */
const WRONG = 'pat-eu1-nobody-may-ever-see-this';

let gate: GateUnderTest;
let router: GateClient;
beforeAll(async () => {
  const vars = { enrichment: { HUNTER_API_KEY_LEAD_ROUTING: '' } };
  gate = await bootGate({ vars: { ...vars, crm: { HUBSPOT_WRITE_TOKEN_LEAD_ROUTING: WRONG } } });
  router = gate.agent('lead-router');
});
afterAll(async () => gate?.close());
afterEach(async () => {
  await fetch(new URL('/simulator/hubspot/faults', gate.url), { method: 'DELETE' });
});

const because = { goal: 'route a lead', explanation: 'The form says so.' };

async function read(headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify({ mode: 'read', input: { id: '501' }, because });
  return fetch(new URL('/v1/tools/crm/company.read', gate.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await router.token()}`,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  });
}

async function fault(kind: string): Promise<void> {
  const body = JSON.stringify({ fault: kind });
  await fetch(new URL('/simulator/hubspot/faults', gate.url), { method: 'POST', body });
}

type Data = Record<string, unknown>;

/** What the ledger has of a call's intent and outcome, once it has both. */
async function journaled(call: unknown): Promise<{ intent: Data; outcome: Data }> {
  return eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', `/journal?call=${String(call)}`);
    const { entries } = await answer.json<{ entries: { kind: string; data: Data }[] }>();
    const of = (kind: string): Data | undefined => entries.find((entry) => entry.kind === kind)?.data;
    const [intent, outcome] = [of('call.intent'), of('call.outcome')];
    return intent && outcome ? { intent, outcome } : undefined;
  });
}

describe("a trace of the agent's", () => {
  test('is that of its vendor requests and of its intent, and nothing else of its headers goes on', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await read({
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
      tracestate: 'agent=says',
      baggage: 'agent=says',
    });
    expect(answer.status).toBe(200);
    const { call } = await answer.json<{ call: string }>();
    const log = await simulatorLog(gate, 'hubspot');
    expect(log.at(-1)).toMatchObject({ path: '/crm/v3/objects/companies/501', trace });
    const entries = await journaled(call);
    expect(entries.intent['trace']).toBe(trace);
    expect(JSON.stringify(entries)).not.toContain('agent=says');
  });

  test('that is none is replaced by a new one, which is in the journal and at the vendor', async () => {
    const answer = await read({ traceparent: '00-not-a-trace' });
    const { call } = await answer.json<{ call: string }>();
    const { trace } = (await journaled(call)).intent;
    expect(trace).toMatch(/^[0-9a-f]{32}$/);
    expect((await simulatorLog(gate, 'hubspot')).at(-1)).toMatchObject({ trace });
  });
});

test('which secret a call used is in the journal by its name, and not told to the agent', async () => {
  const told = (await (await read()).json()) as Record<string, unknown>;
  expect(told['status']).toBe('succeeded');
  expect(JSON.stringify(told)).not.toContain('HUBSPOT_READ_TOKEN');
  const { intent, outcome } = await journaled(told['call']);
  expect(intent).not.toHaveProperty('secrets');
  expect(outcome['secrets']).toEqual(['HUBSPOT_READ_TOKEN']);
  expect(outcome).not.toHaveProperty('secretsRefused');
});

test('so are those of what was looked up for policies and for a proposal', async () => {
  const writer = gate.agent('content-writer');
  const input = exampleOf(action('ads.budget.update'));
  const told = await writer.call('ads.budget.update', input, { mode: 'propose', because, confidence: 90 });
  expect(told.body).toMatchObject({ status: 'proposed' });
  const proposed = await eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', `/journal?call=${String(told.body['call'])}`);
    const { entries } = await answer.json<{ entries: { kind: string; data: Data }[] }>();
    return entries.find(({ kind }) => kind === 'call.proposed')?.data;
  });
  expect(proposed['secrets']).toEqual(['META_READ_TOKEN']);
});

test('the Tools page says when each was last used, and never a value', async () => {
  const secret = await eventually(async () => {
    const view = await (await gate.ops('auditor', 'GET', '/tools')).json<ToolsView>();
    const crm = view.tools.find(({ tool }) => tool === 'crm');
    return crm?.secrets.find(({ name, usedAt }) => name === 'HUBSPOT_READ_TOKEN' && usedAt !== null);
  });
  expect(secret).toMatchObject({ state: 'set', rotation: null });
});

describe('a credential that is no good', () => {
  test('that is missing: the agent is told that the owner must look, the operator which setting it is', async () => {
    const input = { domain: 'acme.example' };
    const told = await router.call('enrichment.company.lookup', input, { mode: 'read', because });
    expect(told.body).toMatchObject({ code: 'vendor-failed', because: ['credential'] });
    expect(JSON.stringify(told.body)).not.toContain('HUNTER_API_KEY');
    const { outcome } = await journaled(told.body['call']);
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'credential',
      detail: 'HUNTER_API_KEY_LEAD_ROUTING is set to nothing',
      secretsRefused: ['HUNTER_API_KEY_LEAD_ROUTING'],
    });
    expect(outcome).not.toHaveProperty('secrets');
  });

  test('that was revoked: the same, and no value is anywhere', async () => {
    await fault('revoked');
    const told = (await (await read()).json()) as Record<string, unknown>;
    expect(told).toMatchObject({ code: 'vendor-failed', because: ['credential'] });
    const entries = await journaled(told['call']);
    expect(entries.outcome).toMatchObject({
      reason: 'credential',
      detail: 'HUBSPOT_READ_TOKEN is wrong, revoked or expired: the vendor answered 401',
      secrets: ['HUBSPOT_READ_TOKEN'],
      secretsRefused: ['HUBSPOT_READ_TOKEN'],
    });
    const secrets = Object.values(gate.secrets.workers['crm'] ?? {}).filter((text) =>
      text.startsWith('pat-'),
    );
    for (const secret of [...secrets, WRONG]) expect(JSON.stringify([told, entries])).not.toContain(secret);
  });
});

test("an answer that breaks the contract is in the ledger with its place, and without the vendor's words", async () => {
  await fault('changed-field');
  const told = (await (await read()).json()) as Record<string, unknown>;
  expect(told).toMatchObject({ code: 'vendor-failed', because: ['contract'] });
  const { outcome } = await journaled(told['call']);
  expect(outcome).toMatchObject({ outcome: 'failed', reason: 'contract' });
  expect(outcome['detail']).toMatch(/^the vendor's answer does not fit at \//);
});

test('a vendor that does not answer is spared: agents are told when to come back, and it is asked again after a while', async () => {
  await fault('500');
  // Each read is sent twice.
  for (let n = 0; n < 3; n += 1) await read();
  const before = (await simulatorLog(gate, 'hubspot')).length;
  const answer = await read();
  expect(answer.status).toBe(502);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await answer.json()).toMatchObject({ code: 'vendor-failed', because: ['unavailable'] });
  expect((await simulatorLog(gate, 'hubspot')).length).toBe(before);
  await fetch(new URL('/simulator/hubspot/faults', gate.url), { method: 'DELETE' });
  const again = await eventually(async () => ((await read()).status === 200 ? true : undefined), 20_000);
  expect(again).toBe(true);
});
