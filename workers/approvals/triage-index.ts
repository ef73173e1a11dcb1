import { DurableObject } from 'cloudflare:workers';
import { migrate } from '../../shared/migrate.ts';
import type { Env } from './env.ts';
import type { TriageIndexApi } from './triage/api.ts';
import { triageIndexMigrations } from './triage/migrations.ts';

/**
 * Knows the workflows, and which of them a case or a reviewed call is of. Written before what it leads to: a crash in between
 * leaves a line that leads to nothing, never a case that cannot be found.
 */
export class TriageIndex extends DurableObject<Env> implements TriageIndexApi {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, triageIndexMigrations);
    this.#sql = ctx.storage.sql;
  }

  async file(ids: string[], workflow: string): Promise<void> {
    for (const id of ids) this.#sql.exec('INSERT OR IGNORE INTO workflow_of VALUES (?, ?)', id, workflow);
    this.#sql.exec('INSERT OR IGNORE INTO workflow VALUES (?)', workflow);
  }

  async workflowOf(id: string): Promise<string | null> {
    const row = this.#sql
      .exec<{ workflow: string }>('SELECT workflow FROM workflow_of WHERE id = ?', id)
      .toArray()[0];
    return row?.workflow ?? null;
  }

  async workflows(): Promise<string[]> {
    const rows = this.#sql.exec<{ name: string }>('SELECT name FROM workflow ORDER BY name');
    return rows.toArray().map(({ name }) => name);
  }

  async forget(ids: string[]): Promise<void> {
    for (const id of ids) this.#sql.exec('DELETE FROM workflow_of WHERE id = ?', id);
  }
}
