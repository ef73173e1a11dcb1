import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, toolKit, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => kit.reset());

async function changed(vendor: string): Promise<number> {
  return (await kit.log(vendor)).filter(({ changed: one }) => one).length;
}

describe('lists of contacts', () => {
  const add = action('crm.list.add');
  const replace = action('crm.list.replace');
  const members = action('crm.list.members');

  test('those who were on it before are not taken off by the undo', async () => {
    const outcome = await kit.run(add, { input: { list: '701', contacts: ['101', '105', '99999'] } });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      output: { contacts: ['101', '105'], missing: ['99999'] },
      undo: { action: 'crm.list.remove', input: { list: '701', contacts: ['105'] } },
    });
  });

  test('one who is on it already is not put on it again, and nothing is promised', async () => {
    const outcome = await kit.run(add, { input: { list: '701', contacts: ['101'] } });
    expect(outcome).toEqual({ kind: 'succeeded', output: { list: '701', contacts: ['101'], missing: [] } });
    expect(await changed('hubspot')).toBe(0);
  });

  test.each([
    ['that filters fill', '705'],
    ['of companies', '706'],
  ])('a list %s is not written to', async (_what, list) => {
    for (const one of [add, action('crm.list.remove')])
      expect(await kit.run(one, { input: { list, contacts: ['104'] } })).toMatchObject({
        reason: 'rejected',
      });
    expect(await kit.run(replace, { input: { list, members: [] } })).toMatchObject({ reason: 'rejected' });
    expect(await changed('hubspot')).toBe(0);
  });

  test('a list that does not exist is not found, and policies are told so', async () => {
    const input = { list: '799', members: [] };
    expect(await kit.run(replace, { input })).toMatchObject({ kind: 'failed', reason: 'not-found' });
    expect(await kit.facts(replace, { input })).toMatchObject({ found: false, moved: 0 });
  });

  test('its members come page by page, each once', async () => {
    const seen: unknown[] = [];
    let after: unknown;
    do {
      const input = { list: '702', limit: 100, ...(after !== undefined && { after }) };
      const outcome = await kit.run(members, { input });
      if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
      seen.push(...(outcome.output['members'] as unknown[]));
      after = outcome.output['next'] ?? undefined;
    } while (after !== undefined && seen.length < 1000);
    expect(seen).toHaveLength(250);
    expect(new Set(seen).size).toBe(250);
  });

  test('policies are told how many a replacement would move, whatever the agent says', async () => {
    const facts = await kit.facts(replace, { input: { list: '702', members: ['101', '20001'] } });
    expect(facts).toEqual({
      found: true,
      ofContacts: true,
      fixed: true,
      size: 250,
      sizeKnown: true,
      moved: 250,
    });
  });

  test('there are no facts while HubSpot does not answer', async () => {
    await kit.fault('hubspot', { fault: '500' });
    for (const one of [add, replace]) await expect(kit.facts(one)).rejects.toThrow();
  });
});

