import { DurableObject } from 'cloudflare:workers';
import { migrate } from '../../shared/migrate.ts';
import type { Env } from './env.ts';
import { rollbackIndexMigrations } from './rollback/store.ts';

/** Knows which rollbacks there are. Written before the rollback itself: a crash in between leaves a line that leads to nothing. */
export class RollbackIndex extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    void ctx.blockConcurrencyWhile(async () => migrate(ctx.storage, rollbackIndexMigrations));
  }

  async file(id: string): Promise<void> {
    this.#sql.exec('INSERT OR IGNORE INTO filed VALUES (?)', id);
  }

  /** Newest first: an id begins with its time. */
  async newest(limit: number): Promise<string[]> {
    const rows = this.#sql.exec<{ id: string }>('SELECT id FROM filed ORDER BY id DESC LIMIT ?', limit);
    return rows.toArray().map(({ id }) => id);
  }
}
