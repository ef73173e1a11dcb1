import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LeadDetail } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs } from './support.ts';

let gate: GateUnderTest;
beforeAll(async () => {
  gate = await bootGate();
});
afterAll(async () => gate?.close());

let posted = 0;
/** A lead that no rule takes, unless it comes from Germany. */
async function lead(country = 'SE'): Promise<string> {
  posted += 1;
  const body = new URLSearchParams({
    publishable_key: 'pk_acmeweb01',
    name: 'Somebody',
    email: `someone${posted}@acme.example`,
    company: `Company ${posted}`,
    country,
    employees: country === 'DE' ? '20' : '300',
    value: '200000',
    consent: 'yes',
  });
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(new URL('/leads/acme-web', gate.url), {
    method: 'POST',
    headers,
    body: body.toString(),
  });
  return (await answer.json<{ lead: string }>()).lead;
}

async function route(id: string, queue: string): Promise<string> {
  const because = { goal: 'Every lead reaches the right team.', explanation: 'By its country.' };
  const asked = { mode: 'execute', key: `r-${id}-${queue}`, because } as const;
  const answer = await gate.agent('lead-router').call('leads.lead.route', { lead: id, queue }, asked);
  expect(answer.status).toBe(200);
  return String(answer.body['call']);
}

const correct = async (id: string, queue: string, reason: string, person = 'operator') =>
  runAs(gate, person, ['leads', 'correct', id, '--queue', queue, '--reason', reason]);

interface Told {
  all: { routed: number; corrected: number; percent: number } | null;
  target: { percent: number; met: boolean };
  by: Record<string, { name: string; routed: number; corrected: number; percent: number }[]>;
  reasons: [string, number][];
}
const rates = async (...more: string[]): Promise<Told> => {
  const ran = await runAs(gate, 'auditor', ['leads', 'errors', '--json', ...more]);
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.stdout) as Told;
};

test('before anything is routed there is no rate', async () => {
  expect((await rates()).all).toBeNull();
});

test('what people send elsewhere counts against whoever sent it there: the agent or the rule', async () => {
  const [right, wrong, handedOver, byRule] = [await lead(), await lead(), await lead(), await lead('DE')];
  await route(right, 'sales-emea');
  await route(wrong, 'sales-us');
  await route(handedOver, 'human-queue');
  expect(await correct(wrong, 'sales-emea', 'wrong-region')).toMatchObject({ code: 0 });
  expect(await correct(byRule, 'self-serve', 'wrong-size')).toMatchObject({ code: 0 });
  // Taking a handed-over lead up is a person's work, and corrects nobody.
  expect(await correct(handedOver, 'sales-emea', 'other')).toMatchObject({ code: 0 });
  const told = await rates();
  expect(told.all).toMatchObject({ routed: 3, corrected: 2, percent: 66.7 });
  expect(told.target).toEqual({ percent: 1, met: false });
  expect(told.by['agent']).toEqual([{ name: 'lead-router', routed: 2, corrected: 1, percent: 50 }]);
  expect(told.by['rule']).toEqual([{ name: 'small-dach', routed: 1, corrected: 1, percent: 100 }]);
  expect(told.by['queue']).toContainEqual({ name: 'sales-us', routed: 1, corrected: 1, percent: 100 });
  expect(told.by['queue']).toContainEqual({ name: 'sales-emea', routed: 1, corrected: 0, percent: 0 });
  expect(told.by['period']).toHaveLength(1);
  expect(told.reasons).toEqual(
    expect.arrayContaining([
      ['wrong-region', 1],
      ['wrong-size', 1],
    ]),
  );
  const { stdout } = await runAs(gate, 'operator', ['leads', 'errors']);
  expect(stdout).toMatch(/2 of 3 routed leads .* 66.7 %, ABOVE the target of 1 %/);
});

test('a corrected lead is where the person sent it, and corrected again it counts once', async () => {
  const id = await lead();
  await route(id, 'sales-us');
  const before = (await rates()).all!;
  await correct(id, 'sales-emea', 'wrong-region');
  await correct(id, 'enterprise', 'wrong-size');
  const leads = await (
    await gate.ops('operator', 'GET', '/leads?site=acme-web&limit=200')
  ).json<LeadDetail[]>();
  expect(leads.find((one) => one.id === id)).toMatchObject({
    status: 'routed',
    queue: 'enterprise',
    routedBy: 'person',
  });
  expect((await rates()).all).toMatchObject({ routed: before.routed, corrected: before.corrected + 1 });
});

test('a routing that a person takes back is a correction, too', async () => {
  const id = await lead();
  const call = await route(id, 'sales-us');
  const before = (await rates()).all!;
  const undone = await runAs(gate, 'operator', [
    'undo',
    call,
    '--agent',
    'lead-router',
    '--reason',
    'wrong team',
  ]);
  expect(undone).toMatchObject({ code: 0 });
  const told = await rates();
  expect(told.all!.corrected).toBe(before.corrected + 1);
  expect(told.reasons).toContainEqual(['undone', 1]);
});

test('nobody without the right corrects, nothing is sent where it is, and no reason is no correction', async () => {
  const id = await lead();
  await route(id, 'sales-emea');
  const before = await rates();
  expect(await correct(id, 'sales-us', 'wrong-region', 'auditor')).toMatchObject({ code: 1 });
  expect(await correct(id, 'sales-emea', 'wrong-region')).toMatchObject({ code: 1 });
  expect(await correct(id, 'sales-us', 'because')).toMatchObject({ code: 2 });
  expect(await correct('lead_00000000000000000000000000', 'sales-us', 'other')).toMatchObject({ code: 1 });
  expect((await rates()).all).toEqual(before.all);
});

test('of another time or site nothing counts', async () => {
  expect((await rates('--site', 'elsewhere')).all).toBeNull();
  const later = new Date(Date.now() + 60_000).toISOString();
  expect((await rates('--since', later)).all).toBeNull();
});

test('the journal has who corrected what, and no word of the lead', async () => {
  const entries = await eventually(async () => {
    const answer = await gate.ops('auditor', 'GET', '/journal?kind=lead.corrected');
    const { entries: found } = await answer.json<{ entries: { data: Record<string, unknown> }[] }>();
    return found.length >= 5 ? found : undefined;
  });
  expect(entries.map(({ data }) => data['decidedBy'])).toEqual(
    expect.arrayContaining(['agent:lead-router', 'rule:small-dach', null]),
  );
  expect(JSON.stringify(entries)).not.toMatch(/someone\d|Company \d/);
});
