import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../shared/migrate.ts';
import type { Approval } from '../../../shared/rpc.ts';
import { workflowMigrations } from '../../../workers/approvals/migrations.ts';
import { ApprovalStore, type Place } from '../../../workers/approvals/store.ts';
import { sqlite } from '../journal/support.ts';
import { approverSays, waitingApproval } from './fixture.ts';

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

const waiting = (limit = 200, after: Place | null = null): Approval[] =>
  store.waiting(after, limit).map((placed) => placed.approval);

describe('a page of what waits', () => {
  it('deals out to each agent in turn, so that a flood hides nobody', () => {
    flood(300, {});
    const late = new Date(T + 1e9).toISOString();
    const quiet = Array.from({ length: 3 }, () => put({ agent: 'quiet', deadline: late }));
    const page = waiting(20);
    expect(page).toHaveLength(20);
    expect(ids(page)).toEqual(expect.arrayContaining(ids(quiet)));
    expect(page.filter(({ agent }) => agent === 'flooder')).toHaveLength(17);
  });

  it('gives a newcomer its turn beside what others have waited with for long', () => {
    flood(30, {});
    for (const { id } of waiting(25)) store.put({ ...store.get(id)!, status: 'rejected' }, T);
    const quiet = put({ agent: 'quiet' });
    expect(ids(waiting(3))).toContain(quiet.id);
  });

  it('gives of one agent what came first', () => {
    const first = put({ agent: 'flooder' });
    flood(250, {});
    expect(waiting(1)).toEqual([first]);
  });

  it('goes on where the one before ended: each is seen once, whatever is decided and asked for meanwhile', () => {
    flood(50, {});
    const before = Array.from({ length: 20 }, () => put({ agent: 'quiet' }));
    const all = ids(waiting());
    const seen: string[] = [];
    let place: Place | null = null;
    for (let look = 0; look < 20; look += 1) {
      const page = store.waiting(place, 7);
      if (page.length === 0) break;
      seen.push(...page.map(({ approval }) => approval.id));
      place = page.at(-1)!.place;
      // The first of what was seen is decided, and more comes.
      store.put({ ...page[0]!.approval, status: 'approved' }, T);
      put({ agent: 'flooder' });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(all));
    expect(seen).toEqual(expect.arrayContaining(ids(before)));
  });

  it('keeps a request in its place when its state is written again', () => {
    const first = put({ agent: 'flooder' });
    flood(10, {});
    store.put({ ...first, reminded: 50 }, T + 1);
    expect(waiting(1)[0]?.id).toBe(first.id);
  });

  it('holds only what is asked of some groups, and not for somebody', () => {
    const asked = put({ group: 'leads' });
    put({ group: 'finance' });
    put({ group: 'leads', user: 'Ada@acme.example' });
    const mine = { asked: ['["leads"]'], notFor: ['ada@acme.example'] };
    expect(store.waiting(null, 10, mine).map(({ approval }) => approval.id)).toEqual([asked.id]);
    expect(store.askedGroups.toSorted()).toEqual(['["finance"]', '["leads"]']);
    expect(store.countWaiting).toBe(3);
  });

  it('stays small enough for an answer when requests are large, and still deals out', () => {
    flood(100, { input: { text: 'x'.repeat(100_000) } });
    const quiet = put({ agent: 'quiet' });
    const page = waiting();
    expect(JSON.stringify(page).length).toBeLessThan(5_000_000);
    expect(page.length).toBeGreaterThan(10);
    expect(ids(page)).toContain(quiet.id);
  });
});

describe('a page of what does not wait', () => {
  it('is the newest first, of the state asked for, and goes on', () => {
    put();
    const used = [put({ status: 'used' }), put({ status: 'used' })];
    const gone = put({ status: 'void' });
    const over = (status: Approval['status'] | null, after: Place | null = null, limit = 10): string[] =>
      store.over(after, limit, status).map(({ approval }) => approval.id);
    expect(over('used')).toEqual(ids(used).toReversed());
    expect(over('expired')).toEqual([]);
    expect(over(null)).toEqual([gone.id, ...ids(used).toReversed()]);
    expect(over(null, { over: gone.id }, 1)).toEqual([used[1]!.id]);
  });
});

describe('earlier decisions', () => {
  it('are the last five that people took on the same action of the same agent', () => {
    const by = approverSays('ada@acme.example');
    const record = { ...by, by: by.email, onBehalfOf: null, at: '', digest: 'd1', ofEditor: false };
    const decided = { status: 'used', decisions: [record] } as const;
    const past = Array.from({ length: 7 }, (_, n) => put({ ...decided, decisions: [record] }, T + n));
    put({ status: 'expired' }, T + 50);
    put({ ...decided, decisions: [record], agent: 'another' }, T + 51);
    put({ ...decided, decisions: [record], action: 'crm.contact.read' }, T + 52);
    expect(ids(store.earlier(put()))).toEqual(ids(past).toReversed().slice(0, 5));
  });
});

describe('what time brings', () => {
  it('is found by when it is due, and not again once it is passed', () => {
    const half = Date.parse('2026-11-22T12:30:00.000Z');
    const asked = put({ requestedAt: '2026-11-22T12:00:00.000Z', deadline: '2026-11-22T13:00:00.000Z' });
    expect(store.nextStep).toBe(half);
    expect(store.stepping(half - 1)).toEqual([]);
    expect(ids(store.stepping(half))).toEqual([asked.id]);
    store.put({ ...asked, reminded: 50 }, half);
    expect(store.stepping(half)).toEqual([]);
    store.put({ ...asked, status: 'rejected' }, half);
    expect(store.nextStep).toBeNull();
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

it('whatever is asked of the table is found by an index, and nothing is sorted', () => {
  const plans: string[] = [];
  const watched = {
    exec: (query: string, ...values: SqlStorageValue[]) => {
      const plan = storage.sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...values);
      plans.push(...plan.toArray().map(({ detail }) => detail));
      return storage.sql.exec(query, ...values);
    },
  } as SqlStorage;
  const asked = put();
  const all = new ApprovalStore(watched);
  all.put(asked, T);
  all.waiting(null, 10);
  all.waiting(null, 10, { asked: ['["approvers"]'], notFor: ['ada@acme.example'] });
  all.over(null, 10, null);
  all.over(null, 10, 'used');
  all.earlier(asked);
  all.due(T);
  all.stepping(T);
  all.approved('');
  all.outbox(T);
  all.giveUp(T);
  all.endedBy(T);
  const { countWaiting, askedGroups, nextDeadline, nextStep, nextTelling, firstEnd } = all;
  expect([countWaiting, askedGroups.length, nextStep, nextTelling, firstEnd]).toHaveLength(5);
  expect(nextDeadline).not.toBeNull();
  const ofTable = plans.filter((plan) => /\b(SCAN|SEARCH) approval\b/.test(plan));
  expect(ofTable.length).toBeGreaterThan(15);
  expect(ofTable.filter((plan) => !/USING (COVERING INDEX|INDEX|PRIMARY KEY)/.test(plan))).toEqual([]);
  expect(ofTable.filter((plan) => /SCAN/.test(plan) && !/COVERING|approval_outbox/.test(plan))).toEqual([]);
  expect(plans.filter((plan) => plan.includes('TEMP B-TREE'))).toEqual([]);
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
