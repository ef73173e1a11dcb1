import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../shared/migrate.ts';
import type { Approval } from '../../../shared/rpc.ts';
import { workflowMigrations } from '../../../workers/approvals/migrations.ts';
import { ApprovalStore } from '../../../workers/approvals/store.ts';
import { sqlite } from '../journal/support.ts';
import { waitingApproval } from './fixture.ts';

const T = Date.parse('2026-11-22T12:00:00.000Z');

let store: ApprovalStore;
let storage: ReturnType<typeof sqlite>;
beforeEach(() => {
  storage = sqlite();
  migrate(storage, workflowMigrations);
  store = new ApprovalStore(storage.sql);
});

let count = 0;

function approval(over: Partial<Approval> = {}): Approval {
  count += 1;
  return waitingApproval({
    id: `appr_${String(count).padStart(6, '0')}`,
    call: `call_${count}`,
    requestedAt: new Date(T).toISOString(),
    deadline: new Date(T + count).toISOString(),
    ...over,
  });
}

function put(over: Partial<Approval> = {}, now = T): Approval {
  const stored = approval(over);
  store.put(stored, now);
  return stored;
}

function flood(size: number, over: Partial<Approval>): void {
  for (let n = 0; n < size; n += 1) put({ agent: 'flooder', ...over });
}

const ids = (approvals: Approval[]): string[] => approvals.map(({ id }) => id);

describe('a page of approvals', () => {
  it('deals out to each agent in turn, so that a flood hides nobody', () => {
    flood(300, {});
    const late = new Date(T + 1e9).toISOString();
    const quiet = Array.from({ length: 3 }, () => put({ agent: 'quiet', deadline: late }));
    const page = store.list('waiting');
    expect(page).toHaveLength(200);
    expect(ids(page)).toEqual(expect.arrayContaining(ids(quiet)));
    expect(page.filter(({ agent }) => agent === 'flooder')).toHaveLength(197);
  });

  it('gives of one agent what is most urgent', () => {
    const urgent = put({ deadline: new Date(T - 1).toISOString() });
    flood(250, { agent: 'lead-router' });
    const page = store.list(null);
    expect(ids(page)).toContain(urgent.id);
    expect(Math.max(...page.map(({ deadline }) => Date.parse(deadline)))).toBeLessThan(T + count - 49);
  });

  it('gives what waits before what is over, whoever asked', () => {
    const waiting = put({ agent: 'quiet' });
    flood(150, {});
    flood(300, { status: 'void' });
    const over = put({ agent: 'quiet', status: 'rejected' });
    const page = store.list(null);
    expect(page.filter(({ status }) => status === 'waiting')).toHaveLength(151);
    expect(ids(page)).toEqual(expect.arrayContaining([waiting.id, over.id]));
    expect(page).toHaveLength(200);
  });

  it('holds only the state asked for', () => {
    put();
    const used = put({ status: 'used' });
    expect(ids(store.list('used'))).toEqual([used.id]);
    expect(store.list('expired')).toEqual([]);
  });

  it('stays small enough for an answer when requests are large, and still deals out', () => {
    flood(100, { input: { text: 'x'.repeat(100_000) } });
    const quiet = put({ agent: 'quiet' });
    const page = store.list('waiting');
    expect(JSON.stringify(page).length).toBeLessThan(5_000_000);
    expect(page.length).toBeGreaterThan(10);
    expect(ids(page)).toContain(quiet.id);
  });
});

describe('what guards are to be told', () => {
  it('is what is decided or over, until they have heard it', () => {
    put();
    const approved = put({ status: 'approved' });
    expect(store.outbox(T).map(({ approval: { id } }) => id)).toEqual([approved.id]);
    store.told(approved.id);
    expect(store.outbox(T)).toEqual([]);
    expect(store.nextTelling).toBeNull();
  });

  it('waits after an attempt that failed, and counts it', () => {
    const { id } = put({ status: 'approved' });
    store.tried(id, T + 250);
    expect(store.outbox(T + 249)).toEqual([]);
    expect(store.outbox(T + 250)).toMatchObject([{ approval: { id }, tried: 1 }]);
    expect(store.nextTelling).toBe(T + 250);
  });

  it('is given up some time after deadline and end, whichever was later', () => {
    const deadline = new Date(T + 1000).toISOString();
    put({ status: 'rejected', deadline }, T);
    put({ status: 'expired', deadline }, T + 5000);
    expect(store.giveUp(T + 999)).toBe(0);
    expect(store.giveUp(T + 1000)).toBe(1);
    expect(store.outbox(T + 9000)).toMatchObject([{ approval: { status: 'expired' } }]);
    expect(store.giveUp(T + 5000)).toBe(1);
    expect(store.outbox(T + 9000)).toEqual([]);
  });
});

describe('what is over', () => {
  it('can be found by when it ended, and removed; what is open cannot', () => {
    put({}, T);
    put({ status: 'approved' }, T);
    const second = put({ status: 'used' }, T + 2);
    const first = put({ status: 'rejected' }, T + 1);
    expect(store.firstEnd).toBe(T + 1);
    expect(store.endedBy(T)).toEqual([]);
    expect(store.endedBy(T + 2)).toEqual([first.id, second.id]);
    store.remove([first.id]);
    expect(store.get(first.id)).toBeNull();
    expect(store.firstEnd).toBe(T + 2);
  });
});

it('tables of before gain agents and ends from the requests they hold', () => {
  const old = sqlite();
  migrate(old, workflowMigrations.slice(0, 2));
  for (const status of ['waiting', 'used'] as const) {
    const stored = approval({
      id: status,
      agent: `of-${status}`,
      status,
      deadline: new Date(T).toISOString(),
    });
    old.sql.exec(
      'INSERT INTO approval (id, status, deadline, told, tried, body) VALUES (?, ?, ?, 1, 0, ?)',
      stored.id,
      status,
      T,
      JSON.stringify(stored),
    );
  }
  migrate(old, workflowMigrations);
  expect(old.sql.exec('SELECT id, agent, ended FROM approval ORDER BY id').toArray()).toEqual([
    { id: 'used', agent: 'of-used', ended: T },
    { id: 'waiting', agent: 'of-waiting', ended: null },
  ]);
});
