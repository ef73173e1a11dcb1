import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import type { ArtefactVersion, ArtefactView, ArtefactWord, Restorable } from '../../shared/artefacts.ts';
import { Journal } from '../../shared/journal-store.ts';
import { migrate } from '../../shared/migrate.ts';
import { transact } from '../../shared/transact.ts';
import { within } from '../../shared/within.ts';
import { artefactMigrations, ArtefactStore, type ArtefactsApi } from './artefact-store.ts';
import { newVersions } from './artefact-versions.ts';
import type { Env } from './env.ts';

const SHIP_MS = 1_000;
const SHIP_MAX_MS = 10_000;
const AGAIN_MS = 5_000;
const PRUNE_MS = 3_600_000;

/**
 * The versions of one tool's artefacts, told by guards after their calls have ended, never on a call's way. What they say is here
 * and nowhere else; the journal has hashes. Only guards and this Worker's desk reach it.
 */
export class Artefacts extends DurableObject<Env> implements ArtefactsApi {
  readonly #tool: string;
  readonly #store: ArtefactStore;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  #prunedAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#tool = ctx.id.name ?? '';
    migrate(ctx.storage, artefactMigrations);
    this.#store = new ArtefactStore(this.#tool, ctx.storage.sql);
    this.#journal = new Journal(`artefacts:${this.#tool}`, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      if (this.#journal.unshipped > 0) this.#alarm.by(Date.now() + SHIP_MS);
    });
  }

  async take(words: ArtefactWord[]): Promise<void> {
    transact(this.ctx, () => {
      for (const word of words) this.#take(word);
    });
    this.#alarm.by(Date.now() + SHIP_MS);
  }

  #take(word: ArtefactWord): void {
    const now = Date.now();
    if (!this.#store.hears(word.key, now)) return;
    const { record, id, at } = word;
    this.#store.letThrough(word);
    for (const made of newVersions(this.#store.previous(record, id, at), word)) {
      const { n, source, hash, agent, person, call } = this.#store.add(word, made);
      const told = { tool: this.#tool, artefact: this.#name(record, id), n, source, hash, agent, call };
      this.#journal.append('artefact.version', { ...told, ...(person !== null && { person }) }, now);
    }
  }

  async list(): Promise<{ artefacts: ArtefactView[]; more: boolean }> {
    return this.#store.list();
  }

  async versions(record: string, id: string): Promise<ArtefactVersion[]> {
    return this.#store.versions(record, id);
  }

  async read(
    record: string,
    id: string,
    n: number,
    { email, credential }: { email: string; credential: string },
  ): Promise<{ version: ArtefactVersion; text: string } | null> {
    const found = this.#store.get(record, id, n);
    if (!found) return null;
    const read = { tool: this.#tool, artefact: this.#name(record, id), n, person: email, credential };
    transact(this.ctx, () => void this.#journal.append('artefact.read', read, Date.now()));
    this.#alarm.by(Date.now() + SHIP_MS);
    return found;
  }

  async restorable(record: string, id: string, n: number): Promise<Restorable | null> {
    return this.#store.restorable(record, id, n);
  }

  #name(record: string, id: string): string {
    return `${this.#tool}/${record}/${id}`;
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const now = Date.now();
    // A ledger that does not answer is told again; the versions are here either way.
    const shipped = await within(SHIP_MAX_MS, this.#journal.ship(this.env.LEDGER)).catch(() => false);
    if (!shipped) this.#alarm.by(Date.now() + AGAIN_MS);
    if (now - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = now;
    this.#store.prune(now);
  }
}
