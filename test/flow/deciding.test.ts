import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import { newId } from '../../shared/ids.ts';
import type {
  Approval,
  ApprovalPage,
  ApprovalRequest,
  ApprovalRequests,
  ApprovalSheet,
  DecidedOne,
  OverridePattern,
  PreApproval,
} from '../../shared/rpc.ts';
import { approvalRequestOf } from '../approval-request.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
/** What guards reach of approvals: for requests of which a test wants more than the shipped policies ask. */
let guards: ApprovalRequests;
let contact = '';

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  guards = (await gate.server.getWorker<{ APPROVALS: ApprovalRequests }>('toolgate-guard').getEnv())
    .APPROVALS;
  const records = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts`);
  contact = (await records.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => gate?.close());

const because = { goal: 'keep the CRM right', explanation: 'The form names another company.' };
const changes = async (): Promise<number> =>
  (await simulatorLog(gate, 'hubspot')).filter(({ changed }) => changed).length;

/** A call that waits for one person. */
async function held(
  company: string,
  more: Record<string, unknown> = {},
): Promise<{ call: string; id: string }> {
  const options = { mode: 'execute', key: newId('call', Date.now()), because } as const;
  const answer = await router.call('crm.contact.update', { id: contact, company, ...more }, options);
  expect(answer.status).toBe(202);
  return { call: String(answer.body['call']), id: String(answer.body['approval']) };
}

/** A request that no guard holds a call of. */
async function asked(over: Partial<ApprovalRequest> = {}): Promise<ApprovalRequest> {
  const request = approvalRequestOf({ digest: newId('call', Date.now()), ...over });
  await guards.request(request);
  return request;
}

async function sheetOf(id: string, person = 'approver'): Promise<ApprovalSheet> {
  const answer = await gate.ops(person, 'GET', `/approvals/${id}`);
  expect(answer.status).toBe(200);
  return answer.json();
}

async function decide(person: string, id: string, body: object): Promise<Response> {
  return gate.ops(person, 'POST', `/approvals/${id}/decision`, { reason: 'as-expected', ...body });
}

const approve = async (person: string, id: string, digest: string): Promise<Response> =>
  decide(person, id, { decision: 'approve', digest });

async function entries(query: string): Promise<{ kind: string; data: Record<string, unknown> }[]> {
  const answer = await gate.ops('auditor', 'GET', `/journal?${query}`);
  return (await answer.json<{ entries: { kind: string; data: Record<string, unknown> }[] }>()).entries;
}

describe('an edit', () => {
  test('approves the call where one person is enough, and what runs is what was edited', async () => {
    const before = await changes();
    const { call, id } = await held('As Asked Ltd');
    const { digest, mayDecide } = await sheetOf(id);
    expect(mayDecide).toEqual({ ok: true, onBehalfOf: null });
    const ran = await runAs(gate, 'approver', [
      'modify',
      id,
      '--set',
      '/company=As Edited Ltd',
      '--reason',
      'wrong-data',
      '--json',
    ]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const edited = JSON.parse(ran.stdout) as Approval;
    expect(edited).toMatchObject({
      revision: 1,
      status: 'approved',
      edited: { by: 'approver@sandbox.example', from: digest, differences: [{ pointer: '/company' }] },
    });
    expect(edited.digest).not.toBe(digest);
    const done = await router.wait(call, 20);
    expect(done.body).toMatchObject({ status: 'succeeded', edited: ['/company'] });
    expect(await changes()).toBe(before + 1);
    const record = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts/${contact}`);
    const text = await record.text();
    expect(text).toContain('As Edited Ltd');
    expect(text).not.toContain('As Asked Ltd');
  });

  test('of what somebody else did not see, or that changes nothing, changes nothing', async () => {
    const { id } = await held('Kept Ltd');
    const { digest } = await sheetOf(id);
    const edit = (edits: object[], seen: string) =>
      decide('approver', id, { decision: 'modify', edits, digest: seen, reason: 'tone' });
    const place = { pointer: '/company', value: 'Other Ltd' };
    expect((await edit([place], 'another digest')).status).toBe(409);
    expect((await edit([{ pointer: '/company', value: 'Kept Ltd' }], digest)).ok).toBe(false);
    expect((await edit([{ pointer: '/no-such-field', value: 1 }], digest)).status).toBe(422);
    expect(await sheetOf(id)).toMatchObject({ status: 'waiting', revision: 0, digest, edits: [] });
    expect((await decide('approver', id, { decision: 'reject', reason: 'tone' })).status).toBe(200);
  });

  test('is counted by why and where, beyond the approval itself', async () => {
    const answer = await gate.ops('auditor', 'GET', '/overrides?workflow=lead-routing');
    const { patterns } = await answer.json<{ patterns: OverridePattern[] }>();
    expect(patterns.filter(({ action }) => action === 'crm.contact.update')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          reason: 'wrong-data',
          edited: 1,
          rejected: 0,
          places: [{ pointer: '/company', times: 1 }],
        }),
        expect.objectContaining({ reason: 'tone', edited: 0, rejected: 1 }),
      ]),
    );
  });
});

