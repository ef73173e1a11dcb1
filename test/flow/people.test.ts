import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../shared/crypto.ts';
import type { Approval, ApprovalRequest, ApprovalRequests, Delegation } from '../../shared/rpc.ts';
import { approvalRequestOf } from '../approval-request.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs } from './support.ts';

let gate: GateUnderTest;
let guards: ApprovalRequests;

beforeAll(async () => {
  gate = await bootGate();
  const guard = gate.server.getWorker<{ APPROVALS: ApprovalRequests }>('toolgate-guard');
  ({ APPROVALS: guards } = await guard.getEnv());
});
afterAll(async () => gate.close());

interface Message {
  channel: string;
  text: string;
  blocks: { elements?: { action_id: string; value?: string; url?: string }[] }[];
}

async function records<T>(vendor: string, type: string): Promise<T[]> {
  return (await fetch(new URL(`/simulator/${vendor}/records/${type}`, gate.url))).json<T[]>();
}

/** The message in Slack about an approval. */
async function card(id: string): Promise<Message> {
  return eventually(async () => {
    const messages = await records<Message>('notice-slack', 'messages');
    return messages.find((message) => JSON.stringify(message).includes(id));
  });
}

function valueOf({ blocks }: Message, button: string): string {
  const elements = blocks.flatMap(({ elements = [] }) => elements);
  return elements.find(({ action_id }) => action_id === button)?.value ?? '';
}

async function asked(over: Partial<ApprovalRequest> = {}): Promise<ApprovalRequest> {
  const request = approvalRequestOf({ ...over });
  await guards.request(request);
  return request;
}

async function get(id: string): Promise<Approval> {
  return (await gate.ops('auditor', 'GET', `/approvals/${id}`)).json<Approval>();
}

