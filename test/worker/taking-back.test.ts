import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

test('a look at what the vendor holds changes nothing, at any tool', async () => {
  for (const one of actions.filter(({ mode, tool }) => mode === 'execute' && vendorOf[tool])) {
    await kit.image(one);
    expect(await changed(vendorOf[one.tool] ?? ''), one.name).toBe(0);
  }
});
