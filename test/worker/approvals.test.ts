import { createTestHarness, type TestHarness } from 'wrangler';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../shared/ids.ts';
import type { Entry } from '../../shared/journal.ts';
import type {
  Approval,
  ApprovalRequest,
  ApprovalRequests,
  ApprovalsDesk,
  LedgerDesk,
  Result,
} from '../../shared/rpc.ts';
import { freshSecrets } from '../../bin/lib/secrets.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';

function request(over: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const now = Date.now();
  return {
    id: newId('appr', now),
    call: newId('call', now),
    agent: 'lead-router',
    user: null,
    workflow: 'lead-intake',
    tool: 'crm',
    action: 'crm.contact.update',
    digest: 'd'.repeat(64),
    input: { id: '42', email: '[email]' },
    because: { goal: 'route it', explanation: 'it is big', sources: ['form'] },
    confidence: 80,
    policies: [{ id: 'big-leads', reason: 'over 500 employees' }],
    policyVersion: 'v1',
    effect: 'changes a contact',
    undo: 'changes it back',
    needs: 1,
    requestedAt: new Date(now).toISOString(),
    deadline: new Date(now + 60_000).toISOString(),
    ...over,
  };
}

const yes = { decision: 'approve', reason: 'as-expected' };
const no = { decision: 'reject', reason: 'wrong-target' };