/** A press of a button as Slack sends it. */
function pressed(member: string, button: string, value: string, at = Date.now()) {
  const payload = {
    type: 'block_actions',
    user: { id: member },
    channel: { id: 'C0APPROVAL' },
    actions: [{ action_id: button, value }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(at / 1000));
  const key = gate.secrets.workers['approvals']!['SLACK_SIGNING_SECRET']!;
  const signature = `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return { body, timestamp, signature };
}

async function send({ body, timestamp, signature }: ReturnType<typeof pressed>) {
  const answer = await fetch(new URL('/hooks/slack', gate.url), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  });
  const text = await answer.text();
  return { status: answer.status, said: text === '' ? '' : (JSON.parse(text) as { text: string }).text };
}

describe('in Slack', () => {
  test('people learn what waits, where to look and until when, and nothing that an agent wrote', async () => {
    const contacts = await records<{ id: string; properties: Record<string, string> }>('hubspot', 'contacts');
    const held = await gate.agent('lead-router').call(
      'crm.contact.update',
      { id: contacts[0]!.id, company: 'Geheim GmbH' },
      {
        mode: 'execute',
        key: 'slack-1',
        because: { goal: 'a goal', explanation: 'call max@acme.example' },
      },
    );
    expect(held.status).toBe(202);
    const message = await card(String(held.body['approval']));
    const text = JSON.stringify(message);
    for (const word of ['crm.contact.update', 'lead-router', 'high-impact-waits'])
      expect(text).toContain(word);
    expect(text).toContain(`/console/approvals/${String(held.body['approval'])}`);
    const { email = '', lastname = '' } = contacts[0]!.properties;
    for (const secret of ['Geheim', 'max@acme.example', 'a goal', email, lastname])
      if (secret) expect(text).not.toContain(secret);
    expect(message.channel).toBe('C0APPROVAL');
  });

  test('a button decides once, as the person that the directory knows, by the hash of the request', async () => {
    const { id, digest } = await asked();
    const request = pressed('U0APPROVER', 'approve', valueOf(await card(id), 'approve'));
    expect(await send(request)).toEqual({
      status: 200,
      said: 'crm.contact.update of lead-router is approved.',
    });
    expect(await get(id)).toMatchObject({
      status: 'approved',
      decisions: [
        {
          by: 'approver@sandbox.example',
          decision: 'approve',
          reason: 'as-expected',
          digest,
          credential: sha256(request.signature),
        },
      ],
    });
    // The same request again is refused, after an eviction too.
    expect((await send(request)).status).toBe(401);
    await gate.evict('toolgate-approvals', 'ApprovalsIndex', 'index');
    expect((await send(request)).status).toBe(401);
    expect((await get(id)).decisions).toHaveLength(1);
    const whispers = await eventually(async () => {
      const all = await records<{ user: string; text: string }>('notice-slack', 'whispers');
      return all.length > 0 ? all : undefined;
    });
    expect(whispers).toMatchObject([{ user: 'U0APPROVER', text: expect.stringContaining('approved') }]);
  });

  test('a rejection is recorded as one', async () => {
    const { id } = await asked();
    await send(pressed('U0APPROVER2', 'reject', valueOf(await card(id), 'reject')));
    expect(await get(id)).toMatchObject({ status: 'rejected', decisions: [{ reason: 'not-needed' }] });
  });

  test('what is forged, stale or not for them decides nothing, and they are told where to decide', async () => {
    const { id } = await asked();
    const other = await asked();
    const approve = valueOf(await card(id), 'approve');
    const reject = valueOf(await card(id), 'reject');
    const good = pressed('U0APPROVER', 'approve', approve);
    const forged = [
      { ...good, body: good.body.replace('U0APPROVER', 'U0OWNER') },
      { ...good, signature: good.signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')) },
      { ...good, signature: '' },
      pressed('U0APPROVER', 'approve', approve, Date.now() - 301_000),
    ];
    for (const request of forged) expect(await send(request)).toEqual({ status: 401, said: '' });
    const refused: [string, ReturnType<typeof pressed>, RegExp][] = [
      ['another button', pressed('U0APPROVER', 'approve', reject), /not made here/],
      ['another approval', pressed('U0APPROVER', 'approve', approve.replace(id, other.id)), /not made here/],
      ['a stranger', pressed('U0STRANGER', 'approve', approve), /does not know who you are/],
      ['by role alone', pressed('U0OWNER', 'approve', approve), /not named there by mail address/],
    ];
    for (const [does, request, words] of refused) {
      const { status, said } = await send(request);
      expect([does, status]).toEqual([does, 200]);
      expect(said).toMatch(words);
    }
    expect(await get(id)).toMatchObject({ status: 'waiting', decisions: [] });
    expect(await get(other.id)).toMatchObject({ status: 'waiting', decisions: [] });
  });

  test('what two must see, or nobody can take back, has no buttons', async () => {
    const two = await asked({ needs: 2 });
    const forever = await asked({ irreversible: true });
    for (const { id } of [two, forever]) {
      const message = await card(id);
      expect(valueOf(message, 'approve')).toBe('');
      expect(JSON.stringify(message)).toContain('"open"');
    }
  });

  test('nothing else is served there', async () => {
    expect((await fetch(new URL('/hooks/slack', gate.url))).status).toBe(405);
    expect((await fetch(new URL('/hooks/slack/x', gate.url), { method: 'POST' })).status).toBe(404);
    const large = { ...pressed('U0APPROVER', 'approve', ''), body: 'x'.repeat(70_000) };
    expect((await send(large)).status).toBe(413);
  });
});

describe('while somebody is away', () => {
  const decide = async (person: string, id: string) =>
    gate.ops(person, 'POST', `/approvals/${id}/decision`, { decision: 'approve', reason: 'as-expected' });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();

  test('another decides for them, recorded as that, until either ends it', async () => {
    const first = await asked({ group: 'leadership' });
    expect((await decide('approver', first.id)).status).toBe(403);

    const lent = ['delegate', 'approver@sandbox.example', '--until', tomorrow, '--reason', 'on holiday'];
    expect((await runAs(gate, 'auditor', lent)).code).toBe(1);
    expect(await runAs(gate, 'owner', lent)).toMatchObject({ code: 0, stderr: '' });
    expect((await decide('approver', first.id)).status).toBe(200);
    expect(await get(first.id)).toMatchObject({
      status: 'approved',
      decisions: [{ by: 'approver@sandbox.example', onBehalfOf: 'owner@sandbox.example' }],
    });

    // What was lent is not lent on.
    const on = ['delegate', 'approver2@sandbox.example', '--until', tomorrow, '--reason', 'too much'];
    expect((await runAs(gate, 'approver', on)).code).toBe(0);
    const second = await asked({ group: 'leadership' });
    expect((await decide('approver2', second.id)).status).toBe(403);

    const listed = await runAs(gate, 'auditor', ['delegations', '--json']);
    const [, made] = JSON.parse(listed.stdout) as Delegation[];
    expect(made).toMatchObject({ from: 'owner@sandbox.example', endedAt: null, reason: 'on holiday' });
    expect((await runAs(gate, 'approver2', ['delegate', '--end', made!.id])).code).toBe(1);
    expect((await runAs(gate, 'approver', ['delegate', '--end', made!.id])).code).toBe(0);
    expect((await decide('approver', second.id)).status).toBe(403);
    expect(await get(second.id)).toMatchObject({ status: 'waiting', decisions: [] });
  });

  test('nobody lends to themselves, by whatever address, and each loan is in the journal', async () => {
    const own = ['delegate', 'owner@old.sandbox.example', '--until', tomorrow, '--reason', 'x'];
    expect((await runAs(gate, 'owner', own)).stdout + (await runAs(gate, 'owner', own)).stderr).toContain(
      'is you',
    );
    const entries = await eventually(async () => {
      const found = await (await gate.ops('auditor', 'GET', '/journal?kind=delegation.made')).text();
      return found.includes('on holiday') ? found : undefined;
    });
    expect(entries).toContain(sha256(gate.secrets.local.people['owner']!.token));
  });
});
