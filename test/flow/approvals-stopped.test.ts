import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../shared/ids.ts';
import type {
  Approval,
  ApprovalPage,
  ApprovalRequest,
  ApprovalRequests,
  Resumption,
  StopNotices,
  StopsView,
} from '../../shared/rpc.ts';
import type { GateClient } from '../../examples/gate-client.ts';
import { approvalRequestOf } from '../approval-request.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually, simulatorLog } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let contact = 0;
/** What guards, approvals and control reach of each other. */
let approvals: ApprovalRequests;
let resumption: Resumption;
let notices: StopNotices;

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  const env = async <T>(worker: string): Promise<T> => (await gate.server.getWorker(worker).getEnv()) as T;
  approvals = (await env<{ APPROVALS: ApprovalRequests }>('toolgate-guard')).APPROVALS;
  resumption = (await env<{ RESUMPTION: Resumption }>('toolgate-approvals')).RESUMPTION;
  notices = (await env<{ APPROVALS: StopNotices }>('toolgate-control')).APPROVALS;
  const records = await fetch(`${gate.url.origin}/simulator/hubspot/records/contacts`);
  contact = Number((await records.json<{ id: string }[]>())[0]?.id);
});
afterAll(async () => gate.close());
afterEach(async () => {
  const { stops } = await (await gate.ops('auditor', 'GET', '/stops')).json<StopsView>();
  for (const { target } of stops) {
    await resume(target);
    if (target === 'all') await resume(target, 'operator2');
  }
});

const workflow = 'lead-routing';
const because = { goal: 'keep the CRM right', explanation: 'The form names another company.' };

/** A call that waits for one person. */
async function held(): Promise<{ call: string; approval: string }> {
  const key = newId('call', Date.now());
  const company = `Company ${key}`;
  const answer = await router.call(
    'crm.contact.update',
    { id: String(contact), company },
    { mode: 'execute', key, because },
  );
  expect(answer.status).toBe(202);
  return { call: String(answer.body['call']), approval: String(answer.body['approval']) };
}

async function decide(approval: string, decision = 'approve', person = 'approver'): Promise<Response> {
  return gate.ops(person, 'POST', `/approvals/${approval}/decision`, { decision, reason: 'as-expected' });
}

async function stop(target: string): Promise<number> {
  const answer = await gate.ops('operator', 'POST', '/stops', { target, reason: 'a test' });
  return (await answer.json<{ epoch: number }>()).epoch;
}

async function resume(target: string, person = 'operator'): Promise<void> {
  expect((await gate.ops(person, 'DELETE', `/stops/${target}`, { reason: 'a test' })).status).toBeLessThan(
    300,
  );
}

async function one(id: string): Promise<Approval> {
  const { approvals } = await (await gate.ops('auditor', 'GET', '/approvals')).json<ApprovalPage>();
  const found = approvals.find((approval) => approval.id === id);
  if (!found) throw new Error('no such approval');
  return found;
}

async function hasStatus(id: string, status: Approval['status']): Promise<Approval> {
  return eventually(async () => {
    const approval = await one(id);
    return approval.status === status ? approval : undefined;
  });
}

/** Changes at the vendor so far. */
async function changes(): Promise<number> {
  return (await simulatorLog(gate, 'hubspot')).filter((request) => request.changed).length;
}

async function inObject(worker: string, object: string, name: string, sql: string): Promise<void> {
  const storage = await gate.server.getWorker(worker).getDurableObjectStorage(object, { name });
  await storage.exec(sql);
}

const inApprovals = async (sql: string): Promise<void> =>
  inObject('toolgate-approvals', 'Approvals', workflow, sql);
const inControl = async (sql: string): Promise<void> =>
  inObject('toolgate-control', 'Control', 'control', sql);

/** Loses every word of a decision on its way to the guard, and every notice of a stop on its way to approvals. */
async function loseMessages(): Promise<() => Promise<void>> {
  await inApprovals(
    `CREATE TRIGGER lose AFTER UPDATE OF status ON approval BEGIN UPDATE approval SET told = 1 WHERE id = NEW.id; END`,
  );
  await inControl(
    `CREATE TRIGGER lose AFTER INSERT ON stop_notice BEGIN DELETE FROM stop_notice WHERE n = NEW.n; END`,
  );
  return async () => {
    await inApprovals('DROP TRIGGER lose');
    await inControl('DROP TRIGGER lose');
  };
}