describe('approvals', () => {
  let gate: GateUnderTest;
  let guards: ApprovalRequests;
  let desk: ApprovalsDesk;
  let ledger: LedgerDesk;
  const token = (name: string): string => gate.secrets.local.people[name]!.token;

  beforeAll(async () => {
    gate = await bootGate({ govern: false });
    const guard = await gate.server.getWorker<{ APPROVALS: ApprovalRequests }>('toolgate-guard').getEnv();
    guards = guard.APPROVALS;
    const people = gate.server.getWorker<{ APPROVALS: ApprovalsDesk; LEDGER: LedgerDesk }>(
      'toolgate-console',
    );
    ({ APPROVALS: desk, LEDGER: ledger } = await people.getEnv());
  });
  afterAll(async () => gate.close());

  async function listed(filter: { workflow?: string; status?: string } = {}): Promise<Approval[]> {
    const answer = await desk.list(token('auditor'), filter);
    if (!answer.ok) throw new Error(JSON.stringify(answer.problem));
    return answer.value;
  }

  async function decide(name: string, id: string, input: unknown): Promise<Result<Approval>> {
    return desk.decide(token(name), id, input);
  }

  /** Kinds that the audit log holds about a request, in their order, once `count` have arrived. */
  async function journaled(call: string, count: number): Promise<Entry[]> {
    let entries: Entry[] = [];
    await expect
      .poll(
        async () => {
          const found = await ledger.query(token('auditor'), { call });
          entries = found.ok ? (found.value.entries as Entry[]).toReversed() : [];
          return entries.length;
        },
        { timeout: 10_000 },
      )
      .toBe(count);
    return entries;
  }

  it('are asked for once, decided by an approver, taken once by the guard, and journaled', async () => {
    const asked = request();
    await guards.request(asked);
    await guards.request(asked);
    const { workflow, id, digest } = asked;
    expect(await guards.take(workflow, id, digest)).toEqual({
      status: 'waiting',
      approvers: [],
      reason: null,
    });
    expect((await listed({ status: 'waiting' })).filter((one) => one.id === id)).toHaveLength(1);

    const note = 'spoke to ann@acme.example';
    const decided = await decide('approver', id, { ...yes, note });
    expect(decided).toMatchObject({
      ok: true,
      value: {
        ...asked,
        status: 'approved',
        decisions: [{ by: 'approver@sandbox.example', note: 'spoke to [email]' }],
      },
    });
    const approvers = ['approver@sandbox.example'];
    expect(await guards.take(workflow, id, digest)).toEqual({
      status: 'approved',
      approvers,
      reason: 'as-expected',
    });
    expect(await guards.take(workflow, id, digest)).toMatchObject({ status: 'used' });

    const entries = await journaled(asked.call, 3);
    expect(entries.map(({ kind }) => kind)).toEqual([
      'approval.requested',
      'approval.decided',
      'approval.taken',
    ]);
    expect(entries[1]!.data).toMatchObject({
      approval: id,
      digest,
      person: 'approver@sandbox.example',
      role: 'approver',
      decision: 'approve',
      reason: 'as-expected',
      note: 'spoke to [email]',
      status: 'approved',
    });
    expect(entries[1]!.data['credential']).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(entries)).not.toContain('ann@acme.example');
    expect(JSON.stringify(entries)).not.toContain(token('approver'));
  });

  it('are given to one of many guards’ takes at once', async () => {
    const asked = request();
    await guards.request(asked);
    await decide('approver', asked.id, yes);
    const taken = await Promise.all(
      Array.from({ length: 20 }, async () => guards.take(asked.workflow, asked.id, asked.digest)),
    );
    expect(taken.filter(({ status }) => status === 'approved')).toHaveLength(1);
    expect(taken.filter(({ status }) => status === 'used')).toHaveLength(19);
  });

  it('bind to one call: another digest voids them', async () => {
    const asked = request();
    await guards.request(asked);
    await decide('approver', asked.id, yes);
    expect(await guards.take(asked.workflow, asked.id, 'e'.repeat(64))).toMatchObject({ status: 'void' });
    expect(await guards.take(asked.workflow, asked.id, asked.digest)).toMatchObject({ status: 'void' });
    const forged = { ...asked, digest: 'e'.repeat(64) };
    await expect((async () => guards.request(forged))()).rejects.toThrow('another call');
  });

  it('need as many people as they say, and nobody counts twice', async () => {
    const asked = request({ needs: 2 });
    await guards.request(asked);
    expect(await decide('approver', asked.id, yes)).toMatchObject({ ok: true, value: { status: 'waiting' } });
    expect(await decide('approver', asked.id, yes)).toMatchObject({
      ok: false,
      problem: { code: 'conflict' },
    });
    expect(await guards.take(asked.workflow, asked.id, asked.digest)).toMatchObject({ status: 'waiting' });
    expect(await decide('approver2', asked.id, yes)).toMatchObject({
      ok: true,
      value: { status: 'approved' },
    });
    expect((await guards.take(asked.workflow, asked.id, asked.digest)).approvers).toEqual([
      'approver@sandbox.example',
      'approver2@sandbox.example',
    ]);
  });

  it('are not decided by the person whom the agent acts for', async () => {
    const asked = request({ user: 'Approver@sandbox.example' });
    await guards.request(asked);
    expect(await decide('approver', asked.id, yes)).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    });
    expect(await decide('approver', asked.id, no)).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    });
    expect(await decide('owner', asked.id, yes)).toMatchObject({ ok: true, value: { status: 'approved' } });
    const entries = await journaled(asked.call, 4);
    expect(entries.map(({ kind, data }) => [kind, data['why'] ?? data['role'] ?? null])).toEqual([
      ['approval.requested', null],
      ['approval.refused', 'own-request'],
      ['approval.refused', 'own-request'],
      ['approval.decided', 'owner'],
    ]);
  });

  it('end with one rejection, and say its reason', async () => {
    const asked = request({ needs: 2 });
    await guards.request(asked);
    await decide('approver', asked.id, yes);
    expect(await decide('approver2', asked.id, no)).toMatchObject({
      ok: true,
      value: { status: 'rejected' },
    });
    expect(await decide('owner', asked.id, yes)).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    expect(await guards.take(asked.workflow, asked.id, asked.digest)).toMatchObject({
      status: 'rejected',
      reason: 'wrong-target',
    });
  });

  it('expire by themselves at their deadline, and are not given after it', async () => {
    const asked = request({ deadline: new Date(Date.now() + 700).toISOString() });
    await guards.request(asked);
    // Nobody looks: the alarm alone writes the expiry that the audit log then shows.
    const entries = await journaled(asked.call, 2);
    expect(entries[1]).toMatchObject({ kind: 'approval.expired', data: { approval: asked.id } });
    expect(entries[1]!.at >= asked.deadline).toBe(true);
    expect(await decide('approver', asked.id, yes)).toMatchObject({
      ok: false,
      problem: { code: 'conflict' },
    });
    expect(await guards.take(asked.workflow, asked.id, asked.digest)).toMatchObject({ status: 'expired' });
  });

  it('survive an eviction, deadline included', async () => {
    const asked = request({ workflow: 'evicted', deadline: new Date(Date.now() + 1500).toISOString() });
    await guards.request(asked);
    await gate.server.getWorker('toolgate-approvals').evictDurableObject('APPROVALS', { name: 'evicted' });
    expect((await listed({ workflow: 'evicted' })).map(({ status }) => status)).toEqual(['waiting']);
    await gate.server.getWorker('toolgate-approvals').evictDurableObject('APPROVALS', { name: 'evicted' });
    const entries = await journaled(asked.call, 2);
    expect(entries[1]!.kind).toBe('approval.expired');
  });

  it('are decided by approvers and owners only, and seen by every role', async () => {
    const asked = request();
    await guards.request(asked);
    for (const credential of [null, 'garbage', `${token('approver')}x`]) {
      const refused = { ok: false, problem: { code: 'unauthenticated' } };
      expect(await desk.decide(credential, asked.id, yes)).toMatchObject(refused);
      expect(await desk.list(credential, {})).toMatchObject(refused);
    }
    for (const name of ['operator', 'auditor']) {
      expect(await decide(name, asked.id, yes)).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
    }
    for (const name of ['operator', 'approver', 'auditor', 'owner']) {
      expect((await desk.list(token(name), {})).ok).toBe(true);
    }
    expect((await listed()).find(({ id }) => id === asked.id)?.status).toBe('waiting');
  });

  it.each([
    [{ reason: 'other' }, '/decision'],
    [{ decision: 'maybe', reason: 'other' }, '/decision'],
    [{ decision: 'approve' }, '/reason'],
    [{ decision: 'approve', reason: 'because' }, '/reason'],
    [{ ...yes, note: ' '.repeat(501) }, '/note'],
    [{ ...yes, by: 'boss@acme.example' }, ''],
    [null, ''],
    ['approve', ''],
  ])('refuse the decision %j', async (input, pointer) => {
    const asked = request();
    await guards.request(asked);
    const answer = await decide('approver', asked.id, input);
    expect(answer).toMatchObject({ ok: false, problem: { code: 'invalid', errors: [{ pointer }] } });
    expect(await guards.take(asked.workflow, asked.id, asked.digest)).toMatchObject({ status: 'waiting' });
  });

  it('that do not exist are not found, by people or guards', async () => {
    for (const id of ['', 'x', newId('appr', 1), newId('call', 1)]) {
      expect(await decide('approver', id, yes)).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    }
    expect(await guards.take('lead-intake', newId('appr', 1), 'd')).toEqual({
      status: 'unknown',
      approvers: [],
      reason: null,
    });
    expect(await desk.list(token('auditor'), { status: 'open' })).toMatchObject({
      ok: false,
      problem: { code: 'invalid' },
    });
    expect(await listed({ workflow: 'no-such-workflow' })).toEqual([]);
  });

  it('of all workflows are listed, newest first', async () => {
    const first = request({ workflow: 'one' });
    const second = request({ workflow: 'two', id: newId('appr', Date.now() + 5) });
    await guards.request(second);
    await guards.request(first);
    const ids = (await listed()).map(({ id }) => id);
    expect(ids.indexOf(second.id)).toBeLessThan(ids.indexOf(first.id));
    expect(ids).toEqual(ids.toSorted().toReversed());
    expect((await listed({ workflow: 'one' })).map(({ id }) => id)).toEqual([first.id]);
  });
});

