import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import type { EntryData } from '../../shared/journal.ts';
import { Journal, journalMigration } from '../../shared/journal-store.ts';
import { migrate, type Migration } from '../../shared/migrate.ts';
import type { Env, LeadOpeningsApi } from './env.ts';

const migrations: readonly Migration[] = [journalMigration];

/** How long entries wait for company, and for the next try after a failure. */
const SHIP_MS = 1_000;
const RETRY_MS = 5_000;

/** Who had what opened of the leads of one site: a journal, which goes to the audit log. It holds no value of any. */
export class LeadOpenings extends DurableObject<Env> implements LeadOpeningsApi {
  readonly #alarm: Alarm;
  #journal: Journal | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      migrate(ctx.storage, migrations);
      this.#journal = new Journal(`vault-leads:${ctx.id.name ?? 'unknown'}`, ctx.storage.sql);
      await this.#alarm.load();
      // The platform gives up on an alarm that fails six times; what was not shipped is found again.
      if (this.#journal.unshipped > 0) this.#alarm.by(Date.now() + SHIP_MS);
    });
  }

  async record(kind: string, data: EntryData): Promise<void> {
    const now = Date.now();
    this.#journal?.append(kind, data, now);
    this.#alarm.by(now + SHIP_MS);
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const shipped = await this.#journal?.ship(this.env.LEDGER);
    if (!shipped) this.#alarm.by(Date.now() + RETRY_MS);
  }
}