async function evictAll(): Promise<void> {
  await gate.evict('toolgate-guard', 'Guard', 'lead-router');
  await gate.evict('toolgate-approvals', 'Approvals', workflow);
}

describe('while a call is stopped', () => {
  test.each(['all', `workflow:${workflow}`, 'agent:lead-router', 'tool:crm', 'action:crm.contact.update'])(
    'by %s its approval waits on, cannot be given, and says what is stopped',
    async (target) => {
      const before = await changes();
      const { call, approval } = await held();
      await stop(target);
      const refused = await decide(approval);
      expect(refused.status).toBe(423);
      expect(await refused.json()).toMatchObject({
        code: 'stopped',
        because: [target],
        detail: expect.stringContaining(target),
      });
      expect(await one(approval)).toMatchObject({ status: 'waiting', decisions: [] });
      expect((await router.get(`/v1/calls/${call}`)).body['status']).toBe('waiting');
      await resume(target);
      if (target === 'all') await resume(target, 'operator2');
      expect((await decide(approval)).status).toBe(200);
      expect((await router.wait(call, 20)).status).toBe(200);
      expect(await changes()).toBe(before + 1);
    },
  );

  test('it can be rejected', async () => {
    const { call, approval } = await held();
    await stop('tool:crm');
    expect((await decide(approval, 'reject')).status).toBe(200);
    expect((await router.wait(call, 20)).status).toBe(403);
  });

  test('a stop of something else does not keep it from being approved', async () => {
    const { call, approval } = await held();
    await stop('tool:chat');
    expect((await decide(approval)).status).toBe(200);
    expect((await router.wait(call, 20)).status).toBe(200);
  });
});

describe('a stop, told to approvals', () => {
  /** A request of a guard that will never take it, approved. */
  async function approvedFor(over: Partial<ApprovalRequest> = {}): Promise<ApprovalRequest> {
    const deadline = new Date(Date.now() + 600_000).toISOString();
    const request = approvalRequestOf({ workflow, deadline, ...over });
    await approvals.request(request);
    expect((await decide(request.id)).status).toBe(200);
    return request;
  }

  test('voids what is approved and not taken, in every workflow that it covers, and nothing else', async () => {
    const covered = await approvedFor();
    const elsewhere = await approvedFor({ workflow: 'content', agent: 'content-writer' });
    const other = await approvedFor({ tool: 'chat', action: 'chat.message.post' });
    const waits = { ...covered, id: newId('appr', Date.now()) };
    await approvals.request(waits);
    await evictAll();
    await stop('tool:crm');
    for (const { id } of [covered, elsewhere]) {
      expect(await hasStatus(id, 'void')).toMatchObject({ stoppedBy: 'tool:crm' });
    }
    expect((await one(other.id)).status).toBe('approved');
    expect((await one(waits.id)).status).toBe('waiting');
    expect(await approvals.take(workflow, covered.id, [covered.digest])).toMatchObject({
      status: 'void',
      stoppedBy: 'tool:crm',
    });
    await eventually(async () => {
      const answer = await gate.ops('auditor', 'GET', `/journal?kind=approval.voided&call=${covered.call}`);
      const { entries } = await answer.json<{ entries: unknown[] }>();
      return entries.length === 1 ? true : undefined;
    });
  });

  test('that is told again, later, changes nothing that was approved since', async () => {
    const epoch = await stop('tool:crm');
    await resume('tool:crm');
    const { id } = await approvedFor();
    await notices.stopped('tool:crm', epoch);
    expect((await one(id)).status).toBe('approved');
    await notices.stopped('tool:crm', epoch + 1_000_000);
    expect((await one(id)).status).toBe('void');
  });

  test('is told once control is back, when it went away before it could', async () => {
    const { id } = await approvedFor();
    await inControl(`INSERT INTO stop_notice (target, epoch) VALUES ('agent:lead-router', 1000000)`);
    await gate.evict('toolgate-control', 'Control', 'control');
    // Whatever wakes it; it was not this that tells.
    await gate.ops('auditor', 'GET', '/stops');
    expect(await hasStatus(id, 'void')).toMatchObject({ stoppedBy: 'agent:lead-router' });
  });
});

