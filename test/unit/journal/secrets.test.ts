import { beforeEach, describe, expect, test } from 'vitest';
import { GENESIS, nextEntry, type Entry } from '../../../shared/journal.ts';
import { migrate } from '../../../shared/migrate.ts';
import { monthMigrations } from '../../../workers/ledger/migrations.ts';
import { SecretStore } from '../../../workers/ledger/secret-store.ts';
import { toolRecordsOf } from '../../../workers/ledger/tally.ts';
import { sqlite } from './support.ts';

const noon = Date.parse('2026-11-22T12:00:00.000Z');
const at = (minute: number): string => new Date(noon + minute * 60_000).toISOString();
const entry = (minute: number, data: object): Entry =>
  nextEntry('guard:one', { seq: 0, hash: GENESIS }, 'call.outcome', { ...data }, noon + minute * 60_000)
    .entry;

let store: SecretStore;
beforeEach(() => {
  const storage = sqlite();
  migrate(storage, monthMigrations);
  store = new SecretStore(storage.sql);
});

describe('when a secret was last used', () => {
  test('is its latest entry, in whatever order journals come in', () => {
    store.add([entry(5, { tool: 'crm', secrets: ['A'] }), entry(2, { tool: 'crm', secrets: ['A', 'B'] })]);
    store.add([entry(3, { tool: 'crm', secrets: ['A'], secretsRefused: ['A'] })]);
    store.add([entry(9, { tool: 'ads', secrets: ['A'] })]);
    expect(store.all()).toEqual([
      { tool: 'ads', name: 'A', usedAt: at(9), refusedAt: null },
      { tool: 'crm', name: 'A', usedAt: at(5), refusedAt: at(3) },
      { tool: 'crm', name: 'B', usedAt: at(2), refusedAt: null },
    ]);
  });

  test('is not known of one that was never in a request, though it was missed', () => {
    store.add([entry(1, { tool: 'crm', secretsRefused: ['A'] })]);
    expect(store.all()).toEqual([{ tool: 'crm', name: 'A', usedAt: null, refusedAt: at(1) }]);
  });

  test('is nothing that an entry says in another shape', () => {
    store.add([
      entry(1, { tool: 'crm', secrets: 'A' }),
      entry(1, { secrets: ['A'] }),
      entry(1, { tool: 'x' }),
    ]);
    expect(store.all()).toEqual([]);
  });

  test('is the later of two months, with its tool', () => {
    const counted = { hour: [], day: [], ended: [] };
    const of = (usedAt: string | null, refusedAt: string | null) => ({
      ...counted,
      secrets: [{ tool: 'crm', name: 'A', usedAt, refusedAt }],
    });
    const [record] = toolRecordsOf([of(at(1), null), of(at(0), at(0))]);
    expect(record).toMatchObject({
      tool: 'crm',
      secrets: [{ name: 'A', usedAt: at(1), refusedAt: at(0) }],
    });
  });
});
