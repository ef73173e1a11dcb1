import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { canonical } from '../../shared/canonical.ts';
import type { Image } from '../../shared/image.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, actions, toolKit, vendorOf, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => kit.reset());

const update = action('crm.contact.update');

async function records(path: string): Promise<unknown> {
  return (await kit.simulator('GET', path)).json();
}

async function changed(vendor: string): Promise<number> {
  return (await kit.log(vendor)).filter(({ changed: one }) => one).length;
}

/** Runs an update and answers the plan to take it back with. */
async function planned(input: Record<string, unknown>): Promise<UndoPlan & { images: { after: Image } }> {
  const outcome = await kit.run(update, { input });
  if (outcome.kind !== 'succeeded' || !outcome.undo?.images) throw new Error('it should be undoable');
  return { ...outcome.undo, images: outcome.undo.images };
}

describe('a run that takes back', () => {
  test('writes while the vendor holds what is expected', async () => {
    const plan = await planned({ id: '102', leadStatus: 'CONNECTED' });
    expect(await kit.image(update, { input: plan.input })).toEqual({
      kind: 'image',
      image: plan.images.after,
    });
    const outcome = await kit.run(update, { input: plan.input, expected: plan.images.after });
    expect(outcome).toMatchObject({ kind: 'succeeded', output: plan.input });
  });

  test('writes nothing where somebody has changed it since, and says where', async () => {
    const plan = await planned({ id: '102', leadStatus: 'CONNECTED' });
    await kit.run(update, { input: { id: '102', leadStatus: 'BAD_TIMING' } });
    const before = await changed('hubspot');
    expect(await kit.run(update, { input: plan.input, expected: plan.images.after })).toMatchObject({
      kind: 'failed',
      reason: 'changed',
      conflicts: [{ field: 'leadStatus', expected: 'CONNECTED', found: 'BAD_TIMING' }],
    });
    expect(await changed('hubspot')).toBe(before);
    expect(await records('hubspot/records/contacts/102')).toMatchObject({
      properties: { hs_lead_status: 'BAD_TIMING' },
    });
  });

  test('writes nothing when it cannot see what the vendor holds', async () => {
    const plan = await planned({ id: '102', leadStatus: 'CONNECTED' });
    await kit.fault('hubspot', { fault: '500', method: 'GET' });
    const before = await changed('hubspot');
    const outcome = await kit.run(update, { input: plan.input, expected: plan.images.after });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'unavailable' });
    expect(await changed('hubspot')).toBe(before);
  });

  test('is refused with another image than the one that its token names', async () => {
    const plan = await planned({ id: '102', leadStatus: 'CONNECTED' });
    const options = { input: plan.input, expected: plan.images.after };
    const before = await changed('hubspot');
    for (const expected of [undefined, 'f'.repeat(64)])
      expect(await kit.run(update, { ...options, claims: { expected } as never })).toMatchObject({
        kind: 'failed',
        reason: 'refused',
      });
    expect(await changed('hubspot')).toBe(before);
  });
});

test('every action that takes another back can tell what the vendor holds', async () => {
  const backs = actions.flatMap(({ undo }) => (undo && 'action' in undo ? [action(undo.action)] : []));
  for (const one of new Set(backs)) {
    const look = await kit.image(one);
    expect(look.kind === 'failed' && look.reason === 'refused' ? one.name : 'told').toBe('told');
  }
});

test('a look at what the vendor holds changes nothing, at any tool', async () => {
  for (const one of actions.filter(({ mode, tool }) => mode === 'execute' && vendorOf[tool])) {
    await kit.image(one);
    expect(await changed(vendorOf[one.tool] ?? ''), one.name).toBe(0);
  }
});

/** What a person changes at the vendor between a call and its undo. */
interface Meddling {
  call: string;
  input: Record<string, unknown>;
  /** By which later action, with what input given the output of the call. */
  by: string;
  with: (output: Record<string, unknown>) => Record<string, unknown>;
  at: string[];
}

/** In whole seconds, and as far ahead as Slack takes it. */
function inTenDays(): string {
  return new Date(Date.now() + 10 * 86_400_000).toISOString().replace(/\.\d+/, '');
}

