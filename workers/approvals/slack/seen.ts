import type { Migration } from '../../../shared/migrate.ts';

export const seenMigration: Migration = {
  id: 'slack-requests',
  sql: `CREATE TABLE slack_request (hash TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX slack_request_at ON slack_request (at);`,
};

/** Longer than a request of Slack's is good for, on either side of our clock. */
const KEEP_MS = 15 * 60_000;

/** Whether a request of Slack's comes for the first time; from then on it is known, over restarts too. `now` in Unix ms. */
export function firstSeen(sql: SqlStorage, hash: string, now: number): boolean {
  sql.exec('DELETE FROM slack_request WHERE at < ?', now - KEEP_MS);
  const kept = sql.exec(
    'INSERT INTO slack_request VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING at',
    hash,
    now,
  );
  return kept.toArray().length > 0;
}
