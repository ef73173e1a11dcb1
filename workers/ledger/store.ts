import type { Head } from '../../shared/journal.ts';

/** Where a chain ends in a month; `movedTo` when it goes on in a newer one. */
export type Chain = Head & { movedTo: string | null };

/** What entries are filtered by; all given must match. Times in RFC 3339, UTC, milliseconds. */
export interface Filter {
  agent?: string | undefined;
  workflow?: string | undefined;
  tool?: string | undefined;
  call?: string | undefined;
  kind?: string | undefined;
  action?: string | undefined;
  session?: string | undefined;
  /** Of calls: what an entry's `outcome` says, and a kind that some entry has besides what `kind` asks for. */
  outcome?: string | undefined;
  mark?: string | undefined;
  /** Of calls: a part of the id. */
  part?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

export interface Page {
  entries: string[];
  /** The row to go on after; null at the end. */
  next: number | null;
}

export interface EntryScan {
  filter: Filter;
  /** Only rows before this one; null: from the newest. */
  before: number | null;
  limit: number;
}

/** Newest first. A scan looks at a bounded number of rows, so it may find few or none and still have a `next`. */
export interface FoundEntries {
  entries: string[];
  /** The row to go on before; null at the end. */
  next: number | null;
}

export interface CallScan {
  filter: Filter;
  /** Only calls with an id before this one; null: from the newest. */
  before: string | null;
  limit: number;
}

export interface FoundCalls {
  /** Newest first. */
  calls: string[];
  /** To go on before; all calls from here on were looked at. Null at the end. */
  next: string | null;
}

/** Rows that one look may visit: some 100 ms of a single-threaded object. */
const SCAN_ROWS = 20_000;
/** A page of an export: usually about half a megabyte. */
const PAGE_ROWS = 1_000;
/** What one answer may hold, usually never reached: an RPC message may have 32 MiB. */
const ANSWER_CHARACTERS = 8_000_000;

/** Column and condition of each member of a filter; `?` is its value. */
const terms: Readonly<Record<keyof Filter, readonly [column: string, condition: string]>> = {
  agent: ['agent', 'agent = ?'],
  workflow: ['workflow', 'workflow = ?'],
  tool: ['tool', 'tool = ?'],
  call: ['call', 'call = ?'],
  kind: ['kind', 'kind = ?'],
  action: ['action', 'action = ?'],
  session: ['session', 'session = ?'],
  outcome: ['outcome', 'outcome = ?'],
  mark: ['kind', 'kind = ?'],
  part: ['call', 'instr(call, ?) > 0'],
  since: ['at', 'at >= ?'],
  until: ['at', 'at < ?'],
};

const NEWEST_CALLS = 'FROM entry WHERE call IS NOT NULL AND call < ? ORDER BY call DESC LIMIT ?';

/** The SQL of a filter, its parameters, and the columns it looks at besides the call. All names are of this file. */
function where(filter: Filter): { conditions: string[]; values: string[]; used: string[] } {
  const given = Object.entries(terms).flatMap(([name, [column, condition]]) => {
    const value = filter[name as keyof Filter];
    return value === undefined ? [] : [{ column, condition, value }];
  });
  return {
    conditions: given.map(({ condition }) => condition),
    values: given.map(({ value }) => value),
    used: [...new Set(given.map(({ column }) => column))].filter((column) => column !== 'call'),
  };
}

/** For calls: each condition holds of some entry of the call, and both ends of a time of the same one. */
function having(conditions: readonly string[]): string {
  const times = conditions.filter((condition) => condition.startsWith('at '));
  const others = conditions.filter((condition) => !condition.startsWith('at '));
  return [...others, ...(times.length > 0 ? [times.join(' AND ')] : [])]
    .map((condition) => `max(${condition}) = 1`)
    .join(' AND ');
}

/** The tables of one month. Plain reads and writes; what may be written is decided in take.ts. */
export class MonthStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(bodies: readonly string[]): void {
    for (const body of bodies) this.#sql.exec('INSERT INTO entry (body) VALUES (?)', body);
  }

  chain(source: string): Chain | null {
    const row = this.#sql
      .exec<{ seq: number; hash: string; moved_to: string | null }>(
        'SELECT seq, hash, moved_to FROM head WHERE source = ?',
        source,
      )
      .toArray()[0];
    return row ? { seq: row.seq, hash: row.hash, movedTo: row.moved_to } : null;
  }