describe('people', () => {
  test('of the group that is asked decide, others once it is escalated to theirs, and the page tells so', async () => {
    const soon = Date.now();
    const request = await asked({
      group: 'leadership',
      escalation: ['approvers'],
      respondBy: new Date(soon + 2_500).toISOString(),
    });
    const refused = await approve('approver', request.id, request.digest);
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('leadership');
    expect((await sheetOf(request.id)).mayDecide).toMatchObject({
      ok: false,
      why: expect.stringContaining('leadership'),
    });
    const mine = async (): Promise<string[]> => {
      const page = await gate.ops('approver', 'GET', '/approvals?mine=true');
      return (await page.json<ApprovalPage>()).approvals.map(({ id }) => id);
    };
    expect(await mine()).not.toContain(request.id);
    // By alarm, over an eviction.
    await gate.evict('toolgate-approvals', 'Approvals', request.workflow);
    await eventually(async () => ((await sheetOf(request.id)).escalated === 1 ? true : undefined));
    expect(await mine()).toContain(request.id);
    expect((await approve('approver', request.id, request.digest)).status).toBe(200);
    const kinds = await eventually(async () => {
      const found = (await entries(`call=${request.call}`)).map(({ kind }) => kind);
      return found.includes('approval.decided') ? found : undefined;
    });
    expect(kinds).toContain('approval.escalated');
    expect(kinds).toContain('approval.refused');
  });

  test('who are away lend their right, and count once with who stands in for them', async () => {
    const terms = {
      to: 'approver@sandbox.example',
      until: new Date(Date.now() + 3_600_000).toISOString(),
      reason: 'away',
    };
    expect((await gate.ops('owner', 'POST', '/delegations', terms)).status).toBeLessThan(300);
    const request = await asked({ group: 'leadership', needs: 2 });
    expect((await sheetOf(request.id)).mayDecide).toEqual({ ok: true, onBehalfOf: 'owner@sandbox.example' });
    const given = await approve('approver', request.id, request.digest);
    expect((await given.json<Approval>()).decisions).toMatchObject([
      { by: 'approver@sandbox.example', onBehalfOf: 'owner@sandbox.example' },
    ]);
    expect((await approve('owner', request.id, request.digest)).status).toBe(409);
    // Nor do they decide on what an agent does for whom they stand in for.
    const theirs = await asked({ user: 'owner@old.sandbox.example' });
    expect((await approve('approver', theirs.id, theirs.digest)).status).toBe(403);
  });

  test('are too late at the deadline, though the call was stopped meanwhile', async () => {
    const request = await asked({ deadline: new Date(Date.now() + 2_000).toISOString() });
    expect(
      (await gate.ops('operator', 'POST', '/stops', { target: 'tool:crm', reason: 'a test' })).status,
    ).toBe(201);
    expect((await approve('approver2', request.id, request.digest)).status).toBe(423);
    await eventually(async () => ((await sheetOf(request.id)).status === 'expired' ? true : undefined));
    const kinds = await eventually(async () => {
      const found = (await entries(`call=${request.call}`)).map(({ kind }) => kind);
      return found.includes('approval.expired') ? found : undefined;
    });
    expect(kinds).toContain('approval.reminded');
    expect((await gate.ops('operator', 'DELETE', '/stops/tool:crm', { reason: 'a test' })).ok).toBe(true);
    expect((await approve('approver2', request.id, request.digest)).status).toBe(409);
  });

  test('never decide on what the agent does for them, and say what they looked at once it was edited', async () => {
    const request = await asked({ user: 'approver@sandbox.example' });
    expect((await approve('approver', request.id, request.digest)).status).toBe(403);
    expect((await approve('approver2', request.id, 'something else')).status).toBe(409);
    expect((await approve('approver2', request.id, request.digest)).status).toBe(200);
  });
});