describe('an approved call whose guard slept', () => {
  test('runs when nothing was stopped since', async () => {
    const found = await loseMessages();
    try {
      const before = await changes();
      const { call, approval } = await held();
      await decide(approval);
      await evictAll();
      await resumption.decided('lead-router', call);
      expect((await router.wait(call, 20)).status).toBe(200);
      expect(await changes()).toBe(before + 1);
    } finally {
      await found();
    }
  });

  test.each([
    ['a stop that came and went', false],
    ['a stop that stands', true],
  ])('does not run after %s, with every message about it lost, and may ask again', async (_, stands) => {
    const found = await loseMessages();
    try {
      const before = await changes();
      const { call, approval } = await held();
      expect((await decide(approval)).status).toBe(200);
      await stop('tool:crm');
      if (!stands) await resume('tool:crm');
      await evictAll();
      expect((await one(approval)).status).toBe('approved');
      await resumption.decided('lead-router', call);
      const ended = await router.wait(call, 20);
      expect(ended.status).toBe(423);
      expect(ended.body).toMatchObject({
        code: 'stopped',
        because: ['tool:crm'],
        detail: expect.stringMatching(/approval no longer counts.*ask again/),
      });
      expect(await changes()).toBe(before);
      expect(await hasStatus(approval, 'void')).toMatchObject({ stoppedBy: 'tool:crm' });
    } finally {
      await found();
    }
  });

  test('does not run after a stop either, when it had taken the approval already', async () => {
    const found = await loseMessages();
    try {
      const before = await changes();
      const { call, approval } = await held();
      await decide(approval);
      const { digest } = await one(approval);
      expect(await approvals.take(workflow, approval, [digest])).toMatchObject({ status: 'approved' });
      await stop('action:crm.contact.update');
      await resume('action:crm.contact.update');
      await evictAll();
      await resumption.decided('lead-router', call);
      expect((await router.wait(call, 20)).status).toBe(423);
      expect(await changes()).toBe(before);
      expect(await hasStatus(approval, 'void')).toMatchObject({ stoppedBy: 'action:crm.contact.update' });
    } finally {
      await found();
    }
  });

  test('runs after a stop of something else', async () => {
    const found = await loseMessages();
    try {
      const { call, approval } = await held();
      await decide(approval);
      await stop('tool:chat');
      await resume('tool:chat');
      await resumption.decided('lead-router', call);
      expect((await router.wait(call, 20)).status).toBe(200);
    } finally {
      await found();
    }
  });
});

describe('while control cannot tell what is stopped', () => {
  const broken = 'ALTER TABLE stoppage RENAME TO stoppage_away';
  const mended = 'ALTER TABLE stoppage_away RENAME TO stoppage';

  test('nothing is approved, and it waits on; a rejection counts', async () => {
    const [first, second] = [await held(), await held()];
    await inControl(broken);
    try {
      expect((await decide(first.approval)).status).toBe(503);
      expect(await one(first.approval)).toMatchObject({ status: 'waiting', decisions: [] });
      expect((await decide(second.approval, 'reject')).status).toBe(200);
    } finally {
      await inControl(mended);
    }
    expect((await decide(first.approval)).status).toBe(200);
    expect((await router.wait(first.call, 20)).status).toBe(200);
  });

  test('nothing that was approved runs, and it runs later', async () => {
    const before = await changes();
    const { call, approval } = await held();
    const found = await loseMessages();
    await decide(approval);
    await found();
    await inControl(broken);
    try {
      await expect((async () => resumption.decided('lead-router', call))()).rejects.toThrow();
      expect((await router.get(`/v1/calls/${call}`)).body['status']).toBe('waiting');
      expect(await changes()).toBe(before);
    } finally {
      await inControl(mended);
    }
    await resumption.decided('lead-router', call);
    expect((await router.wait(call, 20)).status).toBe(200);
    expect(await changes()).toBe(before + 1);
  });
});
