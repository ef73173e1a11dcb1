import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import { LONGEST_WINDOW, Meters, USE_WITHIN, type MeterView, type Refusal } from '../../shared/meters.ts';
import { migrate } from '../../shared/migrate.ts';
import { released } from '../../shared/released.ts';
import type { HoldWord, PoolApi, PoolAsk, PoolRules } from '../../shared/rpc.ts';
import { together } from '../../shared/transact.ts';
import { within } from '../../shared/within.ts';
import type { Env } from './env.ts';
import { poolMigrations } from './migrations.ts';
import { newest, PoolStore, settled, type HoldRow } from './pool-store.ts';
import { Totals } from './totals.ts';

/** When a pool asks the guard how a taking ended. Guards say it by themselves within seconds. */
const ASK_MS = 30_000;
const ASK_MAX_MS = 3_600_000;
const GUARD_MS = 5_000;
const ASKED_AT_ONCE = 200;
/** Longer than any window, as guards keep their calls. */
const KEEP_MS = LONGEST_WINDOW * 1_000 + 3_600_000;
const PRUNE_MS = 600_000;
const PRUNED_AT_ONCE = 5_000;

/**
 * The limits of one workflow or one vendor, which several guards share: one object for each, so that its sums are exact. It
 * gives for each call exactly what that call takes, and keeps it until the guard says how it ended; where a guard says nothing,
 * it asks. Only guards reach it.
 */
export class Pool extends DurableObject<Env> implements PoolApi {
  readonly #name: string;
  readonly #store: PoolStore;
  readonly #totals: Totals;
  readonly #alarm: Alarm;
  #rules: PoolRules | null = null;
  #meters: Meters;
  #prunedAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = ctx.id.name ?? '';
    migrate(ctx.storage, poolMigrations);
    this.#store = new PoolStore(ctx.storage.sql);
    this.#totals = new Totals(ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#rules = this.#store.rules();
    this.#meters = this.#rebuilt();
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      const due = this.#store.nextDue();
      if (due !== null) this.#alarm.by(due);
    });
  }

  /** Nothing awaits in it, so what is checked and what is written is one transaction. */
  async take(agent: string, rules: PoolRules, asks: PoolAsk[]): Promise<(Refusal | null)[]> {
    this.#govern(rules);
    const now = Date.now();
    const answers: (Refusal | null)[] = [];
    together(this.ctx, () => {
      for (const ask of asks) answers.push(this.#take(agent, ask, now));
    });
    this.#alarm.by(now + ASK_MS);
    return answers;
  }

  #take(agent: string, { hold: id, call, usage }: PoolAsk, now: number): Refusal | null {
    // The same message again: what was given is given.
    if (this.#store.get(id)) return null;
    const refusal = this.#meters.check(usage, now);
    if (refusal) return refusal;
    const at = this.#meters.at(now);
    this.#store.insert({ id, agent, call, at, usage }, now + ASK_MS);
    this.#meters.take(usage, at);
    return null;
  }

  async settle(words: { hold: string; word: HoldWord }[]): Promise<void> {
    together(this.ctx, () => {
      for (const { hold, word } of words) this.#settle(hold, word);
    });
  }

  /** A word on what is not known here changes nothing: it was released, or is too long ago to count. */
  #settle(hold: string, word: HoldWord): void {
    const row = this.#store.get(hold);
    const next = row && settled(row.state, word);
    if (!row || !next) return;
    this.#store.settle(hold, next);
    if (next === 'gone') this.#meters.giveBack(row.usage, row.at);
    else if (next === 'failed') this.#meters.giveBack(row.usage, row.at, 'amounts');
    // A look-up had said that it failed, and the tool's own word is that it did not.
    else if (row.state === 'failed') this.#meters.take(row.usage, row.at, 'amounts');
  }

  async view(rules: PoolRules): Promise<MeterView[]> {
    this.#govern(rules);
    return this.#meters.view(Date.now());
  }

  /** New limits count for all guards from the first message on that brings them. */
  #govern(brought: PoolRules): void {
    const { rules, changed } = newest(this.#rules, brought);
    this.#rules = rules;
    if (!changed) return;
    this.#store.govern(rules);
    this.#meters = this.#rebuilt();
  }

  /** What was used before counts under new limits, too. */
  #rebuilt(): Meters {
    const meters = new Meters(this.#name, this.#rules?.rules ?? [], USE_WITHIN);
    for (const total of this.#totals.all()) meters.carry(total);
    for (const { usage, at, state } of this.#store.all())
      meters.take(usage, at, state === 'failed' ? 'calls' : 'all');
    return meters;
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const now = Date.now();
    this.#prune(now);
    const byAgent = Map.groupBy(this.#store.due(now, ASKED_AT_ONCE), ({ agent }) => agent);
    await Promise.all([...byAgent].map(async ([agent, rows]) => this.#askGuard(agent, rows)));
    const due = this.#store.nextDue();
    if (due !== null) this.#alarm.by(Math.max(due, Date.now() + 1_000));
    else if (this.#store.old(Number.MAX_SAFE_INTEGER, 1).length > 0) this.#alarm.by(now + PRUNE_MS);
  }

  /** A guard that does not answer may still have run it: it stays taken, and is asked again later. */
  async #askGuard(agent: string, rows: readonly HoldRow[]): Promise<void> {
    const asked = rows.map(({ id, call }) => ({ hold: id, call }));
    const asking = (async () => this.env.GUARD.getByName(agent).holds(this.#name, asked))();
    const words = await within(GUARD_MS, asking).then(released, () => null);
    for (const [n, { id, tries }] of rows.entries()) {
      const word = words?.[n] ?? 'open';
      if (word !== 'open') this.#settle(id, word);
      else this.#store.postpone(id, Date.now() + Math.min(ASK_MS * 2 ** tries, ASK_MAX_MS), tries + 1);
    }
  }

  #prune(now: number): void {
    if (now - this.#prunedAt < PRUNE_MS) return;
    const old = this.#store.old(now - this.#keep(), PRUNED_AT_ONCE);
    if (old.length < PRUNED_AT_ONCE) this.#prunedAt = now;
    const used = old.filter(({ state }) => state === 'used').map(({ usage }) => usage);
    together(this.ctx, () => {
      this.#totals.carry(used);
      this.#store.drop(old);
    });
  }

  /** A vendor's quota counts calls only, and there may be hundreds a second: kept for its window, and an hour. */
  #keep(): number {
    if (!this.#name.startsWith('vendor:')) return KEEP_MS;
    const longest = Math.max(0, ...(this.#rules?.rules ?? []).map(({ per }) => per ?? LONGEST_WINDOW));
    return Math.min(KEEP_MS, (longest + 3_600) * 1_000);
  }
}