const meddlings: Meddling[] = [
  {
    call: 'crm.contact.create',
    input: { email: 'new.person@acme.example', firstName: 'New' },
    by: 'crm.contact.update',
    with: ({ id }) => ({ id, lastName: 'Person' }),
    at: ['lastName'],
  },
  {
    call: 'crm.company.create',
    input: { name: 'Newcomer Ltd' },
    by: 'crm.company.archive',
    with: ({ id }) => ({ id }),
    at: ['*'],
  },
  {
    call: 'crm.company.update',
    input: { id: '503', city: 'Dallas' },
    by: 'crm.company.update',
    with: ({ id }) => ({ id, city: 'Houston' }),
    at: ['city'],
  },
  {
    call: 'crm.deal.create',
    input: { name: 'New', stage: 'qualifiedtobuy', amount: 1000, currency: 'JPY' },
    by: 'crm.deal.update',
    with: ({ id }) => ({ id, stage: 'closedwon' }),
    at: ['stage'],
  },
  {
    call: 'crm.deal.update',
    input: { id: '601', amount: 100_005, currency: 'USD', closeDate: null },
    by: 'crm.deal.update',
    with: ({ id }) => ({ id, amount: 100_005, currency: 'EUR' }),
    at: ['currency'],
  },
  {
    call: 'crm.association.create',
    input: { fromType: 'contacts', from: '102', toType: 'companies', to: '502' },
    by: 'crm.association.remove',
    with: ({ fromType, from, toType, to }) => ({ fromType, from, toType, to }),
    at: ['*'],
  },
  {
    // Two types, one of them a label; seen from the other side they are others.
    call: 'crm.association.remove',
    input: { fromType: 'companies', from: '501', toType: 'contacts', to: '101' },
    by: 'crm.association.create',
    with: () => ({ fromType: 'contacts', from: '101', toType: 'companies', to: '501' }),
    at: ['*'],
  },
  {
    call: 'crm.list.add',
    input: { list: '702', contacts: ['101', '20001', '105'] },
    by: 'crm.list.remove',
    with: () => ({ list: '702', contacts: ['105'] }),
    at: ['contacts'],
  },
  {
    call: 'crm.list.remove',
    input: { list: '701', contacts: ['101', '105'] },
    by: 'crm.list.add',
    with: () => ({ list: '701', contacts: ['101'] }),
    at: ['contacts'],
  },
  {
    call: 'chat.message.post',
    input: { channel: 'C0LEADS001', text: 'one & two' },
    by: 'chat.message.delete',
    with: ({ channel, ts }) => ({ channel, ts }),
    at: ['*'],
  },
  {
    call: 'chat.message.schedule',
    input: { channel: 'C0LEADS001', text: 'later', postAt: inTenDays() },
    by: 'chat.message.unschedule',
    with: ({ channel, scheduledMessage }) => ({ channel, scheduledMessage }),
    at: ['*'],
  },
  {
    call: 'crm.list.replace',
    input: { list: '702', members: ['101', '20005'] },
    by: 'crm.list.add',
    with: () => ({ list: '702', contacts: ['103'] }),
    at: ['members'],
  },
];

/** Everything that these vendors keep, without when it was kept and without what was taken away. */
async function kept(): Promise<unknown> {
  const hubspot = ['contacts', 'companies', 'deals', 'lists', 'memberships', 'associations'];
  const types = hubspot.map((type) => `hubspot/records/${type}`);
  const places = [...types, 'slack/records/messages', 'slack/records/scheduled'];
  const all = await Promise.all(places.map(async (place) => records(place)));
  const text = JSON.stringify(all, (key, value: unknown) =>
    ['updatedAt', 'membershipTimestamp'].includes(key) ? undefined : value,
  );
  return (JSON.parse(text) as unknown[][]).map((list) => list.map((one) => canonical(one)).sort());
}

describe.each(meddlings)('$call, taken back', ({ call, input, by, with: later, at }) => {
  const done = async () => {
    const outcome = await kit.run(action(call), { input });
    if (outcome.kind !== 'succeeded' || !outcome.undo?.images) throw new Error('it should be undoable');
    const { undo } = outcome;
    return { output: outcome.output, undo, images: outcome.undo.images };
  };

  test('leaves at the vendor what was there before', async () => {
    const before = await kept();
    const { undo, images } = await done();
    expect(await kept()).not.toEqual(before);
    const back = action(undo.action);
    expect(await kit.image(back, { input: undo.input })).toEqual({ kind: 'image', image: images.after });
    const outcome = await kit.run(back, { input: undo.input, expected: images.after });
    expect(outcome).toMatchObject({ kind: 'succeeded' });
    expect(await kit.image(back, { input: undo.input })).toEqual({ kind: 'image', image: images.before });
    expect(await kept()).toEqual(before);
  });

  test('is a conflict, and changes nothing, once a person has changed it', async () => {
    const { output, undo, images } = await done();
    expect(await kit.run(action(by), { input: later(output) })).toMatchObject({ kind: 'succeeded' });
    const before = await kept();
    const outcome = await kit.run(action(undo.action), { input: undo.input, expected: images.after });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'changed' });
    if (outcome.kind === 'failed') expect(outcome.conflicts?.map(({ field }) => field)).toEqual(at);
    expect(await kept()).toEqual(before);
  });
});
