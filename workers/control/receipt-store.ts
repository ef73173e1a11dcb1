import { encodeTime } from 'ulid';
import type { Receipt, ReceiptPage, ReceiptQuery } from '../../shared/rpc.ts';

/** Receipts per page, and about so many characters of them: an RPC answer may have 32 MiB. */
const PAGE = 50;
const MAX_CHARACTERS = 4_000_000;

type Row = { id: string; body: string };

/** The table of receipts. How they form is decided elsewhere. */
export class ReceiptStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  save(receipt: Receipt): void {
    const { id, status } = receipt;
    this.#sql.exec(
      'INSERT INTO receipt (id, status, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body',
      id,
      status,
      JSON.stringify(receipt),
    );
  }

  get(id: string): Receipt | null {
    const row = this.#sql.exec<Row>('SELECT id, body FROM receipt WHERE id = ?', id).toArray()[0];
    return row ? parse(row.body) : null;
  }

  /** Those that are not settled. */
  unsettled(): Receipt[] {
    return this.#sql
      .exec<Row>(`SELECT id, body FROM receipt WHERE status <> 'settled'`)
      .toArray()
      .map((row) => parse(row.body));
  }

  /** One page, newest first. */
  list({ target, status, since, limit = PAGE, after }: ReceiptQuery): ReceiptPage {
    const { where, values } = conditions([
      ['target = ?', target],
      ['status = ?', status],
      ['id >= ?', since === undefined ? undefined : firstIdOf(since)],
      ['id < ?', after],
    ]);
    // Row by row: 500 of the largest would be more than this object has memory for.
    const rows = this.#sql.exec<Row>(
      `SELECT id, body FROM receipt ${where} ORDER BY id DESC LIMIT ?`,
      ...values,
      limit + 1,
    );
    const { page, more } = fitting(rows, limit);
    return { receipts: page.map(({ body }) => parse(body)), next: more ? lastOf(page) : null };
  }
}

/** Of conditions those whose value is given, so that each look can use the index that fits it. */
function conditions(given: readonly (readonly [sql: string, value: string | undefined])[]): {
  where: string;
  values: string[];
} {
  const set = given.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const where = set.length === 0 ? '' : `WHERE ${set.map(([sql]) => sql).join(' AND ')}`;
  return { where, values: set.map(([, value]) => value) };
}

/** The smallest id that a receipt of this time (RFC 3339) or later can have: ids begin with the time of the stop. */
function firstIdOf(time: string): string {
  return `rcpt_${encodeTime(Math.max(0, Date.parse(time)), 10)}`;
}

/** As many as fit into an answer, at least one, and whether there are more. Reads no further than that. */
export function fitting(rows: Iterable<Row>, limit: number): { page: Row[]; more: boolean } {
  const page: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    characters += row.body.length;
    if (page.length >= limit || (page.length > 0 && characters > MAX_CHARACTERS)) return { page, more: true };
    page.push(row);
  }
  return { page, more: false };
}

function lastOf(page: readonly Row[]): string | null {
  return page.at(-1)?.id ?? null;
}

/** A stored receipt. Older ones lack what receipts came to hold since; before there were sources, people stopped. */
function parse(body: string): Receipt {
  const stored = JSON.parse(body) as Omit<Receipt, keyof typeof since> & Partial<Receipt>;
  return { ...since, deferred: [], operators: [], ...stored, more: { ...since.more, ...stored.more } };
}

const since = {
  source: 'people',
  confirmMs: null,
  cancel: false,
  deferred: [],
  operators: [],
  more: { inFlight: 0, deferred: 0, operators: 0 },
} as const satisfies Partial<Record<keyof Receipt, unknown>>;