describe('several at once', () => {
  test('are decided each by its own digest, and each has its own outcome', async () => {
    const [one, two, own] = [await asked(), await asked(), await asked({ user: 'approver@sandbox.example' })];
    const say = (id: string, digest: string) => ({ id, digest, decision: 'approve', reason: 'as-expected' });
    const answer = await gate.ops('approver', 'POST', '/approval-decisions', {
      decisions: [
        say(one.id, one.digest),
        say(two.id, one.digest),
        say(own.id, own.digest),
        say(newId('appr', 1), 'd'),
      ],
    });
    const { decided } = await answer.json<{ decided: DecidedOne[] }>();
    expect(
      decided.map(({ id, outcome }) => [id, outcome.ok ? outcome.value.status : outcome.problem.code]),
    ).toEqual([
      [one.id, 'approved'],
      [two.id, 'conflict'],
      [own.id, 'forbidden'],
      [newId('appr', 1).slice(0, 5) + decided[3]!.id.slice(5), 'not-found'],
    ]);
    expect((await sheetOf(two.id)).status).toBe('waiting');
    const twice = { decisions: [say(two.id, two.digest), say(two.id, two.digest)] };
    expect((await gate.ops('approver', 'POST', '/approval-decisions', twice)).status).toBe(422);
  });

  test('that are like one are approved from the command line', async () => {
    const like = { agent: 'batcher', workflow: 'batches' };
    const all = [await asked(like), await asked(like)];
    const other = await asked({ ...like, action: 'crm.contact.read' });
    const ran = await runAs(gate, 'approver', [
      'approve',
      '--all-like',
      all[0]!.id,
      '--reason',
      'as-expected',
      '--json',
    ]);
    expect(ran.code).toBe(0);
    const { decided } = JSON.parse(ran.stdout) as { decided: DecidedOne[] };
    expect(decided.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect((await sheetOf(other.id)).status).toBe('waiting');
  });
});

describe('a value that is masked', () => {
  test('is shown to who may decide, after it was journaled who asks and why, and is kept nowhere', async () => {
    const { id, call } = await held('Revealed Ltd', { phone: '+49 30 1234567' });
    const { digest, input } = await sheetOf(id);
    expect(JSON.stringify(input)).not.toContain('1234567');
    const body = { pointer: '/phone', reason: 'does it match the ticket?', digest };
    for (const person of ['auditor', 'operator']) {
      expect((await gate.ops(person, 'POST', `/approvals/${id}/reveal`, body)).status).toBe(403);
    }
    const wrong = await gate.ops('approver', 'POST', `/approvals/${id}/reveal`, { ...body, digest: 'd' });
    expect(wrong.status).toBe(409);
    const shown = await gate.ops('approver', 'POST', `/approvals/${id}/reveal`, body);
    expect(shown.status).toBe(200);
    const { value } = await shown.json<{ value: unknown }>();
    const [entry] = await eventually(async () => {
      const found = (await entries(`call=${call}`)).filter(({ kind }) => kind === 'approval.revealed');
      return found.length > 0 ? found : undefined;
    });
    expect(entry?.data).toMatchObject({
      person: 'approver@sandbox.example',
      pointer: '/phone',
      reason: body.reason,
    });
    expect(JSON.stringify(await entries(`call=${call}`))).not.toContain(String(value));
    expect(JSON.stringify(await sheetOf(id))).not.toContain(String(value));
    await decide('approver', id, { decision: 'reject', reason: 'not-needed' });
  });
});

describe('a pre-approval', () => {
  const agent = 'pre-agent';
  const workflow = 'pre-flow';
  const terms = { agent, action: 'crm.contact.update', count: 2, minutes: 30, reason: 'as-expected' };

  async function preApprove(over: object = {}, person = 'approver'): Promise<PreApproval> {
    const answer = await gate.ops(person, 'POST', '/pre-approvals', { ...terms, ...over });
    expect(answer.status).toBe(201);
    return answer.json();
  }

  const statusSoon = async (id: string, status: string): Promise<ApprovalSheet> =>
    eventually(async () => {
      const sheet = await sheetOf(id);
      return sheet.status === status ? sheet : undefined;
    });

  test('decides on what comes, as often as it says, and is recorded with each', async () => {
    const before = await asked({ agent, workflow });
    const made = await preApprove({ where: { '/id': '42' } });
    expect(made).toMatchObject({ by: 'approver@sandbox.example', workflow, used: 0 });
    const other = await asked({ agent, workflow, input: { id: '43' } });
    const untrusted = await asked({
      agent,
      workflow,
      provenance: [{ pointer: '/id', level: 'untrusted', from: null }],
    });
    const own = await asked({ agent, workflow, user: 'approver@sandbox.example' });
    const first = await asked({ agent, workflow });
    const sheet = await statusSoon(first.id, 'approved');
    expect(sheet.decisions).toMatchObject([
      { by: 'approver@sandbox.example', preapproval: made.id, digest: first.digest },
    ]);
    const two = await asked({ agent, workflow, needs: 2 });
    await eventually(async () => ((await sheetOf(two.id)).decisions.length === 1 ? true : undefined));
    // Their own decision does not make two of it.
    expect((await approve('approver', two.id, two.digest)).status).toBe(409);
    expect((await approve('approver2', two.id, two.digest)).status).toBe(200);
    const third = await asked({ agent, workflow });
    await gate.evict('toolgate-approvals', 'Approvals', workflow);
    const { preApprovals } = await (
      await gate.ops('auditor', 'GET', '/pre-approvals')
    ).json<{ preApprovals: PreApproval[] }>();
    expect(preApprovals).toMatchObject([{ id: made.id, used: 2, count: 2 }]);
    for (const waits of [before, other, untrusted, own, third]) {
      expect(await sheetOf(waits.id)).toMatchObject({ status: 'waiting', decisions: [] });
    }
  });

  test('is ended by anybody who may decide, and counts no more', async () => {
    const made = await preApprove();
    expect((await gate.ops('auditor', 'DELETE', `/pre-approvals/${made.id}`)).status).toBe(403);
    const ended = await gate.ops('approver2', 'DELETE', `/pre-approvals/${made.id}`);
    expect(await ended.json()).toMatchObject({ endedBy: 'approver2@sandbox.example' });
    const waits = await asked({ agent, workflow });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await sheetOf(waits.id)).decisions).toEqual([]);
  });

  test.each([
    [{ minutes: 481 }, 422],
    [{ count: 501 }, 422],
    [{ where: { '/email': '[email]' } }, 422],
    [{ agent: 'never-asked' }, 404],
  ])('with %j is refused', async (over, status) => {
    expect((await gate.ops('approver', 'POST', '/pre-approvals', { ...terms, ...over })).status).toBe(status);
  });
});

