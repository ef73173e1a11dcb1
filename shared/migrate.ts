/** The part of a Durable Object's storage that migrations need. */
export interface MigratableStorage {
  sql: SqlStorage;
  transactionSync<T>(work: () => T): T;
}

export interface Migration {
  id: string;
  sql: string;
}

/**
 * Brings an object's tables to the newest form. Append-only: applied ids must be a prefix of the given ones, else it
 * throws (another version of the code owns this object). Call it inside `blockConcurrencyWhile`.
 */
export function migrate(storage: MigratableStorage, migrations: readonly Migration[]): void {
  const { sql } = storage;
  sql.exec('CREATE TABLE IF NOT EXISTS migration (n INTEGER PRIMARY KEY, id TEXT NOT NULL)');
  const applied = sql
    .exec<{ id: string }>('SELECT id FROM migration ORDER BY n')
    .toArray()
    .map((row) => row.id);
  for (const [n, id] of applied.entries()) {
    if (migrations[n]?.id !== id) {
      throw new Error(
        `migration ${n} is "${id}" here but "${migrations[n]?.id}" in the code: deploy matching code`,
      );
    }
  }
  for (const [n, migration] of migrations.entries()) {
    if (n < applied.length) continue;
    storage.transactionSync(() => {
      sql.exec(migration.sql);
      sql.exec('INSERT INTO migration (n, id) VALUES (?, ?)', n, migration.id);
    });
  }
}