/** In the guard's place: hears nothing the first times, then writes down what it was told. */
const deafGuard = `
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class Memory extends DurableObject {
  heard(agent, call) {
    const all = this.ctx.storage.kv.get('all') ?? [];
    all.push({ agent, call, at: Date.now() });
    this.ctx.storage.kv.put('all', all);
    const times = all.filter((one) => one.call === call).length;
    if (times < Number(this.ctx.storage.kv.get('deafFor') ?? 0) + 1) throw new Error('the guard is away');
  }
  all() { return this.ctx.storage.kv.get('all') ?? []; }
  deafFor(times) { this.ctx.storage.kv.put('deafFor', times); }
}
export class Resumption extends WorkerEntrypoint {
  async decided(agent, call) { await this.env.MEMORY.getByName('it').heard(agent, call); }
}
export class Probe extends WorkerEntrypoint {
  async all() { return this.env.MEMORY.getByName('it').all(); }
  async deafFor(times) { await this.env.MEMORY.getByName('it').deafFor(times); }
}
export default { fetch: () => new Response(null, { status: 404 }) };
`;

interface Probe {
  all(): Promise<{ agent: string; call: string; at: number }[]>;
  deafFor(times: number): Promise<void>;
}

describe('telling the guard that a request is over', () => {
  let server: TestHarness;
  let folder: string;
  let env: { APPROVALS: ApprovalRequests; DESK: ApprovalsDesk; PROBE: Probe };
  let approver: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toolgate-'));
    await writeFile(join(folder, 'guard.js'), deafGuard);
    const secrets = await freshSecrets([]);
    approver = secrets.local.people['approver']!.token;
    const service = (binding: string, worker: string, entrypoint: string): Record<string, string> => ({
      binding,
      service: `toolgate-${worker}`,
      entrypoint,
    });
    server = createTestHarness({
      root,
      workers: [
        {
          config: {
            name: 'toolgate-guard',
            main: join(folder, 'guard.js'),
            compatibility_date: '2026-10-01',
            durable_objects: { bindings: [{ name: 'MEMORY', class_name: 'Memory' }] },
            migrations: [{ tag: 'v1', new_sqlite_classes: ['Memory'] }],
            services: [
              service('APPROVALS', 'approvals', 'ApprovalRequests'),
              service('DESK', 'approvals', 'ApprovalsDesk'),
              service('PROBE', 'guard', 'Probe'),
            ] as { binding: string; service: string; entrypoint: string }[],
          },
        },
        { configPath: 'workers/approvals/wrangler.toml', secrets: secrets.workers['approvals']! },
        { configPath: 'workers/ledger/wrangler.toml', secrets: secrets.workers['ledger']! },
      ],
    });
    await server.listen();
    env = await server.getWorker<typeof env>('toolgate-guard').getEnv();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => env.PROBE.deafFor(0));

  async function told(call: string): Promise<number> {
    return (await env.PROBE.all()).filter((one) => one.call === call).length;
  }

  it('happens once, right after the decision that ends it', async () => {
    const asked = request({ needs: 1, agent: 'agent-a' });
    await env.APPROVALS.request(asked);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await told(asked.call)).toBe(0);
    const decidedAt = Date.now();
    await env.DESK.decide(approver, asked.id, yes);
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBe(1);
    const [heard] = (await env.PROBE.all()).filter(({ call }) => call === asked.call);
    expect(heard).toMatchObject({ agent: 'agent-a' });
    expect(heard!.at - decidedAt).toBeLessThan(1000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await told(asked.call)).toBe(1);
  });

  it('is repeated until the guard has heard it, over an eviction, and then ends', async () => {
    await env.PROBE.deafFor(2);
    const asked = request({ workflow: 'deaf' });
    await env.APPROVALS.request(asked);
    await env.DESK.decide(approver, asked.id, no);
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBeGreaterThan(0);
    await server.getWorker('toolgate-approvals').evictDurableObject('APPROVALS', { name: 'deaf' });
    await expect.poll(async () => told(asked.call), { timeout: 10_000 }).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await told(asked.call)).toBe(3);
  });

  it('happens for what expired, too', async () => {
    const asked = request({ deadline: new Date(Date.now() + 500).toISOString() });
    await env.APPROVALS.request(asked);
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBe(1);
  });

  it('is not needed for what the guard took or voided itself', async () => {
    const asked = request({ deadline: new Date(Date.now() + 800).toISOString() });
    await env.APPROVALS.request(asked);
    expect(await env.APPROVALS.take(asked.workflow, asked.id, 'another digest')).toMatchObject({
      status: 'void',
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await told(asked.call)).toBe(0);
  });
});