describe('pages', () => {
  test('go on where they ended while others decide, and count all that waits', async () => {
    const workflow = 'paged';
    const all: ApprovalRequest[] = [];
    for (const agent of ['a-flood', 'a-flood', 'a-flood', 'a-flood', 'b-quiet'])
      all.push(await asked({ workflow, agent }));
    const look = async (after: string | null): Promise<ApprovalPage> => {
      const cursor = after === null ? '' : `&after=${after}`;
      return (
        await gate.ops('auditor', 'GET', `/approvals?status=waiting&workflow=${workflow}&limit=2${cursor}`)
      ).json();
    };
    const first = await look(null);
    expect(first.waiting).toBe(5);
    expect(first.approvals.map(({ agent }) => agent).toSorted()).toEqual(['a-flood', 'b-quiet']);
    const [gone] = first.approvals;
    expect((await decide('approver', gone!.id, { decision: 'reject' })).status).toBe(200);
    const second = await look(first.next);
    const third = await look(second.next);
    const seen = [first, second, third].flatMap(({ approvals }) => approvals.map(({ id }) => id));
    expect(seen.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect([second.waiting, third.next]).toEqual([4, null]);
    expect((await gate.ops('auditor', 'GET', '/approvals?after=nonsense')).status).toBe(422);
  });
});
