import { DurableObject } from 'cloudflare:workers';
import type { Directory } from '../../shared/directory.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type { Delegation, Result } from '../../shared/rpc.ts';
import { DelegationKeeper } from './delegation-keeper.ts';
import type { DelegationInput } from './delegations.ts';
import type { Env, IndexApi } from './env.ts';
import { indexMigrations } from './migrations.ts';
import { firstSeen } from './slack/seen.ts';
import { WorkflowLines } from './workflow-lines.ts';

/**
 * Knows the workflows, and which of them an approval is of. Written before the request itself: a crash in between
 * leaves a line that leads to nothing, never an approval that cannot be found.
 */
export class ApprovalsIndex extends DurableObject<Env> implements IndexApi {
  readonly #sql: SqlStorage;
  readonly #lines: WorkflowLines;
  readonly #delegations: DelegationKeeper;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    // Synchronous, like all of the constructor: no event is delivered before the tables are there.
    migrate(ctx.storage, indexMigrations);
    this.#lines = new WorkflowLines(this.#sql);
    this.#delegations = new DelegationKeeper(ctx.storage, env.LEDGER);
    void ctx.blockConcurrencyWhile(async () => this.#delegations.load());
  }

  async file(id: string, workflow: string, agent: string | null): Promise<void> {
    if (agent !== null)
      this.#sql.exec('INSERT OR REPLACE INTO workflow_of_agent VALUES (?, ?)', agent, workflow);
    this.#lines.file([id], workflow);
  }

  async workflowOf(id: string): Promise<string | null> {
    return this.#lines.workflowOf(id);
  }

  async delegationsTo(email: string, now: number): Promise<Delegation[]> {
    return this.#delegations.to(email, now);
  }

  async delegations(): Promise<Delegation[]> {
    return this.#delegations.list();
  }

  async delegate(person: Person, input: DelegationInput, directory: Directory): Promise<Result<Delegation>> {
    return this.#delegations.make(person, input, directory);
  }

  async endDelegation(person: Person, id: string, directory: Directory): Promise<Result<Delegation>> {
    return this.#delegations.end(person, id, directory);
  }

  async firstSeen(hash: string, now: number): Promise<boolean> {
    return firstSeen(this.#sql, hash, now);
  }

  override async alarm(): Promise<void> {
    await this.#delegations.alarm();
  }

  async forget(ids: string[]): Promise<void> {
    this.#lines.forget(ids);
  }

  async workflowOfAgent(agent: string): Promise<string | null> {
    const row = this.#sql
      .exec<{ workflow: string }>('SELECT workflow FROM workflow_of_agent WHERE agent = ?', agent)
      .toArray()[0];
    return row?.workflow ?? null;
  }

  async workflows(): Promise<string[]> {
    return this.#lines.workflows();
  }
}