  setChain(source: string, { seq, hash, movedTo }: Chain): void {
    this.#sql.exec('INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?)', source, seq, hash, movedTo);
  }

  heads(): Record<string, Head> {
    const rows = this.#sql.exec<{ source: string; seq: number; hash: string }>(
      'SELECT source, seq, hash FROM head WHERE seq > 0',
    );
    return Object.fromEntries(rows.toArray().map(({ source, seq, hash }) => [source, { seq, hash }]));
  }

  /** Remembers a refusal; false when the same was known. */
  refuse(source: string, expected: number): boolean {
    return (
      this.#sql.exec(
        `INSERT INTO refused VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET expected = excluded.expected
         WHERE expected <> excluded.expected`,
        source,
        expected,
      ).rowsWritten > 0
    );
  }

  /** The newest row. */
  get last(): number {
    return this.#sql.exec<{ n: number }>('SELECT coalesce(max(n), 0) AS n FROM entry').one().n;
  }

  /** The newest row that a checkpoint is known to cover. */
  get signed(): number {
    return this.#sql.exec<{ last: number }>('SELECT last FROM signed').one().last;
  }

  setSigned(last: number): void {
    this.#sql.exec('UPDATE signed SET last = ?', last);
  }

  page(after: number, upTo: number): Page {
    const { bodies, last } = this.#rows(
      'n > ? AND n <= ? ORDER BY n LIMIT ?',
      [after, upTo, PAGE_ROWS],
      PAGE_ROWS,
    );
    return { entries: bodies, next: last };
  }

  find({ filter, before, limit }: EntryScan): FoundEntries {
    const from = before ?? this.last + 1;
    // Entries of one call are found by their own index, so there nothing needs to bound how far back it looks.
    const byCall = filter.call !== undefined;
    const floor = byCall ? 1 : Math.max(1, from - SCAN_ROWS);
    const { conditions, values } = where(filter);
    const sql = conditions.join(' AND ') || 'TRUE';
    const bounds = byCall ? '+n < ? AND +n >= ?' : 'n < ? AND n >= ?';
    const { bodies, last } = this.#rows(
      `${bounds} AND ${sql} ORDER BY n DESC LIMIT ?`,
      [from, floor, ...values, limit],
      limit,
    );
    return { entries: bodies, next: last ?? (floor > 1 ? floor : null) };
  }

  findCalls({ filter, before, limit }: CallScan): FoundCalls {
    const start = before ?? '~';
    const { conditions, values, used } = where(filter);
    const scans = conditions.length > 0;
    const rows = scans
      ? this.#sql.exec<{ call: string }>(
          `SELECT call FROM (SELECT ${['call', ...used].join(', ')} ${NEWEST_CALLS})
             GROUP BY call HAVING ${having(conditions)} ORDER BY call DESC LIMIT ?`,
          start,
          SCAN_ROWS,
          ...values,
          limit,
        )
      : this.#sql.exec<{ call: string }>(`SELECT DISTINCT call ${NEWEST_CALLS}`, start, limit);
    const calls = rows.toArray().map((row) => row.call);
    if (calls.length === limit) return { calls, next: calls.at(-1) ?? null };
    const next = scans ? this.#edge(start) : null;
    return { calls: calls.filter((call) => next === null || call >= next), next };
  }

  entriesOf(call: string): string[] {
    return this.#rows('call = ? ORDER BY n LIMIT ?', [call, PAGE_ROWS], PAGE_ROWS).bodies;
  }

  /** Where a look at `SCAN_ROWS` rows ends, just above the call whose rows it may have cut; null: it saw the end. */
  #edge(start: string): string | null {
    const edge = this.#sql
      .exec<{ call: string }>(`SELECT call ${NEWEST_CALLS} OFFSET ?`, start, 1, SCAN_ROWS - 1)
      .toArray()[0];
    return edge ? `${edge.call}~` : null;
  }

  /** Texts up to what an answer may hold; `last` is the row it ended at, null when that was the end. */
  #rows(
    rest: string,
    values: readonly (string | number)[],
    limit: number,
  ): { bodies: string[]; last: number | null } {
    const bodies: string[] = [];
    let characters = 0;
    for (const { n, body } of this.#sql.exec<{ n: number; body: string }>(
      `SELECT n, body FROM entry WHERE ${rest}`,
      ...values,
    )) {
      bodies.push(body);
      characters += body.length;
      if (bodies.length === limit || characters > ANSWER_CHARACTERS) return { bodies, last: n };
    }
    return { bodies, last: null };
  }
}
