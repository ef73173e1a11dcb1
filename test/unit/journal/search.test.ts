import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../../shared/migrate.ts';
import { monthMigrations } from '../../../workers/ledger/migrations.ts';
import { Reads } from '../../../workers/ledger/reads.ts';
import { filterOf, markOf, searchable } from '../../../workers/ledger/search.ts';
import { MonthStore } from '../../../workers/ledger/store.ts';
import { sqlite } from './support.ts';

let store: MonthStore;
beforeEach(() => {
  const storage = sqlite();
  migrate(storage, monthMigrations);
  store = new MonthStore(storage.sql);
});

function put(call: string, kind: string, data: object, at = '2026-11-22T12:00:00.000Z'): void {
  store.insert([JSON.stringify({ at, kind, source: 'guard:one', seq: 1, data: { call, ...data } })]);
}

const found = (filter: Parameters<typeof filterOf>[0]): string[] =>
  store.findCalls({ filter: filterOf(filter), before: null, limit: 10 }).calls;

describe('a search of calls', () => {
  beforeEach(() => {
    put('call_01A', 'call.intent', { agent: 'one', action: 'crm.contact.read', session: 's1' });
    put('call_01A', 'call.outcome', { agent: 'one', action: 'crm.contact.read', outcome: 'failed' });
    put('call_01B', 'call.intent', { agent: 'one', action: 'crm.contact.read', session: 's2' });
    put('call_01B', 'call.outcome', { agent: 'one', outcome: 'succeeded' }, '2026-11-23T12:00:00.000Z');
    put('call_01C', 'call.denied', { agent: 'two', action: 'ads.campaign.pause' });
  });

  test.each<[string, Parameters<typeof filterOf>[0], string[]]>([
    ['all, newest first', {}, ['call_01C', 'call_01B', 'call_01A']],
    ['by action', { action: 'crm.contact.read' }, ['call_01B', 'call_01A']],
    ['by what two of its entries say together', { session: 's1', status: 'failed' }, ['call_01A']],
    ['not by what two calls say together', { session: 's1', status: 'succeeded' }, []],
    ['by a denial', { status: 'denied' }, ['call_01C']],
    ['by a part of the id, however it is written', { id: 'call_01b' }, ['call_01B']],
    ['not by a part that is none', { id: '%' }, []],
    ['by a day on which something of it happened', { since: '2026-11-23T00:00:00.000Z' }, ['call_01B']],
    [
      'by a span that no entry lies in',
      { since: '2026-11-22T13:00:00.000Z', until: '2026-11-23T00:00:00.000Z' },
      [],
    ],
    ['not by what looks like SQL', { agent: "one' OR 1=1 --" }, []],
  ])('finds %s', (_, filter, calls) => {
    expect(found(filter)).toEqual(calls);
  });

  test('looks a session up as the log has it: masked', () => {
    expect(filterOf({ session: 'mail from jane.doe@acme.example' }).session).not.toContain('jane.doe');
  });

  test('knows what marks every state', () => {
    for (const status of searchable) expect(Object.keys(markOf(status))).toHaveLength(1);
  });
});

describe('reads', () => {
  test('are journaled once a minute for the same person and query, and at once for another', () => {
    const reads = new Reads();
    expect(reads.due('a', 0)).toBe(true);
    reads.noted('a', 0);
    expect(reads.due('a', 59_999)).toBe(false);
    expect(reads.due('b', 1)).toBe(true);
    expect(reads.due('a', 60_000)).toBe(true);
  });

  test('are journaled anew when the clock was set back', () => {
    const reads = new Reads();
    reads.noted('a', 100_000);
    expect(reads.due('a', 5)).toBe(true);
  });
});
