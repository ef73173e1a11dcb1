import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../../shared/migrate.ts';
import { EvidenceStore } from '../../../workers/ledger/evidence-store.ts';
import { monthMigrations } from '../../../workers/ledger/migrations.ts';
import { sqlite } from './support.ts';

let storage: ReturnType<typeof sqlite>;
let store: EvidenceStore;
let seq = 0;

beforeEach(() => {
  storage = sqlite();
  migrate(storage, monthMigrations);
  store = new EvidenceStore(storage.sql);
  seq = 0;
});

function put(
  kind: string,
  data: object,
  { at = '2026-11-22T12:00:00.000Z', source = 'guard:one' } = {},
): void {
  seq += 1;
  const body = JSON.stringify({ at, kind, source, seq, data: { agent: 'one', ...data } });
  storage.sql.exec('INSERT INTO entry (body) VALUES (?)', body);
}

const since = '2026-11-22T00:00:00.000Z';

describe('what counts', () => {
  test.each<[string, string, object, object]>([
    ['a proposal', 'call.proposed', { call: 'c' }, { proposed: 1 }],
    [
      'a denial by policy',
      'call.denied',
      { call: 'c', reason: 'policy', why: 'forbidden' },
      { violation: 1 },
    ],
    [
      'what no policy permits',
      'call.denied',
      { call: 'c', reason: 'policy', why: 'not-permitted' },
      { violation: 1 },
    ],
    [
      'not: a contract that changed',
      'call.denied',
      { call: 'c', reason: 'policy', why: 'contract-changed' },
      {},
    ],
    ['not: any other denial', 'call.denied', { call: 'c', reason: 'autonomy', why: 'start' }, {}],
    ['a flood of denials', 'call.denied', { call: 'c', reason: 'invalid', suppressed: 90 }, { violation: 1 }],
    ['an execute', 'call.outcome', { call: 'c', mode: 'execute', outcome: 'failed' }, { 'ended:failed': 1 }],
    ['not: a read', 'call.outcome', { call: 'c', mode: 'read', outcome: 'failed' }, {}],
    ['a person’s decision', 'approval.decided', { call: 'c', status: 'rejected' }, { 'decided:rejected': 1 }],
    [
      'what a review found wrong',
      'review.recorded',
      { call: 'c', verdict: 'harmful' },
      { 'reviewed:wrong': 1 },
    ],
    ['not: what a review found fine', 'review.recorded', { call: 'c', verdict: 'fine' }, {}],
    ['not yet: an edit that nobody approved', 'approval.modified', { call: 'c' }, {}],
    ['not: an intent', 'call.intent', { call: 'c', mode: 'execute' }, {}],
  ])('%s', (_, kind, data, counts) => {
    put(kind, data);
    expect(store.counts('one', since)).toEqual(counts);
  });

  test('a call by its last word: found after all is no failure', () => {
    put('call.outcome', { call: 'a', mode: 'execute', outcome: 'indeterminate' });
    put('call.recovered', { call: 'a', mode: 'execute', outcome: 'succeeded' });
    put('approval.decided', { call: 'a', status: 'waiting' });
    put('approval.decided', { call: 'a', status: 'approved' });
    expect(store.counts('one', since)).toEqual({ 'ended:succeeded': 1, 'decided:approved': 1 });
  });

  test('what was approved only as somebody edited it is no plain approval, and what was edited and rejected counts once', () => {
    put('approval.modified', { call: 'a' });
    put('approval.decided', { call: 'a', status: 'approved' });
    put('approval.modified', { call: 'b' });
    put('approval.decided', { call: 'b', status: 'rejected' });
    put('approval.decided', { call: 'c', status: 'approved' });
    const counts = { 'decided:edited': 1, 'decided:rejected': 1, 'decided:approved': 1 };
    expect(store.counts('one', since)).toEqual(counts);
  });

  test('nothing of another agent, and nothing of before', () => {
    put('call.proposed', { call: 'a', agent: 'two' });
    put('call.proposed', { call: 'b' }, { at: '2026-11-21T23:59:59.999Z' });
    expect(store.counts('one', since)).toEqual({});
  });
});

describe('the trail of a guard', () => {
  test('is its newest entry and what it used, and nothing that others wrote of it', () => {
    put('call.intent', { call: 'a', action: 'crm.company.read' });
    put('call.proposed', { call: 'b', action: 'chat.message.post' });
    put('call.denied', { call: 'c', action: 'crm.contact.update' });
    put('approval.decided', { call: 'd', action: 'leads.lead.route' }, { source: 'approvals:x' });
    expect(store.trail('one', since)).toEqual({
      last: { seq: 3, at: '2026-11-22T12:00:00.000Z' },
      used: ['crm.company.read', 'chat.message.post'],
    });
    expect(store.trail('two', since)).toEqual({ last: null, used: [] });
  });

  test('is broken while what it ships is refused, and no longer once it went on', () => {
    storage.sql.exec("INSERT INTO head VALUES ('guard:one', 4, 'x', NULL)");
    expect(store.broken('guard:one')).toBe(false);
    storage.sql.exec("INSERT INTO refused VALUES ('guard:one', 5)");
    expect(store.broken('guard:one')).toBe(true);
    storage.sql.exec("UPDATE head SET seq = 5 WHERE source = 'guard:one'");
    expect(store.broken('guard:one')).toBe(false);
    // Refused before anything of it was taken.
    storage.sql.exec("INSERT INTO refused VALUES ('guard:new', 1)");
    expect(store.broken('guard:new')).toBe(true);
  });

  test('is counted without reading an entry again', () => {
    const plan = storage.sql
      .exec<{ detail: string }>(
        'EXPLAIN QUERY PLAN SELECT n, call, word FROM evidence WHERE agent = ? AND at >= ? ORDER BY at DESC LIMIT 9',
        'one',
        since,
      )
      .toArray();
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('SEARCH evidence USING PRIMARY KEY'),
    ]);
  });
});
