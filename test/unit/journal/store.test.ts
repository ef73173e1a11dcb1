import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GENESIS, type Head } from '../../../shared/journal.ts';
import { Journal, journalMigration } from '../../../shared/journal-store.ts';
import { migrate } from '../../../shared/migrate.ts';
import type { LedgerIntake } from '../../../shared/rpc.ts';
import { take } from '../../../workers/ledger/take.ts';
import { sqlite } from './support.ts';

/** The ledger's own decision, with its state in memory, and a line that can fail before or after the work is done. */
class Ledger implements LedgerIntake {
  head: Head = { seq: 0, hash: GENESIS };
  readonly held: string[] = [];
  readonly refusals: string[] = [];
  line: 'up' | 'down' | 'answer-lost' = 'up';
  shipments = 0;

  append(source: string, entries: string[]): Promise<{ acknowledged: number }> {
    this.shipments += 1;
    if (this.line === 'down') return Promise.reject(new Error('down'));
    const taken = take(source, this.head, entries);
    this.held.push(...taken.bodies);
    this.head = taken.head;
    if (taken.refusal) this.refusals.push(taken.refusal.why);
    if (this.line === 'answer-lost') return Promise.reject(new Error('answer lost'));
    return Promise.resolve({ acknowledged: taken.acknowledged });
  }
}

function journaled(): { storage: ReturnType<typeof sqlite>; open: () => Journal; rows: () => number[] } {
  const storage = sqlite();
  migrate(storage, [journalMigration]);
  return {
    storage,
    open: () => new Journal('guard:a', storage.sql),
    rows: () =>
      storage.sql
        .exec<{ seq: number }>('SELECT seq FROM journal ORDER BY seq')
        .toArray()
        .map((row) => row.seq),
  };
}

describe('a journal', () => {
  it('ships what it appended once and in order, whatever fails, rolls back or restarts on the way', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('append' as const) },
      fc.constantFrom('rolled-back', 'restart', 'ship', 'ship-down', 'ship-answer-lost'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { storage, open } = journaled();
        const ledger = new Ledger();
        const written: string[] = [];
        let journal = open();
        for (const [n, step] of steps.entries()) {
          switch (step) {
            case 'append':
              written.push(journal.append('call.intent', { n }, 1000 + n).hash);
              break;
            case 'rolled-back':
              expect(() =>
                storage.transactionSync(() => {
                  journal.append('call.intent', { lost: n }, 1000 + n);
                  throw new Error('rolled back');
                }),
              ).toThrow('rolled back');
              journal.reload();
              break;
            case 'restart':
              journal = open();
              break;
            case 'ship':
            case 'ship-down':
            case 'ship-answer-lost':
              ledger.line = step === 'ship' ? 'up' : step === 'ship-down' ? 'down' : 'answer-lost';
              await journal.ship(ledger);
          }
        }
        ledger.line = 'up';
        expect(await journal.ship(ledger)).toBe(true);
        expect(ledger.held.map((body) => (JSON.parse(body) as Head).hash)).toEqual(written);
        expect(ledger.refusals).toEqual([]);
        expect(journal.unshipped).toBe(0);
        expect(journal.behind).toBe(false);
      }),
    );
  });

  it('keeps only the last entry once the ledger has them all, and goes on from it', async () => {
    const { open, rows } = journaled();
    const ledger = new Ledger();
    const journal = open();
    for (let n = 0; n < 1234; n += 1) journal.append('call.intent', { n }, n);
    expect(journal.unshipped).toBe(1234);
    expect(await journal.ship(ledger)).toBe(true);
    expect(ledger.shipments).toBe(3);
    expect(rows()).toEqual([1234]);
    const next = open().append('call.outcome', {}, 5000);
    expect(next.seq).toBe(1235);
    expect(next.prev).toBe(ledger.head.hash);
  });

  it('keeps everything while the ledger is away', async () => {
    const { open, rows } = journaled();
    const ledger = new Ledger();
    ledger.line = 'down';
    const journal = open();
    journal.append('call.intent', {}, 1);
    journal.append('call.intent', {}, 2);
    expect(await journal.ship(ledger)).toBe(false);
    expect(rows()).toEqual([1, 2]);
    expect(journal.unshipped).toBe(2);
  });

  it('ships big entries in shipments that fit a message', async () => {
    const { open } = journaled();
    const ledger = new Ledger();
    const journal = open();
    for (let n = 0; n < 10; n += 1) journal.append('call.intent', { text: 'x'.repeat(1_000_000) }, n);
    expect(await journal.ship(ledger)).toBe(true);
    expect(ledger.shipments).toBeGreaterThan(2);
    expect(ledger.held).toHaveLength(10);
  });

  it('finds out that its storage went back in time, and throws nothing away', async () => {
    const ledger = new Ledger();
    const before = journaled();
    const journal = before.open();
    for (let n = 0; n < 5; n += 1) journal.append('call.intent', { n }, n);
    await journal.ship(ledger);
    const restored = journaled();
    const older = restored.open();
    older.append('call.intent', { n: 0 }, 0);
    older.append('call.intent', { other: 1 }, 1);
    expect(await older.ship(ledger)).toBe(false);
    expect(older.behind).toBe(true);
    expect(older.unshipped).toBe(2);
    expect(restored.rows()).toEqual([1, 2]);
    expect(ledger.held).toHaveLength(5);
  });

  it('is refused when its storage went back and it wrote on past what the ledger holds', async () => {
    const ledger = new Ledger();
    const journal = journaled().open();
    for (let n = 0; n < 3; n += 1) journal.append('call.intent', { n }, n);
    await journal.ship(ledger);
    const restored = journaled();
    const fork = restored.open();
    for (let n = 0; n < 5; n += 1) fork.append('call.intent', { other: n }, n);
    expect(await fork.ship(ledger)).toBe(false);
    expect(ledger.refusals).toEqual(['fork']);
    expect(ledger.held).toHaveLength(3);
    expect(restored.rows()).toHaveLength(5);
  });

  it('writes nothing for data that JSON cannot hold, and goes on', () => {
    const { open, rows } = journaled();
    const journal = open();
    expect(() => journal.append('call.intent', { bad: Number.NaN }, 1)).toThrow(TypeError);
    expect(rows()).toEqual([]);
    expect(journal.append('call.intent', {}, 1).seq).toBe(1);
  });
});
