import { GENESIS, nextEntry, type Entry, type EntryData, type Head, type Sealed } from './journal.ts';
import type { Migration } from './migrate.ts';
import type { LedgerIntake } from './rpc.ts';

/** The journal's table; every object that decides lists it among its migrations. */
export const journalMigration: Migration = {
  id: 'journal',
  sql: `CREATE TABLE journal (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
        CREATE TABLE journal_state (one INTEGER PRIMARY KEY CHECK (one = 1), shipped INTEGER NOT NULL);
        INSERT INTO journal_state VALUES (1, 0);`,
};

/** One shipment holds at most so many entries and about so many characters; an RPC message may have 32 MiB. */
const SHIP_ENTRIES = 500;
const SHIP_CHARACTERS = 4_000_000;
/** Shipments per `ship`, so that one alarm cannot run for ever under load; the rest goes with the next. */
const SHIP_ROUNDS = 20;

/**
 * An object's own journal over its own SQLite. `append` only writes one row, so it joins the transaction it is called
 * in; after a rolled-back transaction call `reload`.
 */
export class Journal {
  readonly source: string;
  readonly #sql: SqlStorage;
  #head: Head = { seq: 0, hash: GENESIS };
  #shipped = 0;
  #behind = false;
  #shipping: Promise<void> | undefined;

  constructor(source: string, sql: SqlStorage) {
    this.source = source;
    this.#sql = sql;
    this.reload();
  }

  get head(): Head {
    return this.#head;
  }

  /** How many entries the ledger has not acknowledged. */
  get unshipped(): number {
    return this.#head.seq - this.#shipped;
  }

  /**
   * Whether the ledger was found to hold more of this chain than this object does: its storage went back in time, and
   * what it remembers (stops, limits, intents) can't be relied on.
   */
  get behind(): boolean {
    return this.#behind;
  }

  /** Reads the chain's head back from storage. */
  reload(): void {
    this.#shipped = this.#sql.exec<{ shipped: number }>('SELECT shipped FROM journal_state').one().shipped;
    const last = this.#sql
      .exec<{ body: string }>('SELECT body FROM journal ORDER BY seq DESC LIMIT 1')
      .toArray()[0];
    // The last entry is never pruned, so that the chain can always be continued.
    this.#head = last ? headOf(last.body) : { seq: 0, hash: GENESIS };
  }

  /**
   * Adds an entry to the chain, in the caller's transaction. Throws `TypeError` for what JSON cannot hold (see
   * canonical.ts), before anything is written.
   */
  append(kind: string, data: EntryData, now: number): Entry {
    const sealed = this.next(kind, data, now);
    this.write(sealed);
    return sealed.entry;
  }

  /** The entry that would be next, unwritten: for callers that must know that it can be before they write anything. */
  next(kind: string, data: EntryData, now: number): Sealed {
    return nextEntry(this.source, this.#head, kind, data, now);
  }

  /** Writes what `next` gave, in the caller's transaction. Between the two nothing is awaited or written. */
  write({ entry, body }: Sealed): void {
    this.#sql.exec('INSERT INTO journal (seq, body) VALUES (?, ?)', entry.seq, body);
    this.#head = { seq: entry.seq, hash: entry.hash };
  }

  /**
   * Ships what the ledger lacks, in order; shipped entries are pruned once acknowledged, all but the last.
   * A ledger that does not answer is not an error here: the entries stay and the caller's alarm tries again.
   * Returns whether nothing is left to ship.
   */
  async ship(ledger: LedgerIntake): Promise<boolean> {
    this.#shipping ??= this.#shipAll(ledger).finally(() => {
      this.#shipping = undefined;
    });
    try {
      await this.#shipping;
    } catch {
      return false;
    }
    return this.unshipped === 0;
  }

  async #shipAll(ledger: LedgerIntake): Promise<void> {
    for (let round = 0; round < SHIP_ROUNDS && this.unshipped > 0; round += 1) {
      const { acknowledged } = await ledger.append(this.source, this.#tail());
      this.#behind = acknowledged > this.#head.seq;
      if (this.#behind) throw new Error('the ledger holds more of this chain than its own object');
      if (acknowledged <= this.#shipped) throw new Error('the ledger acknowledged nothing');
      this.#acknowledge(acknowledged);
    }
  }

  #tail(): string[] {
    const rows = this.#sql.exec<{ body: string }>(
      'SELECT body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?',
      this.#shipped,
      SHIP_ENTRIES,
    );
    const bodies: string[] = [];
    let characters = 0;
    for (const { body } of rows) {
      characters += body.length;
      if (bodies.length > 0 && characters > SHIP_CHARACTERS) break;
      bodies.push(body);
    }
    return bodies;
  }

  #acknowledge(seq: number): void {
    this.#shipped = seq;
    this.#sql.exec('UPDATE journal_state SET shipped = ?', seq);
    this.#sql.exec('DELETE FROM journal WHERE seq <= ? AND seq < ?', seq, this.#head.seq);
  }
}

function headOf(body: string): Head {
  const { seq, hash } = JSON.parse(body) as Entry;
  return { seq, hash };
}
