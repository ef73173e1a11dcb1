import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let writer: GateClient;

const because = { goal: 'route leads', explanation: 'The form says so.' };

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  writer = gate.agent('content-writer');
});
afterAll(async () => gate.close());

/** A post to the team's channel: an execute that policy allows without a person. */
async function post(text: string, key: string, client = router) {
  return client.call('chat.message.post', { channel: 'C0LEADS001', text }, { mode: 'execute', key, because });
}

describe('a governed call', () => {
  test('reads at the vendor and answers with the granted fields', async () => {
    const answer = await router.call('crm.company.search', { domain: 'acme.example' }, { mode: 'read' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'succeeded', call: expect.stringMatching(/^call_/) });
    expect(answer.headers.get('ratelimit')).toMatch(/^"rate";r=\d+;t=\d+$/);
  });

  test('executes once and says how it is undone', async () => {
    const answer = await post('one lead', 'executes-once');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'succeeded', undo: { action: 'chat.message.delete' } });
  });

  test('is journaled before and after, with personal fields masked', async () => {
    const answer = await post('call Jane on +49 170 5550199', 'journaled');
    const call = String(answer.body['call']);
    const entries = await eventually(async () => {
      const found = await gate.ops('auditor', 'GET', `/journal?call=${call}`);
      const body = await found.json<{ entries: { kind: string; data: Record<string, unknown> }[] }>();
      // A few calls by chance are for a reviewer, who has an entry of their own.
      const own = body.entries.filter(({ kind }) => kind.startsWith('call.'));
      return own.length >= 2 ? own : undefined;
    });
    expect(entries.map((entry) => entry.kind).sort()).toEqual(['call.intent', 'call.outcome']);
    expect(JSON.stringify(entries)).not.toContain('5550199');
    const intent = entries.find((entry) => entry.kind === 'call.intent');
    expect(intent?.data).toMatchObject({
      agent: 'lead-router',
      tool: 'chat',
      policyVersion: expect.stringMatching(/^ps_/),
    });
    expect(intent?.data['policies']).toContain('granted-execute');
  });

  test('is denied by policy without an explanation, and reaches no vendor', async () => {
    const before = (await simulatorLog(gate, 'slack')).length;
    const answer = await router.call(
      'chat.message.post',
      { channel: 'C0LEADS001', text: 'x' },
      { mode: 'execute', key: 'unexplained' },
    );
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      code: 'denied',
      because: expect.arrayContaining(['execute-needs-explanation']),
    });
    expect(await simulatorLog(gate, 'slack')).toHaveLength(before);
  });

  test('cannot say whether an action does not exist or is not granted', async () => {
    const unknown = await writer.call('crm.contact.obliterate', {}, { mode: 'read' });
    const foreign = await writer.call('leads.lead.route', {}, { mode: 'execute', key: 'k' });
    const shown = ({ status, body }: typeof unknown) => ({ status, ...body, call: null });
    expect(shown(foreign)).toEqual(shown(unknown));
    expect(unknown.status).toBe(404);
  });

  test.each([
    ['an unknown field', { domain: 'acme.example', nope: 1 }, '/input/nope'],
    ['a wrong type', { domain: 7 }, '/input/domain'],
  ])('points at %s', async (_what, input, pointer) => {
    const answer = await router.call('crm.company.search', input, { mode: 'read' });
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toContainEqual(expect.objectContaining({ pointer }));
  });

  test('needs an idempotency key to execute', async () => {
    const answer = await router.call(
      'chat.message.post',
      { channel: 'C0LEADS001', text: 'x' },
      { mode: 'execute', because },
    );
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain('Idempotency-Key');
  });

  test('is refused in a mode that the action does not have', async () => {
    const read = await router.call(
      'crm.company.search',
      { domain: 'acme.example' },
      { mode: 'execute', key: 'm', because },
    );
    expect(read.status).toBe(422);
  });

  test('proposes without changing anything at the vendor, and says how many people it would need', async () => {
    const before = (await simulatorLog(gate, 'hubspot')).filter(({ changed }) => changed);
    const answer = await router.call(
      'crm.contact.update',
      { id: '101', company: 'Acme' },
      { mode: 'propose', because },
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'proposed', would: { approvers: 1 } });
    expect((await simulatorLog(gate, 'hubspot')).filter(({ changed }) => changed)).toEqual(before);
  });
});

describe('an idempotency key', () => {
  test('with the same body replays the recorded answer and runs nothing', async () => {
    const first = await post('replayed', 'replay-1');
    const before = (await simulatorLog(gate, 'slack')).length;
    const second = await post('replayed', 'replay-1');
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await simulatorLog(gate, 'slack')).toHaveLength(before);
  });

  test('with another body is a conflict', async () => {
    await post('one thing', 'conflict-1');
    const answer = await post('another thing', 'conflict-1');
    expect(answer.status).toBe(409);
    expect(answer.body['code']).toBe('idempotency-conflict');
  });

  test('used 20 times at once makes one vendor request', async () => {
    const before = (await simulatorLog(gate, 'slack')).length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('at once', 'at-once')));
    expect(new Set(answers.map((answer) => answer.body['call'])).size).toBe(1);
    expect(answers.every(({ status }) => status === 200 || status === 202)).toBe(true);
    expect(await simulatorLog(gate, 'slack')).toHaveLength(before + 1);
  });

  test('of one agent means nothing to another', async () => {
    await post('mine', 'shared-key');
    const answer = await writer.call(
      'crm.company.search',
      { domain: 'acme.example' },
      { mode: 'read', key: 'shared-key' },
    );
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
  });
});

describe('a narrowed token', () => {
  test('neither calls nor polls what it does not name', async () => {
    const mine = await post('wide', 'wide');
    const { client_id, client_secret } = gate.secrets.local.agents['lead-router'] ?? {
      client_id: '',
      client_secret: '',
    };
    const form = {
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      scope: 'crm.company.read:read',
    };
    const answer = await fetch(`${gate.url.origin}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const { access_token } = await answer.json<{ access_token: string }>();
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
    const polled = await fetch(`${gate.url.origin}/v1/calls/${String(mine.body['call'])}`, { headers });
    const body = JSON.stringify({ mode: 'read', input: {} });
    const called = await fetch(`${gate.url.origin}/v1/tools/leads/lead.list`, {
      method: 'POST',
      headers,
      body,
    });
    expect([polled.status, called.status]).toEqual([404, 404]);
  });
});

describe("another agent's call", () => {
  test('does not exist', async () => {
    const mine = await post('private', 'private-call');
    const answer = await writer.get(`/v1/calls/${String(mine.body['call'])}`);
    expect(answer.status).toBe(404);
  });

  test.each(['call_', 'call_01', '../me', 'call_01JD00000000000000000000ZZ'])('nor does %j', async (id) => {
    expect((await router.get(`/v1/calls/${encodeURIComponent(id)}`)).status).toBe(404);
  });
});
