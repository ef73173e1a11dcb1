import { DurableObject } from 'cloudflare:workers';
import { migrate } from '../../shared/migrate.ts';
import type { Env } from './env.ts';
import type { TriageIndexApi } from './triage/api.ts';
import { triageIndexMigrations } from './triage/migrations.ts';
import { WorkflowLines } from './workflow-lines.ts';

/**
 * Knows the workflows, and which of them a case or a reviewed call is of. Written before what it leads to: a crash in between
 * leaves a line that leads to nothing, never a case that cannot be found.
 */
export class TriageIndex extends DurableObject<Env> implements TriageIndexApi {
  readonly #lines: WorkflowLines;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, triageIndexMigrations);
    this.#lines = new WorkflowLines(ctx.storage.sql);
  }

  async file(ids: string[], workflow: string): Promise<void> {
    this.#lines.file(ids, workflow);
  }

  async workflowOf(id: string): Promise<string | null> {
    return this.#lines.workflowOf(id);
  }

  async workflows(): Promise<string[]> {
    return this.#lines.workflows();
  }

  async forget(ids: string[]): Promise<void> {
    this.#lines.forget(ids);
  }
}
