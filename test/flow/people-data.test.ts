import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { Pulse } from '../../shared/pulse.ts';
import type { CallSheet } from '../../workers/console/call-sheet.ts';
import type { ToolsView } from '../../workers/console/tool-sheets.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
});
afterAll(async () => gate.close());

const because = { goal: 'see how a call is told', explanation: 'A test asks.' };

async function asked<T>(path: string, person = 'auditor'): Promise<T> {
  const answer = await gate.ops(person, 'GET', path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json<T>();
}

/** One call in the session `morning`; returns its id once the audit log has how it ended. */
async function called(): Promise<string> {
  const how = { mode: 'read' as const, session: 'morning', because };
  const answer = await router.call('crm.company.read', { id: '501' }, how);
  const id = String(answer.body['call']);
  await eventually(async () => {
    const found = await gate.ops('auditor', 'GET', `/calls/${id}`);
    return found.ok && (await found.json<CallSheet>()).call['endedAt'] !== null ? true : undefined;
  });
  return id;
}

test('a call is told from request to outcome, with the words of its policies and its entries', async () => {
  const id = await called();
  const sheet = await asked<CallSheet>(`/calls/${id}`);
  expect(sheet.words).toBe('known');
  expect(sheet.timeline.map(({ kind }) => kind)).toEqual(['call.intent', 'call.outcome']);
  const [intent] = sheet.timeline;
  expect(intent?.steps.every(({ answer }) => answer === 'passed')).toBe(true);
  expect(intent?.policies.length).toBeGreaterThan(0);
  expect(intent?.policies.every(({ reason }) => typeof reason === 'string')).toBe(true);
  expect(intent?.entry).toMatchObject({
    source: 'guard:lead-router',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const { code, stdout } = await runAs(gate, 'auditor', ['call', id]);
  expect(code).toBe(0);
  expect(stdout).toContain('Allowed, and recorded to run');
  expect(stdout).toContain(String(intent?.entry.hash));
});

test('calls are found by session and state, and by a part of the id', async () => {
  const id = await called();
  const found = await asked<{ calls: { call: string }[] }>(
    `/calls?session=morning&status=succeeded&id=${id.slice(-6)}`,
  );
  expect(found.calls.map(({ call }) => call)).toEqual([id]);
  expect((await gate.ops('auditor', 'GET', '/calls?colour=red')).status).toBe(422);
});

test('the pulse counts them, and status tells it', async () => {
  await called();
  const pulse = await asked<Pulse>('/pulse', 'operator');
  expect(pulse.minutes).toHaveLength(60);
  expect(pulse.hour.calls).toBeGreaterThan(0);
  expect(pulse.hour.allowed).toBeGreaterThan(0);
  const { stdout } = await runAs(gate, 'operator', ['status']);
  expect(stdout).toMatch(/last hour +\d+ calls: \d+ allowed/);
  expect((await fetch(new URL('/ops/v1/pulse', gate.url))).status).toBe(401);
});

test('tools tell how they fare and which secrets they hold, by name and age, and no value of any', async () => {
  const view = await asked<ToolsView>('/tools');
  const crm = view.tools.find(({ tool }) => tool === 'crm');
  expect(crm).toMatchObject({ answers: true, vendor: { vendor: 'simulated', breaker: { state: 'closed' } } });
  expect(crm?.record?.hour.succeeded).toBeGreaterThan(0);
  expect(crm?.secrets.map(({ name, state }) => [name, state])).toEqual([
    ['HUBSPOT_READ_TOKEN', 'set'],
    ['HUBSPOT_WRITE_TOKEN', 'set'],
  ]);
  expect(Date.parse(crm?.secrets[0]?.setAt ?? '')).toBeLessThan(Date.now());
  expect(view.others?.find(({ worker }) => worker === 'guard')?.secrets[0]?.name).toBe(
    'DISPATCH_PRIVATE_KEY',
  );
  const shown = JSON.stringify(view) + (await runAs(gate, 'auditor', ['tools'])).stdout;
  expect(shown).toContain('RESEND_WRITE_KEY');
  for (const { worker, value } of secretValues()) expect(shown.includes(value), worker).toBe(false);
  expect((await fetch(new URL('/ops/v1/tools', gate.url))).status).toBe(401);
});

/** Every value that a Worker of this gate keeps for itself. */
function secretValues(): { worker: string; value: string }[] {
  return Object.entries(gate.secrets.workers).flatMap(([worker, secrets]) =>
    Object.entries(secrets)
      .filter(([name, value]) => value !== '' && name !== 'SECRETS_SET_AT')
      .map(([, value]) => ({ worker, value })),
  );
}