describe('deals', () => {
  const read = action('crm.deal.read');
  const update = action('crm.deal.update');

  test.each([
    ['601', { amount: 4_800_050, currency: 'EUR', closeDate: '2026-12-18T00:00:00Z' }],
    // A currency without decimals, and a time with milliseconds.
    ['602', { amount: 7_200_000, currency: 'JPY', closeDate: '2027-01-31T09:30:15.250Z' }],
    ['603', { amount: null, currency: null, closeDate: null }],
    // Neither an unknown currency nor half a cent is guessed at.
    ['604', { amount: null, currency: null }],
    ['605', { amount: null, currency: 'USD' }],
  ])('%s is worth what HubSpot says, in minor units', async (id, fields) => {
    expect(await kit.run(read, { input: { id } })).toMatchObject({ kind: 'succeeded', output: fields });
  });

  test.each(['604', '605'])('%s keeps an amount that an undo could not write back', async (id) => {
    const input = { id, amount: 500, currency: 'EUR' };
    expect(await kit.run(update, { input })).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(await kit.run(update, { input: { id, stage: 'contractsent' } })).toMatchObject({
      kind: 'succeeded',
      undo: { input: { id } },
    });
  });

  test.each([
    ['an amount without its currency', { amount: 100 }],
    ['a currency without an amount', { currency: 'USD' }],
    ['an amount of no currency', { amount: 100, currency: null }],
  ])('%s is refused', async (_what, fields) => {
    const outcome = await kit.run(update, { input: { id: '601', ...fields } });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(await kit.log('hubspot')).toEqual([]);
  });

  test('a second one with the same name is announced', async () => {
    const input = { name: 'Tiny & Söhne', stage: 'qualifiedtobuy' };
    expect(await kit.preview(action('crm.deal.create'), { input })).toMatchObject({
      preview: { sideEffects: ['A duplicate: deals with this name are there already: 1.'] },
    });
  });
});

describe('owners', () => {
  test('are colleagues and queues; one who has left is not among them', async () => {
    const outcome = await kit.run(action('crm.owner.list'), { input: {} });
    if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
    const owners = outcome.output['owners'] as { id: string }[];
    expect(owners.map(({ id }) => id)).toEqual(['9001', '9002', '9003', '9004']);
    expect(owners[2]).toMatchObject({ firstName: null, lastName: null });
    expect(owners[3]).toMatchObject({ kind: 'QUEUE' });
  });

  test('one who has left is given nothing', async () => {
    const input = { id: '101', ownerId: '9005' };
    const outcome = await kit.run(action('crm.contact.update'), { input });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'rejected' });
  });
});

describe('associations', () => {
  const create = action('crm.association.create');
  const pair = { fromType: 'contacts', from: '101', toType: 'companies', to: '501' };

  test('of a record are listed with their types and labels', async () => {
    const { to: _, ...from } = pair;
    expect(await kit.run(action('crm.association.list'), { input: from })).toEqual({
      kind: 'succeeded',
      output: {
        associations: [
          {
            to: '501',
            types: [
              { category: 'HUBSPOT_DEFINED', typeId: 1 },
              { category: 'HUBSPOT_DEFINED', typeId: 279 },
            ],
            labels: ['Primary'],
          },
        ],
        next: null,
      },
    });
  });

  test('records that are associated are not associated again: the undo would take what was there', async () => {
    expect(await kit.run(create, { input: pair })).toMatchObject({ kind: 'failed', reason: 'conflict' });
    expect(await changed('hubspot')).toBe(0);
  });

  test('records that are not, are not taken apart', async () => {
    const input = { ...pair, to: '502' };
    const outcome = await kit.run(action('crm.association.remove'), { input });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'not-found' });
    expect(await changed('hubspot')).toBe(0);
  });
});

describe('archiving', () => {
  test('takes a contact off its lists and away from its company, and says what it was', async () => {
    const outcome = await kit.run(action('crm.contact.archive'), { input: { id: '101' } });
    expect(outcome).toMatchObject({ kind: 'succeeded', output: { id: '101', firstName: 'Ada' } });
    expect(outcome).not.toHaveProperty('undo');
    expect(await kit.run(action('crm.contact.read'), { input: { id: '101' } })).toMatchObject({
      reason: 'not-found',
    });
    const members = await kit.run(action('crm.list.members'), { input: { list: '701' } });
    expect(members).toMatchObject({ output: { members: ['102', '103'] } });
    const input = { fromType: 'companies', from: '501', toType: 'contacts' };
    const left = await kit.run(action('crm.association.list'), { input });
    expect(left).toMatchObject({ output: { associations: [] } });
  });

  test('of what is archived already is no success', async () => {
    const outcome = await kit.run(action('crm.contact.archive'), { input: { id: '113' } });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'not-found' });
    expect(await changed('hubspot')).toBe(0);
  });
});
