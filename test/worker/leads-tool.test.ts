import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../shared/ids.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { ada, aSite, leadsKit, type LeadsKit } from './leads-kit.ts';
import { action, toolKit, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let leads: LeadsKit;
let tools: ToolKit;

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  leads = await leadsKit(gate);
  tools = await toolKit(gate);
  await leads.apply([aSite('acme')]);
});
afterAll(async () => gate?.close());

async function accepted(fields: Record<string, unknown>): Promise<string> {
  return String((await leads.post('acme', fields)).body['lead']);
}

async function factsOf(lead: string): Promise<Record<string, unknown>> {
  return tools.facts(action('leads.lead.route'), { input: { lead, queue: 'sales-dach' } });
}

const nobody = 'lead_01JD00000000000000000000QA';

describe('the facts of a lead', () => {
  test('are those of its record', async () => {
    expect(await factsOf(await accepted(ada))).toEqual({
      found: true,
      test: false,
      employees: 40,
      employeesKnown: true,
      value: 120_000,
      valueKnown: true,
      country: 'DE',
    });
  });

  test('that it does not state are 0 and said to be unknown', async () => {
    const blank = {
      found: true,
      test: true,
      employees: 0,
      employeesKnown: false,
      value: 0,
      valueKnown: false,
    };
    expect(await factsOf(await accepted({ email: 'b@acme.example', test: '1' }))).toEqual(blank);
  });

  test('of no lead say so', async () => {
    expect(await factsOf(nobody)).toMatchObject({ found: false, employeesKnown: false, valueKnown: false });
  });
});

