import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { ApprovalPage } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { simulatorLog } from './support.ts';

let gate: GateUnderTest;
let agent: GateClient;

beforeAll(async () => {
  gate = await bootGate();
  agent = gate.agent('support-agent');
});
afterAll(async () => gate?.close());

const because = { goal: 'help a customer', explanation: 'The customer asked for it in conversation 2001.' };
const refund = { conversation: '2001', amount: 1_250, currency: 'EUR', reason: 'Charged twice.' };
const reset = { conversation: '2007', what: 'two-factor', reason: 'Lost the phone.' };

const execute = async (action: string, input: Record<string, unknown>, key: string, more = {}) =>
  agent.call(`support.${action}`, input, { mode: 'execute', key, because, ...more });
const decide = async (person: string, approval: unknown, decision: string) =>
  gate.ops(person, 'POST', `/approvals/${String(approval)}/decision`, { decision, reason: 'as-expected' });
const changes = async () => (await simulatorLog(gate, 'intercom')).filter(({ changed }) => changed).length;
const tickets = async () =>
  (await fetch(`${gate.url.origin}/simulator/intercom/records/tickets`)).json<Record<string, unknown>[]>();

describe('refunds and resets that a support agent asks for', () => {
  test.each([
    ['refund.request', refund, '71'],
    ['account.reset', reset, '72'],
  ])('%s waits for two different people, and only then is a ticket', async (action, input, type) => {
    const before = await tickets();
    const held = await execute(action, input, `two-${action}`);
    expect([held.status, held.body['status']]).toEqual([202, 'waiting']);
    expect((await decide('approver', held.body['approval'], 'approve')).status).toBe(200);
    await decide('approver', held.body['approval'], 'approve');
    expect(await tickets()).toEqual(before);
    expect((await decide('approver2', held.body['approval'], 'approve')).status).toBe(200);
    const done = await agent.wait(String(held.body['call']), 20);
    expect(done.body).toMatchObject({ status: 'succeeded', output: { conversation: input.conversation } });
    const after = await tickets();
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1)).toMatchObject({ ticket_type: { id: type } });
  });

  test('what it read of a customer is told to the approver as such, with the call that it was read by', async () => {
    const read = await agent.call('support.conversation.read', { conversation: '2001' }, { mode: 'read' });
    const { wrote } = read.body['output'] as { wrote: string };
    const reason = `They say: ${wrote}`.slice(0, 200);
    const held = await execute('refund.request', { ...refund, reason }, 'told-again');
    const { approvals } = await (await gate.ops('auditor', 'GET', '/approvals')).json<ApprovalPage>();
    const approval = approvals.find(({ id }) => id === held.body['approval']);
    expect(approval?.provenance).toEqual(
      expect.arrayContaining([
        // It was only read by the id that the agent gave: nobody vouches for the choice.
        { pointer: '/conversation', sink: 'account', level: 'unattributed', from: null },
        { pointer: '/reason', level: 'untrusted', from: read.body['call'] },
        // The agent wrote it before, which makes it no more than its own.
        expect.objectContaining({ pointer: '/currency', level: 'unattributed' }),
      ]),
    );
    expect(approval?.usage).toMatchObject({ spend: refund.amount, currency: 'EUR' });
    expect(approval?.irreversible).toBe(approval?.undo.startsWith('irreversible'));
  });

  test('what a person rejects is never filed', async () => {
    const before = await changes();
    const held = await execute('refund.request', refund, 'rejected');
    const answer = await gate.ops(
      'approver',
      'POST',
      `/approvals/${String(held.body['approval'])}/decision`,
      {
        decision: 'reject',
        reason: 'wrong-target',
      },
    );
    expect(answer.status).toBe(200);
    expect((await agent.wait(String(held.body['call']), 20)).status).toBe(403);
    expect(await changes()).toBe(before);
  });

  test('more than the budget of a day is refused before anybody is asked, and so is another currency', async () => {
    const before = await gate
      .ops('auditor', 'GET', '/approvals')
      .then(async (answer) => (await answer.json<ApprovalPage>()).approvals);
    for (const input of [
      { ...refund, amount: 50_001 },
      { ...refund, currency: 'USD' },
    ]) {
      const answer = await execute('refund.request', input, `over-${input.currency}-${input.amount}`);
      expect(answer.body).toMatchObject({
        status: 403,
        detail: expect.stringContaining('at most 50000 minor units of EUR') as string,
      });
    }
    const after = await gate
      .ops('auditor', 'GET', '/approvals')
      .then(async (answer) => (await answer.json<ApprovalPage>()).approvals);
    expect(after).toHaveLength(before.length);
  });
});

describe('what else a support agent may do with conversations', () => {
  test('it tags, assigns and closes at once', async () => {
    const before = await changes();
    for (const [action, input] of [
      ['conversation.tag', { conversation: '2005', tag: '87' }],
      ['conversation.assign', { conversation: '2005', to: 'team-8005' }],
      ['conversation.close', { conversation: '2009' }],
    ] as const)
      expect((await execute(action, input, action)).status).toBe(200);
    expect(await changes()).toBe(before + 3);
    // A report of a security issue is not closed, nor what holds a card number.
    for (const conversation of ['2010', '2005'])
      expect((await execute('conversation.close', { conversation }, `close-${conversation}`)).status).toBe(
        403,
      );
    expect(await changes()).toBe(before + 3);
  });

  test('it assigns to no team that the manifest does not name, answers nobody, and opens nothing', async () => {
    const before = await changes();
    const other = await execute('conversation.assign', { conversation: '2001', to: 'team-8003' }, 'other');
    expect(other.status).toBe(403);
    const reply = await execute('conversation.reply', { conversation: '2001', reply: 'Done.' }, 'reply');
    expect(reply.status).toBe(403);
    expect((await execute('conversation.reopen', { conversation: '2002' }, 'reopen')).status).toBe(404);
    expect(await changes()).toBe(before);
  });

  test('it proposes an answer, with what is there now; nothing is sent', async () => {
    const before = await changes();
    const input = { conversation: '2001', reply: 'We have changed the address.' };
    const proposed = await agent.call('support.conversation.reply', input, { mode: 'propose', because });
    expect(proposed.status).toBe(200);
    expect(await changes()).toBe(before);
  });

  test("it reads what a customer wrote, but not the customer's name", async () => {
    const read = await agent.call('support.conversation.read', { conversation: '2001' }, { mode: 'read' });
    expect(read.status).toBe(200);
    const email = expect.stringMatching(/^\[\[email:[0-9a-z]{11}\]\]$/) as string;
    expect(read.body['output']).toMatchObject({ state: 'open', author: { email } });
    expect(JSON.stringify(read.body)).not.toContain('@');
    expect(JSON.stringify(read.body)).not.toContain('Lüdenscheidt');
  });
});
