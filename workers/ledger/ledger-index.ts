import { DurableObject } from 'cloudflare:workers';
import { signText } from '../../shared/crypto.ts';
import { checkpointText, type Checkpoint, type Head } from '../../shared/journal.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Env, IndexApi } from './env.ts';
import { indexMigrations } from './migrations.ts';

export type Claim =
  /** The chain goes on in the month that asked; `previous` holds what came before. */
  | { kind: 'held'; previous: string | null }
  /** It has gone on in a newer month. */
  | { kind: 'moved'; to: string };

export interface SavedCheckpoint {
  id: number;
  checkpoint: Checkpoint;
  /** Month -> the newest row that the checkpoint covers. */
  bounds: Record<string, number>;
}

/** Some hours of checkpoints, so that a long export still finds the one it began with. */
const KEPT = 100;

/** Knows the months of the audit log and which of them each chain has been in; signs where all chains end. */
export class LedgerIndex extends DurableObject<Env> implements IndexApi {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    void ctx.blockConcurrencyWhile(async () => migrate(ctx.storage, indexMigrations));
  }

  async claim(source: string, month: string): Promise<Claim> {
    const months = this.#monthsOf(source);
    const newest = months.at(-1);
    if (newest !== undefined && newest > month && !months.includes(month))
      return { kind: 'moved', to: newest };
    this.#sql.exec('INSERT OR IGNORE INTO claim VALUES (?, ?)', source, month);
    this.#sql.exec('INSERT OR IGNORE INTO month VALUES (?)', month);
    return { kind: 'held', previous: months.findLast((other) => other < month) ?? null };
  }

  async where(source: string): Promise<string | null> {
    return this.#monthsOf(source).at(-1) ?? null;
  }

  async months(): Promise<string[]> {
    const rows = this.#sql.exec<{ month: string }>('SELECT month FROM month ORDER BY month');
    return rows.toArray().map((row) => row.month);
  }

  async checkpoint(): Promise<SavedCheckpoint> {
    const { heads, bounds } = await this.#collect();
    const at = new Date().toISOString();
    const signature = signText(this.env.CHECKPOINT_PRIVATE_KEY, checkpointText({ at, heads }));
    const checkpoint: Checkpoint = { at, heads, signature };
    const { id } = this.#sql
      .exec<{ id: number }>(
        'INSERT INTO checkpoint (body, bounds) VALUES (?, ?) RETURNING id',
        JSON.stringify(checkpoint),
        JSON.stringify(bounds),
      )
      .one();
    this.#sql.exec('DELETE FROM checkpoint WHERE id <= ?', id - KEPT);
    return { id, checkpoint, bounds };
  }

  async saved(id: number): Promise<SavedCheckpoint | null> {
    const row = this.#sql
      .exec<{ body: string; bounds: string }>('SELECT body, bounds FROM checkpoint WHERE id = ?', id)
      .toArray()[0];
    if (!row) return null;
    return {
      id,
      checkpoint: JSON.parse(row.body) as Checkpoint,
      bounds: JSON.parse(row.bounds) as Record<string, number>,
    };
  }

  /**
   * Asks the newest month first: a chain that moves on while we ask is then seen either in both months or only in the
   * older one, with all it holds there, and never in the newer one without what came before.
   */
  async #collect(): Promise<Pick<SavedCheckpoint, 'bounds'> & { heads: Record<string, Head> }> {
    const heads: Record<string, Head> = {};
    const bounds: Record<string, number> = {};
    for (const month of (await this.months()).reverse()) {
      const state = await this.env.LEDGER.getByName(month).state();
      bounds[month] = state.last;
      for (const [source, head] of Object.entries(state.heads)) heads[source] ??= head;
    }
    return { heads, bounds };
  }

  #monthsOf(source: string): string[] {
    const rows = this.#sql.exec<{ month: string }>(
      'SELECT month FROM claim WHERE source = ? ORDER BY month',
      source,
    );
    return rows.toArray().map((row) => row.month);
  }
}
