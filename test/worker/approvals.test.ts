import { createTestHarness, type TestHarness } from 'wrangler';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../shared/ids.ts';
import type { Entry } from '../../shared/journal.ts';
import type { Approval, ApprovalRequests, ApprovalsDesk, LedgerDesk, Result } from '../../shared/rpc.ts';
import { freshSecrets } from '../../bin/lib/secrets.ts';
import { approvalRequestOf } from '../approval-request.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';

const request = approvalRequestOf;

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
    return answer.value.approvals;
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

  /** The last entry about a request, once it is of this kind; reminders may come before. */
  async function lastEntry(call: string, kind: string): Promise<Entry> {
    let last: Entry | undefined;
    await expect
      .poll(
        async () => {
          const found = await ledger.query(token('auditor'), { call });
          last = found.ok ? (found.value.entries as Entry[])[0] : undefined;
          return last?.kind;
        },
        { timeout: 10_000 },
      )
      .toBe(kind);
    return last!;
  }

  it('are asked for once, decided by an approver, taken once by the guard, and journaled', async () => {
    const asked = request();
    await guards.request(asked);
    await guards.request(asked);
    const { workflow, id, digest } = asked;
    expect(await guards.take(workflow, id, [digest])).toEqual({
      status: 'waiting',
      digest: null,
      approvers: [],
      reason: null,
      approvedUnder: null,
      stoppedBy: null,
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
    expect(await guards.take(workflow, id, [digest])).toEqual({
      status: 'approved',
      digest,
      approvers,
      reason: 'as-expected',
      approvedUnder: expect.any(Number),
      stoppedBy: null,
    });
    expect(await guards.take(workflow, id, [digest])).toMatchObject({ status: 'used' });

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
      Array.from({ length: 20 }, async () => guards.take(asked.workflow, asked.id, [asked.digest])),
    );
    expect(taken.filter(({ status }) => status === 'approved')).toHaveLength(1);
    expect(taken.filter(({ status }) => status === 'used')).toHaveLength(19);
  });

  it('bind to one call: another digest voids them', async () => {
    const asked = request();
    await guards.request(asked);
    await decide('approver', asked.id, yes);
    expect(await guards.take(asked.workflow, asked.id, ['e'.repeat(64)])).toMatchObject({ status: 'void' });
    expect(await guards.take(asked.workflow, asked.id, [asked.digest])).toMatchObject({ status: 'void' });
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
    expect(await guards.take(asked.workflow, asked.id, [asked.digest])).toMatchObject({ status: 'waiting' });
    expect(await decide('approver2', asked.id, yes)).toMatchObject({
      ok: true,
      value: { status: 'approved' },
    });
    expect((await guards.take(asked.workflow, asked.id, [asked.digest])).approvers).toEqual([
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
    expect(await guards.take(asked.workflow, asked.id, [asked.digest])).toMatchObject({
      status: 'rejected',
      reason: 'wrong-target',
    });
  });

  it('expire by themselves at their deadline, and are not given after it', async () => {
    const asked = request({ deadline: new Date(Date.now() + 500).toISOString() });
    await guards.request(asked);
    // Nobody looks: the alarm alone writes the expiry that the audit log then shows.
    const entry = await lastEntry(asked.call, 'approval.expired');
    expect(entry).toMatchObject({ kind: 'approval.expired', data: { approval: asked.id } });
    expect(entry.at >= asked.deadline).toBe(true);
    expect(await decide('approver', asked.id, yes)).toMatchObject({
      ok: false,
      problem: { code: 'conflict' },
    });
    expect(await guards.take(asked.workflow, asked.id, [asked.digest])).toMatchObject({ status: 'expired' });
  });

  it('end at their deadline even when approved, if no guard took them by then', async () => {
    const asked = request({ deadline: new Date(Date.now() + 3000).toISOString() });
    await guards.request(asked);
    expect(await decide('approver', asked.id, yes)).toMatchObject({ value: { status: 'approved' } });
    // Nobody looks, as above.
    const entries = await journaled(asked.call, 3);
    expect(entries.map(({ kind }) => kind).at(-1)).toBe('approval.expired');
    expect(await guards.take(asked.workflow, asked.id, [asked.digest])).toMatchObject({ status: 'expired' });
    expect((await listed({ status: 'expired' })).map(({ id }) => id)).toContain(asked.id);
  });

  it('taken before stay so for the call that took them, and for no other, also past the deadline', async () => {
    const asked = request({ deadline: new Date(Date.now() + 3000).toISOString() });
    await guards.request(asked);
    await decide('approver', asked.id, yes);
    await guards.take(asked.workflow, asked.id, [asked.digest]);
    await new Promise((resolve) => setTimeout(resolve, Date.parse(asked.deadline) - Date.now() + 50));
    const approvers = ['approver@sandbox.example'];
    for (let times = 0; times < 2; times += 1) {
      expect(await guards.take(asked.workflow, asked.id, [asked.digest])).toMatchObject({
        status: 'used',
        approvers,
      });
    }
    expect(await guards.take(asked.workflow, asked.id, ['e'.repeat(64)])).toMatchObject({ status: 'void' });
    expect((await listed({ status: 'used' })).map(({ id }) => id)).toContain(asked.id);
  });

  it('are forgotten 30 days after they ended, by people and guards; what is open is not', async () => {
    const workflow = 'pruned';
    const [old, recent, open] = [request({ workflow }), request({ workflow }), request({ workflow })];
    for (const asked of [old, recent, open]) await guards.request(asked);
    for (const asked of [old, recent]) await guards.take(workflow, asked.id, ['another digest']);
    const worker = gate.server.getWorker('toolgate-approvals');
    const table = await worker.getDurableObjectStorage('APPROVALS', { name: workflow });
    const day = 24 * 60 * 60 * 1000;
    const age = 'UPDATE approval SET ended = ended - ? WHERE id = ?';
    await table.exec(age, 30 * day, old.id);
    await table.exec(age, 30 * day - 60_000, recent.id);
    await worker.evictDurableObject('APPROVALS', { name: workflow });
    await expect
      .poll(async () => (await listed({ workflow })).map(({ id }) => id), { timeout: 5000 })
      .toEqual([open.id, recent.id]);
    expect(await guards.take(workflow, old.id, [old.digest])).toMatchObject({ status: 'unknown' });
    const index = await worker.getDurableObjectStorage('APPROVALS_INDEX', { name: 'index' });
    const lines = await index.exec('SELECT id FROM workflow_of WHERE workflow = ? ORDER BY id', workflow);
    expect(lines.map(({ id }) => id)).toEqual([recent.id, open.id].toSorted());
  });

  it('survive an eviction, deadline included', async () => {
    const asked = request({ workflow: 'evicted', deadline: new Date(Date.now() + 4000).toISOString() });
    await guards.request(asked);
    await gate.server.getWorker('toolgate-approvals').evictDurableObject('APPROVALS', { name: 'evicted' });
    expect((await listed({ workflow: 'evicted' })).map(({ status }) => status)).toEqual(['waiting']);
    await gate.server.getWorker('toolgate-approvals').evictDurableObject('APPROVALS', { name: 'evicted' });
    expect((await lastEntry(asked.call, 'approval.expired')).data).toMatchObject({ approval: asked.id });
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
    expect(await guards.take(asked.workflow, asked.id, [asked.digest])).toMatchObject({ status: 'waiting' });
  });

  it('that do not exist are not found, by people or guards', async () => {
    for (const id of ['', 'x', newId('appr', 1), newId('call', 1)]) {
      expect(await decide('approver', id, yes)).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    }
    expect(await guards.take('lead-intake', newId('appr', 1), ['d'])).toEqual({
      status: 'unknown',
      digest: null,
      approvers: [],
      reason: null,
      approvedUnder: null,
      stoppedBy: null,
    });
    expect(await desk.list(token('auditor'), { status: 'open' })).toMatchObject({
      ok: false,
      problem: { code: 'invalid' },
    });
    expect(await listed({ workflow: 'no-such-workflow' })).toEqual([]);
  });

  it('of all workflows are listed: what waits, by deadline, and then the newest', async () => {
    const later = request({ workflow: 'one' });
    const sooner = request({ workflow: 'two', deadline: new Date(Date.now() + 50_000).toISOString() });
    await guards.request(later);
    await guards.request(sooner);
    const all = await listed();
    const waiting = all.filter(({ status }) => status === 'waiting');
    expect(all.slice(0, waiting.length)).toEqual(waiting);
    expect(waiting.map(({ deadline }) => deadline)).toEqual(
      waiting.map(({ deadline }) => deadline).toSorted(),
    );
    expect(waiting.findIndex(({ id }) => id === sooner.id)).toBeLessThan(
      waiting.findIndex(({ id }) => id === later.id),
    );
    const over = all.slice(waiting.length).map(({ id }) => id);
    expect(over.length).toBeGreaterThan(1);
    expect(over).toEqual(over.toSorted().toReversed());
    expect((await listed({ workflow: 'one' })).map(({ id }) => id)).toEqual([later.id]);
  });

  it('of one agent are not hidden by a flood of another', async () => {
    const workflow = 'flooded';
    const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
    const quiet = request({ workflow, agent: 'quiet', deadline: inMinutes(60) });
    await guards.request(quiet);
    const soon = inMinutes(30);
    const flood = Array.from({ length: 210 }, () => request({ workflow, agent: 'flooder', deadline: soon }));
    await Promise.all(flood.map(async (asked) => guards.request(asked)));
    const page = await listed({ workflow, status: 'waiting' });
    expect(page).toHaveLength(200);
    expect(page.at(-1)?.id).toBe(quiet.id);
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
  takes(asked) { this.ctx.storage.kv.put('takes', asked); }
  async take() {
    const asked = this.ctx.storage.kv.get('takes');
    if (!asked) return;
    const { status, approvers } = await this.env.APPROVALS.take(asked.workflow, asked.id, [asked.digest]);
    this.ctx.storage.kv.put('taken', [...this.taken(), { status, approvers: [...approvers] }]);
  }
  taken() { return this.ctx.storage.kv.get('taken') ?? []; }
}
export class Resumption extends WorkerEntrypoint {
  async decided(agent, call) {
    await this.env.MEMORY.getByName('it').take();
    await this.env.MEMORY.getByName('it').heard(agent, call);
  }
}
export class Probe extends WorkerEntrypoint {
  async all() { return this.env.MEMORY.getByName('it').all(); }
  async deafFor(times) { await this.env.MEMORY.getByName('it').deafFor(times); }
  async takes(asked) { await this.env.MEMORY.getByName('it').takes(asked); }
  async taken() { return this.env.MEMORY.getByName('it').taken(); }
}
export default { fetch: () => new Response(null, { status: 404 }) };
`;

/** In control's place: nothing is stopped. What a stop does to approvals is in test/flow/approvals-stopped.test.ts. */
const quietControl = `
import { WorkerEntrypoint } from 'cloudflare:workers';
export class Stoppages extends WorkerEntrypoint {
  async inForce() { return { epoch: 1, stoppedBy: [] }; }
}
export class PeopleDirectory extends WorkerEntrypoint {
  async directory() { return { people: [], groups: {} }; }
}
export class Duties extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
`;

/** The vault binds the inboxes, which nobody asks here. */
const noLeads = `
import { WorkerEntrypoint } from 'cloudflare:workers';
export class LeadErasure extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
`;

/** In the notifier's place: it does not answer in time, which holds up nothing here. */
const slowNotifier = `
import { WorkerEntrypoint } from 'cloudflare:workers';
export class Notifier extends WorkerEntrypoint {
  async notify() { await scheduler.wait(8_000); return []; }
}
export class SlackReplies extends WorkerEntrypoint {
  async tell() {}
}
export default { fetch: () => new Response(null, { status: 404 }) };
`;

interface Probe {
  all(): Promise<{ agent: string; call: string; at: number }[]>;
  deafFor(times: number): Promise<void>;
  /** The guard takes this decision whenever it is told of one. */
  takes(asked: { workflow: string; id: string; digest: string } | null): Promise<void>;
  taken(): Promise<{ status: string; approvers: string[] }[]>;
}

describe('telling the guard that a request is over', () => {
  let server: TestHarness;
  let folder: string;
  let env: { APPROVALS: ApprovalRequests; DESK: ApprovalsDesk; PROBE: Probe };
  let approver: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toolgate-'));
    await writeFile(join(folder, 'guard.js'), deafGuard);
    await writeFile(join(folder, 'control.js'), quietControl);
    await writeFile(join(folder, 'notifier.js'), slowNotifier);
    await writeFile(join(folder, 'leads.js'), noLeads);
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
        {
          config: {
            name: 'toolgate-control',
            main: join(folder, 'control.js'),
            compatibility_date: '2026-10-01',
          },
        },
        {
          config: {
            name: 'toolgate-notifier',
            main: join(folder, 'notifier.js'),
            compatibility_date: '2026-10-01',
          },
        },
        {
          config: {
            name: 'toolgate-leads',
            main: join(folder, 'leads.js'),
            compatibility_date: '2026-10-01',
          },
        },
        { configPath: 'workers/approvals/wrangler.toml', secrets: secrets.workers['approvals']! },
        { configPath: 'workers/ledger/wrangler.toml', secrets: secrets.workers['ledger']! },
        { configPath: 'workers/vault/wrangler.toml', secrets: secrets.workers['vault']! },
      ],
    });
    await server.listen();
    env = await server.getWorker<typeof env>('toolgate-guard').getEnv();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await env.PROBE.deafFor(0);
    await env.PROBE.takes(null);
  });

  async function told(call: string): Promise<number> {
    return (await env.PROBE.all()).filter((one) => one.call === call).length;
  }

  /** Nothing more will be told: proven by the table, as waiting proves it only for as long as one waits. */
  async function isOver(workflow: string, call: string): Promise<boolean> {
    const worker = server.getWorker('toolgate-approvals');
    const table = await worker.getDurableObjectStorage('APPROVALS', { name: workflow });
    const rows = await table.exec(`SELECT told FROM approval WHERE json_extract(body, '$.call') = ?`, call);
    return rows[0]?.['told'] === 1;
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
    await expect.poll(async () => isOver(asked.workflow, asked.call)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await told(asked.call)).toBe(1);
  });

  it('is repeated until the guard has heard it, over an eviction, and then ends', async () => {
    await env.PROBE.deafFor(2);
    const asked = request({ workflow: 'deaf' });
    await env.APPROVALS.request(asked);
    await env.DESK.decide(approver, asked.id, no);
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBeGreaterThan(0);
    expect(await isOver('deaf', asked.call)).toBe(false);
    await server.getWorker('toolgate-approvals').evictDurableObject('APPROVALS', { name: 'deaf' });
    await expect.poll(async () => told(asked.call), { timeout: 10_000 }).toBe(3);
    await expect.poll(async () => isOver('deaf', asked.call)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await told(asked.call)).toBe(3);
  });

  it('is repeated when the guard took the decision and died before it acted: it is told `used`', async () => {
    await env.PROBE.deafFor(2);
    const asked = request({ workflow: 'dying' });
    await env.APPROVALS.request(asked);
    await env.PROBE.takes(asked);
    await env.DESK.decide(approver, asked.id, yes);
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBe(3);
    const approvers = ['approver@sandbox.example'];
    expect(await env.PROBE.taken()).toEqual([
      { status: 'approved', approvers },
      { status: 'used', approvers },
      { status: 'used', approvers },
    ]);
    await expect.poll(async () => isOver('dying', asked.call)).toBe(true);
  });

  it('is given up a minute after the deadline', async () => {
    await env.PROBE.deafFor(1000);
    const workflow = 'dead';
    const asked = request({ workflow });
    await env.APPROVALS.request(asked);
    await env.DESK.decide(approver, asked.id, no);
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBeGreaterThan(0);
    const worker = server.getWorker('toolgate-approvals');
    const table = await worker.getDurableObjectStorage('APPROVALS', { name: workflow });
    const past = Date.now() - 60_000;
    await table.exec('UPDATE approval SET deadline = ?, ended = ?', past, past);
    await worker.evictDurableObject('APPROVALS', { name: workflow });
    await expect.poll(async () => isOver(workflow, asked.call), { timeout: 5000 }).toBe(true);
  });

  it('happens for what expired, too', async () => {
    const asked = request({ deadline: new Date(Date.now() + 300).toISOString() });
    await env.APPROVALS.request(asked);
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBe(1);
  });

  it('happens for what a guard took or voided itself, as it may never have seen the answer', async () => {
    const asked = request();
    await env.APPROVALS.request(asked);
    expect(await env.APPROVALS.take(asked.workflow, asked.id, ['another digest'])).toMatchObject({
      status: 'void',
    });
    await expect.poll(async () => told(asked.call), { timeout: 5000 }).toBe(1);
    await expect.poll(async () => isOver(asked.workflow, asked.call)).toBe(true);
  });
});
