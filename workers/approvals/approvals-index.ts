import { DurableObject } from 'cloudflare:workers';
import { migrate } from '../../shared/migrate.ts';
import type { Delegation } from '../../shared/rpc.ts';
import type { Env, IndexApi } from './env.ts';
import { indexMigrations } from './migrations.ts';

/**
 * Knows the workflows, and which of them an approval is of. Written before the request itself: a crash in between
 * leaves a line that leads to nothing, never an approval that cannot be found.
 */
export class ApprovalsIndex extends DurableObject<Env> implements IndexApi {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    void ctx.blockConcurrencyWhile(async () => migrate(ctx.storage, indexMigrations));
  }

  async file(id: string, workflow: string, agent: string | null): Promise<void> {
    if (agent !== null)
      this.#sql.exec('INSERT OR REPLACE INTO workflow_of_agent VALUES (?, ?)', agent, workflow);
    this.#sql.exec('INSERT OR IGNORE INTO workflow_of VALUES (?, ?)', id, workflow);
    this.#sql.exec('INSERT OR IGNORE INTO workflow VALUES (?)', workflow);
  }

  async workflowOf(id: string): Promise<string | null> {
    const row = this.#sql
      .exec<{ workflow: string }>('SELECT workflow FROM workflow_of WHERE id = ?', id)
      .toArray()[0];
    return row?.workflow ?? null;
  }

  async delegationsTo(): Promise<Delegation[]> {
    return [];
  }

  async forget(ids: string[]): Promise<void> {
    for (const id of ids) this.#sql.exec('DELETE FROM workflow_of WHERE id = ?', id);
  }

  async workflowOfAgent(agent: string): Promise<string | null> {
    const row = this.#sql
      .exec<{ workflow: string }>('SELECT workflow FROM workflow_of_agent WHERE agent = ?', agent)
      .toArray()[0];
    return row?.workflow ?? null;
  }

  async workflows(): Promise<string[]> {
    const rows = this.#sql.exec<{ name: string }>('SELECT name FROM workflow ORDER BY name');
    return rows.toArray().map((row) => row.name);
  }
}
