import { Buffer } from 'node:buffer';
import type { Provenance } from '../../shared/contract.ts';

/** How long a text that an agent read is told again. */
const KEEP_MS = 24 * 3_600_000;
/** Outputs that are kept of one agent; then the oldest go. */
const OUTPUTS_MAX = 500;
/** Bytes of one mark. */
const MARK = 8;

/** Marks of one output of one level. */
export interface Marks {
  /** Keyed hash of the session that read it. */
  session: string;
  call: string;
  level: Provenance;
  /** Unix ms. */
  at: number;
  marks: Buffer;
}

type Row = { id: number; session: string; call: string; level: Provenance; at: number; marks: ArrayBuffer };

/**
 * The marks of what an agent was told, as rows of the guard's storage and sorted in memory, where they are looked up: at most 8 MB
 * of an agent that reads without end.
 */
export class KeptMarks {
  readonly #sql: SqlStorage;
  /** Newest first; null: not read from storage yet. */
  #rows: KeptRow[] | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  keep({ session, call, level, at, marks }: Marks): void {
    const rows = this.rows(at);
    const bytes = new Uint8Array(marks);
    this.#sql.exec(
      'INSERT INTO provenance (session, call, level, at, marks) VALUES (?, ?, ?, ?, ?)',
      session,
      call,
      level,
      at,
      bytes.buffer,
    );
    this.#sql.exec(
      'DELETE FROM provenance WHERE at <= ? OR id <= (SELECT max(id) FROM provenance) - ?',
      at - KEEP_MS,
      OUTPUTS_MAX,
    );
    this.#rows = [new KeptRow(session, call, level, at, marks), ...rows].slice(0, OUTPUTS_MAX);
  }

  /** All that are told again at a time (Unix ms), newest first. */
  rows(now: number): readonly KeptRow[] {
    this.#rows ??= this.#sql
      .exec<Row>('SELECT id, session, call, level, at, marks FROM provenance ORDER BY id DESC')
      .toArray()
      .map(
        ({ session, call, level, at, marks }) => new KeptRow(session, call, level, at, Buffer.from(marks)),
      );
    this.#rows = this.#rows.filter(({ at }) => at > now - KEEP_MS);
    return this.#rows;
  }

  /** A mark as a number that a search compares: 52 of its 64 bits, so that a million of them meet one look-up in four billion. */
  static numberIn(bytes: Buffer, at: number): number {
    return bytes.readUInt32LE(at) * 2 ** 20 + (bytes.readUInt32LE(at + 4) >>> 12);
  }
}

/** One row of marks, sorted for look-ups. */
export class KeptRow {
  readonly session: string;
  readonly call: string;
  readonly level: Provenance;
  readonly at: number;
  readonly #marks: Float64Array;

  constructor(session: string, call: string, level: Provenance, at: number, bytes: Buffer) {
    this.session = session;
    this.call = call;
    this.level = level;
    this.at = at;
    const count = Math.floor(bytes.length / MARK);
    this.#marks = Float64Array.from({ length: count }, (_, n) => KeptMarks.numberIn(bytes, n * MARK)).sort();
  }

  has(mark: number): boolean {
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#marks[middle] ?? Infinity) < mark) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low] === mark;
  }

  /** Which of some marks it has; each way round costs what the shorter side has. */
  among(wanted: ReadonlyMap<number, unknown>): number[] {
    const searching = wanted.size * Math.ceil(Math.log2(this.#marks.length + 2));
    if (searching < this.#marks.length) return [...wanted.keys()].filter((mark) => this.has(mark));
    return [...this.#marks].filter((mark) => wanted.has(mark));
  }
}
