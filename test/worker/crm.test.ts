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
