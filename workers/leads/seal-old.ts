/** Seals what an inbox kept in clear before there was a vault: once, when it first wakes with this code. */
import type { MigratableStorage } from '../../shared/migrate.ts';
import type { Draft } from './parse.ts';
import type { Intake } from './intake.ts';
import type { LeadStore, StoredLead } from './store.ts';

/** Rows of one transaction: work that was done stays done when the platform ends a long one. */
const BATCH = 500;
/** About what a row takes beside its text. */
const ROW_BYTES = 300;
/** A page may be half empty. */
const ROOMY = 2;
/**
 * So many zeros at a time: whole overflow pages of 4,092 bytes and, in the table's own page, a rest that fills that, too
 * (https://www.sqlite.org/fileformat.html#cell_payload_overflow_pages). Else the room beside it would keep bytes of before.
 */
const ZEROS = 63 * 4_092 + 4_040;

type OldLead = {
  id: string;
  received_at: number;
  status: string;
  queue: string | null;
  routed_by: string | null;
  test: number;
  reasons: string;
  due_at: number | null;
  draft: string;
};
type OldRouting = { call: string; lead: string; queue: string; note: string; at: number };

/**
 * Copies every row of before into the tables of now, sealed, and drops the old tables. Nothing is deleted meanwhile: a page that is
 * freed and taken again in one transaction keeps bytes of before. What is in the free pages then, `overwrite` sees to.
 */
export function sealOld(storage: MigratableStorage, store: LeadStore, intake: Intake): void {
  const { sql } = storage;
  if (!exists(sql, 'unsealed')) return;
  copyAll<OldLead>(storage, ['unsealed', 'lead', 'id'], (row) => {
    store.insert(sealedLead(row, intake));
    return row.id;
  });
  copyAll<OldRouting>(storage, ['unsealed_routing', 'routing', 'call'], ({ call, lead, queue, note, at }) => {
    store.addRouting(call, lead, queue, intake.note(lead, call, note), at);
    return call;
  });
  storage.transactionSync(() => {
    const bytes = bytesOf(sql);
    if (bytes > 0) {
      sql.exec('CREATE TABLE filler (bytes INTEGER NOT NULL, zeros BLOB)');
      sql.exec('INSERT INTO filler VALUES (?, NULL)', bytes);
    }
    sql.exec('DROP TABLE unsealed_routing');
    sql.exec('DROP TABLE unsealed');
  });
}

/**
 * Writes over the free pages in which SQLite leaves what was in a dropped table: with zeros, and then gives them back. Each in an
 * event, and so a transaction, of its own. Returns whether it is to be called again.
 */
export function overwrite(sql: SqlStorage): boolean {
  if (!exists(sql, 'filler')) return false;
  const [marker] = sql.exec<{ bytes: number }>('SELECT bytes FROM filler WHERE zeros IS NULL').toArray();
  if (!marker) {
    sql.exec('DROP TABLE filler');
    return false;
  }
  for (let left = marker.bytes * ROOMY; left > -ZEROS; left -= ZEROS)
    sql.exec('INSERT INTO filler VALUES (0, zeroblob(?))', ZEROS);
  sql.exec('DELETE FROM filler WHERE zeros IS NULL');
  return true;
}

/** Hands over each row that is not in the new table yet, by its key, which `copy` returns. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of the table's rows
function copyAll<Row extends Record<string, SqlStorageValue>>(
  storage: MigratableStorage,
  [from, to, key]: readonly [from: string, to: string, key: string],
  copy: (row: Row) => string,
): void {
  const { sql } = storage;
  const next = (after: string): Row[] =>
    sql.exec<Row>(`SELECT * FROM ${from} WHERE ${key} > ? ORDER BY ${key} LIMIT ?`, after, BATCH).toArray();
  let last = sql.exec<{ last: string | null }>(`SELECT MAX(${key}) AS last FROM ${to}`).one().last ?? '';
  for (let rows = next(last); rows.length > 0; rows = next(last)) {
    storage.transactionSync(() => {
      for (const row of rows) last = copy(row);
    });
  }
}

/** About how much the old tables hold. */
function bytesOf(sql: SqlStorage): number {
  const sum = (text: string, table: string): number =>
    sql
      .exec<{ n: number }>(
        `SELECT COALESCE(SUM(length(CAST(${text} AS BLOB)) + ${ROW_BYTES}), 0) AS n FROM ${table}`,
      )
      .one().n;
  return sum('draft', 'unsealed') + sum('note', 'unsealed_routing');
}

function exists(sql: SqlStorage, table: string): boolean {
  return sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', table).toArray().length > 0;
}

function sealedLead(row: OldLead, intake: Intake): StoredLead {
  return {
    ...intake.seal(row.id, JSON.parse(row.draft) as Draft, row.test === 1),
    id: row.id,
    receivedAt: row.received_at,
    status: row.status as StoredLead['status'],
    queue: row.queue,
    routedBy: row.routed_by,
    test: row.test === 1,
    reasons: JSON.parse(row.reasons) as StoredLead['reasons'],
    dueAt: row.due_at,
  };
}
