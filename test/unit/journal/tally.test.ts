import { beforeEach, describe, expect, test } from 'vitest';
import { GENESIS, nextEntry, type Entry, type Head } from '../../../shared/journal.ts';
import { migrate } from '../../../shared/migrate.ts';
import { monthMigrations } from '../../../workers/ledger/migrations.ts';
import { TallyStore } from '../../../workers/ledger/tally-store.ts';
import { pulseOf, toolRecordsOf, wordsOf } from '../../../workers/ledger/tally.ts';
import { sqlite } from './support.ts';

const now = Date.parse('2026-11-22T12:00:30.000Z');
let head: Head = { seq: 0, hash: GENESIS };

function entry(kind: string, data: object, at = now): Entry {
  const sealed = nextEntry('guard:one', head, kind, { agent: 'one', tool: 'crm', ...data }, at);
  head = sealed.entry;
  return sealed.entry;
}

let store: TallyStore;
beforeEach(() => {
  const storage = sqlite();
  migrate(storage, monthMigrations);
  store = new TallyStore(storage.sql);
});

describe('what an entry counts for', () => {
  test.each<[string, string, object, Record<string, number>]>([
    ['a call that runs', 'call.intent', {}, { call: 1, allowed: 1 }],
    ['one that people approved is not a new call', 'call.intent', { approval: 'apr_1' }, { allowed: 1 }],
    ['a proposal', 'call.proposed', {}, { call: 1, allowed: 1 }],
    ['a call that waits', 'call.waiting', {}, { call: 1, waiting: 1 }],
    ['a denial', 'call.denied', { reason: 'policy' }, { call: 1, denied: 1 }],
    ['a flood of denials', 'call.denied', { suppressed: 41 }, { call: 42, denied: 42 }],
    ['a rejection', 'call.denied', { approval: 'apr_1' }, { denied: 1 }],
    ['a success', 'call.outcome', { outcome: 'succeeded' }, { succeeded: 1 }],
    ['a failure', 'call.outcome', { outcome: 'failed', reason: 'credential' }, { 'failed:credential': 1 }],
    ['what was looked up later', 'call.recovered', { outcome: 'indeterminate' }, { indeterminate: 1 }],
    ['nothing that people have done', 'call.intent', { lane: 'operators' }, {}],
    ['nothing else', 'incident.flagged', {}, {}],
  ])('%s', (_, kind, data, counts) => {
    const words = wordsOf(entry(kind, data)).map(({ word, times }) => [word, times] as const);
    expect(Object.fromEntries(words)).toEqual(counts);
  });
});

describe('the pulse', () => {
  test('has sixty minutes, the running one last, and leaves out what is older', () => {
    store.add(
      [
        entry('call.intent', {}, now - 61 * 60_000),
        entry('call.intent', {}, now - 60_000),
        entry('call.denied', { tool: 'cms' }, now - 60_000),
        entry('call.outcome', { outcome: 'indeterminate' }, now),
        entry('call.outcome', { outcome: 'failed', reason: 'conflict' }, now),
      ],
      now,
    );
    const pulse = pulseOf(store.minutes('2026-11-22T11:01:00.000Z'), now);
    expect(pulse.minutes).toHaveLength(60);
    expect(pulse.minutes[0]?.at).toBe('2026-11-22T11:01:00.000Z');
    expect(pulse.minutes[59]).toEqual({
      at: '2026-11-22T12:00:00.000Z',
      calls: 0,
      allowed: 0,
      denied: 0,
      waiting: 0,
      failed: 2,
    });
    expect(pulse.lastMinute).toEqual({ calls: 2, allowed: 1, denied: 1, waiting: 0, failed: 0 });
    expect(pulse.hour).toEqual({ calls: 2, allowed: 1, denied: 1, waiting: 0, failed: 2 });
  });

  test('adds shipments up', () => {
    store.add([entry('call.intent', {})], now);
    store.add([entry('call.intent', {}), entry('call.intent', { tool: 'ads' })], now);
    expect(pulseOf(store.minutes('2026-11-22T11:01'), now).hour.calls).toBe(3);
  });

  test('keeps minutes for some hours only', () => {
    store.add([entry('call.intent', {})], now);
    store.add([], now + 4 * 3_600_000);
    expect(store.minutes('2026-11-22T00:00')).toEqual([]);
    expect(store.tools('hour', '2026-11-22T00')).toHaveLength(2);
  });
});

describe('records of tools', () => {
  test('count failures by reason and keep the last outcomes, newest first', () => {
    const many = Array.from({ length: 14 }, (_, n) =>
      entry('call.outcome', { outcome: 'succeeded', call: `call_${n}`, action: 'crm.contact.read' }, now + n),
    );
    const failed = entry(
      'call.outcome',
      { outcome: 'failed', reason: 'unavailable', call: 'call_x' },
      now + 20,
    );
    store.add(many.slice(0, 9), now);
    store.add([...many.slice(9), failed], now);
    const month = {
      hour: store.tools('minute', '2026-11-22T11:30'),
      day: store.tools('hour', '2026-11-22T00'),
      ended: store.ended(),
      secrets: [],
    };
    const [crm, ...rest] = toolRecordsOf([month]);
    expect(rest).toEqual([]);
    expect(crm).toMatchObject({ tool: 'crm', hour: { succeeded: 14, failed: { unavailable: 1 } } });
    expect(crm?.last.map(({ call }) => call).slice(0, 3)).toEqual(['call_x', 'call_13', 'call_12']);
    expect(crm?.last).toHaveLength(10);
    expect(crm?.last[0]?.reason).toBe('unavailable');
  });
});
