import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RollbackPage } from '../../shared/rollback/view.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { rollbackKit, type RollbackKit } from './rollback-kit.ts';

let gate: GateUnderTest;
let kit: RollbackKit;

/** What holds changes of contacts for people. */
const held = ['high-impact-waits', 'outside-hours-needs-two', 'outside-hours-high-risk-needs-two'];
const contact = 'hubspot/records/contacts/102';
/** What a contact holds, without the times that every write changes. */
const properties = async (path = contact) =>
  (await kit.simulator<{ properties: Record<string, unknown> }>('GET', path)).properties;

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = rollbackKit(gate);
  await kit.govern(held);
});
afterAll(async () => gate?.close());
beforeEach(async () => {
  for (const vendor of ['hubspot', 'slack']) await kit.simulator('POST', `${vendor}/reset`);
});

let sessions = 0;
const newSession = () => `rollback-${(sessions += 1)}`;

async function ran(page: RollbackPage, person = 'operator'): Promise<RollbackPage> {
  const { id, plan } = page.rollback;
  const body = { digest: plan?.digest, reason: 'a test' };
  expect((await kit.post(person, `/rollbacks/${id}/run`, body)).status).toBe(200);
  return kit.when(id, ({ status }) => status === 'ended');
}

describe('a rollback of a session', () => {
  test('takes two changes of one record back, latest first, and compares with what was before', async () => {
    const before = await properties();
    const session = newSession();
    const calls = [
      await kit.execute('lead-router', 'crm.contact.update', { id: '102', leadStatus: 'CONNECTED' }, session),
      await kit.execute('lead-router', 'crm.contact.update', { id: '102', leadStatus: 'OPEN' }, session),
    ];
    const writes = await kit.writes('hubspot');
    const dry = await kit.planned({ session }, { dryRun: true });
    expect(dry.steps.map(({ step }) => step.call)).toEqual(calls.toReversed());
    const plan = await kit.planned({ session });
    expect(plan.rollback.plan).toEqual(dry.rollback.plan);
    expect(await kit.writes('hubspot')).toBe(writes);

    const end = await ran(plan);
    expect(end.rollback.counts).toMatchObject({ restored: 2, left: 0 });
    expect(end.steps.map(({ state }) => state)).toMatchObject([
      { kind: 'restored', seen: 'as-before' },
      { kind: 'restored', seen: 'as-before' },
    ]);
    expect(await properties()).toEqual(before);
    expect(await kit.writes('hubspot')).toBe(writes + 2);
  });
});