describe('an agent', () => {
  test('lists leads without the person and reads one with what the person wrote', async () => {
    const id = await accepted({ ...ada, message: 'for reading' });
    const listed = await tools.run(action('leads.lead.list'), { input: { limit: 100 } });
    expect(JSON.stringify(listed)).toContain(id);
    expect(JSON.stringify(listed)).not.toMatch(/ada@|Ada|5550100|for reading/);
    expect(await tools.run(action('leads.lead.get'), { input: { lead: id } })).toMatchObject({
      kind: 'succeeded',
      output: { id, email: 'ada@acme.example', message: 'for reading', employees: 40 },
    });
  });

  test('routes a lead once; the tool finds by the call that it did, and by no other', async () => {
    const lead = await accepted({ ...ada, message: 'for routing' });
    const input = { lead, queue: 'sales-dach', note: 'fits' };
    const route = action('leads.lead.route');
    const claims = { call: newId('call', Date.now()) };
    expect(await tools.find(route, { input, claims })).toMatchObject({ kind: 'failed' });
    expect(await tools.run(route, { input, claims })).toEqual({
      kind: 'succeeded',
      output: { lead, queue: 'sales-dach' },
      undo: {
        action: 'leads.lead.route',
        input: { lead, queue: 'human-queue', note: `Undo of ${claims.call}` },
        // Nothing goes back to no queue: it counts as taken back when people have it.
        images: { before: { lead, queue: 'human-queue' }, after: { lead, queue: 'sales-dach' } },
      },
    });
    expect(await tools.find(route, { input, claims })).toMatchObject({ kind: 'succeeded', output: { lead } });
    expect(await tools.run(route, { input: { ...input, queue: 'sales-us' } })).toMatchObject({
      kind: 'failed',
      reason: 'conflict',
    });
    expect(await leads.one('acme', lead)).toMatchObject({ queue: 'sales-dach', routedBy: claims.call });
  });

  test('sees beforehand from which queue to which a lead would go, and it goes nowhere', async () => {
    const lead = await accepted({ ...ada, message: 'for looking ahead' });
    const route = action('leads.lead.route');
    const input = { lead, queue: 'sales-dach', note: 'fits' };
    expect(await tools.preview(route, { input })).toMatchObject({
      kind: 'foreseen',
      preview: {
        before: { lead, queue: null },
        after: { lead, queue: 'sales-dach' },
        changes: [{ field: 'queue', before: null, after: 'sales-dach' }],
        undo: { action: 'leads.lead.route' },
      },
    });
    expect(await leads.one('acme', lead)).toMatchObject({ status: 'new', queue: null });
    await tools.run(route, { input });
    const back = { lead, queue: 'human-queue' };
    expect(await tools.preview(route, { input: back })).toMatchObject({
      preview: { changes: [{ field: 'queue', before: 'sales-dach', after: 'human-queue' }] },
    });
    const elsewhere = await tools.preview(route, { input: { lead, queue: 'sales-us' } });
    expect(elsewhere).toMatchObject({ kind: 'failed', reason: 'conflict' });
  });

  test('takes a routing back by the undo that came with it', async () => {
    const lead = await accepted({ ...ada, message: 'for undoing' });
    const route = action('leads.lead.route');
    const routed = await tools.run(route, { input: { lead, queue: 'sales-dach' } });
    if (routed.kind !== 'succeeded' || !routed.undo) throw new Error('no undo');
    expect(await tools.run(route, { input: routed.undo.input })).toMatchObject({ kind: 'succeeded' });
    expect(await leads.one('acme', lead)).toMatchObject({ status: 'human-queue', queue: 'human-queue' });
  });

  test('takes back what went to the human queue to the queue that it was in', async () => {
    const lead = await accepted({ ...ada, message: 'for undoing twice' });
    const route = action('leads.lead.route');
    await tools.run(route, { input: { lead, queue: 'sales-dach' } });
    const handed = await tools.run(route, { input: { lead, queue: 'human-queue' } });
    if (handed.kind !== 'succeeded' || !handed.undo?.images) throw new Error('no undo');
    const { undo, images } = { undo: handed.undo, images: handed.undo.images };
    const outcome = await tools.run(route, { input: undo.input, expected: images.after });
    expect(outcome).toMatchObject({ kind: 'succeeded', output: { queue: 'sales-dach' } });
    expect(await tools.image(route, { input: undo.input })).toEqual({ kind: 'image', image: images.before });
  });

  test('leaves a lead where it is when it has gone on since', async () => {
    const lead = await accepted({ ...ada, message: 'gone on' });
    const route = action('leads.lead.route');
    const routed = await tools.run(route, { input: { lead, queue: 'sales-dach' } });
    if (routed.kind !== 'succeeded' || !routed.undo?.images) throw new Error('no undo');
    await tools.run(route, { input: { lead, queue: 'human-queue' } });
    await tools.run(route, { input: { lead, queue: 'sales-us' } });
    const { input, images } = routed.undo;
    expect(await tools.run(route, { input, expected: images.after })).toMatchObject({
      kind: 'failed',
      reason: 'changed',
      conflicts: [{ field: 'queue', expected: 'sales-dach', found: 'sales-us' }],
    });
    expect(await leads.one('acme', lead)).toMatchObject({ status: 'routed', queue: 'sales-us' });
  });

  test('after the time to start, nothing is routed', async () => {
    const lead = await accepted({ ...ada, message: 'too late' });
    const late = { startBefore: Date.now() - 1 };
    const outcome = await tools.run(action('leads.lead.route'), {
      input: { lead, queue: 'sales-dach' },
      claims: late,
    });
    expect(outcome).toEqual({ kind: 'lapsed' });
    expect(await leads.one('acme', lead)).toMatchObject({ status: 'new', queue: null });
  });

  test('gets a clear no for a lead that is not there, a test, or one in quarantine', async () => {
    const route = action('leads.lead.route');
    const isTest = await accepted({ ...ada, test: '1' });
    const spam = await accepted({ ...ada, message: 'spam', url_confirm: 'x' });
    for (const [lead, reason] of [
      [nobody, 'not-found'],
      [isTest, 'rejected'],
      [spam, 'not-found'],
    ]) {
      const input = { lead, queue: 'sales-dach' };
      expect(await tools.preview(route, { input })).toMatchObject({ kind: 'failed', reason });
      expect(await tools.run(route, { input })).toMatchObject({ kind: 'failed', reason });
    }
    expect(await tools.run(action('leads.lead.get'), { input: { lead: spam } })).toMatchObject({
      reason: 'not-found',
    });
  });
});
