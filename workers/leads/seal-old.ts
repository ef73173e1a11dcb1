/** Seals what an inbox kept in clear before there was a vault: once, when it first wakes with this code. */
import type { MigratableStorage } from '../../shared/migrate.ts';
import type { Draft } from './parse.ts';
import type { Intake } from './intake.ts';
import { LeadStore, type StoredLead } from './store.ts';

/** Rows of one transaction: work that was done stays done when the platform ends a long one. */
const BATCH = 500;

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

/** Moves every row of before into the tables of now, sealed, and leaves nothing of the old tables behind. */
export function sealOld(storage: MigratableStorage, store: LeadStore, intake: Intake): void {
  moveAll<OldLead>(storage, 'unsealed', 'id', (row) => store.insert(sealedLead(row, intake)));
  moveAll<OldRouting>(storage, 'unsealed_routing', 'call', ({ call, lead, queue, note, at }) =>
    store.addRouting(call, lead, queue, intake.note(lead, call, note), at),
  );
}

function moveAll<Row extends Record<string, SqlStorageValue>>(
  { sql, transactionSync }: MigratableStorage,
  table: 'unsealed' | 'unsealed_routing',
  key: 'id' | 'call',
  move: (row: Row) => void,
): void {
  if (!exists(sql, table)) return;
  for (;;) {
    const rows = sql.exec<Row>(`SELECT * FROM ${table} ORDER BY ${key} LIMIT ?`, BATCH).toArray();
    if (rows.length === 0) break;
    transactionSync(() => {
      for (const row of rows) {
        move(row);
        overwrite(sql, table, key, String(row[key]));
      }
    });
  }
  sql.exec(`DROP TABLE ${table}`);
}

/** SQLite leaves the bytes of a deleted row in its page; here the page is written over with as many others first. */
function overwrite(sql: SqlStorage, table: string, key: string, id: string): void {
  const text = table === 'unsealed' ? 'draft' : 'note';
  sql.exec(
    `UPDATE ${table} SET ${text} = replace(hex(zeroblob(length(CAST(${text} AS BLOB)))), '00', 'x') WHERE ${key} = ?`,
    id,
  );
  sql.exec(`DELETE FROM ${table} WHERE ${key} = ?`, id);
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
