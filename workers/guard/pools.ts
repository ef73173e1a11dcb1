import { newId } from '../../shared/ids.ts';
import { concerns, sharedRules, USE_WITHIN, type MeterView, type Refusal } from '../../shared/meters.ts';
import { released } from '../../shared/released.ts';
import type { HoldWord, Objects, PoolApi, PoolAsk, PoolRules } from '../../shared/rpc.ts';
import type { SharedLimits } from '../../shared/shared-limits.ts';
import type { Usage } from '../../shared/usage.ts';
import { within } from '../../shared/within.ts';
import type { PoolWords } from './pool-words.ts';
import { deny, go, type Step } from './steps/step.ts';
import type { Hold, Taking } from './taken.ts';

/** A pool is not waited for longer: half of the time in which what it gives must be used. */
const POOL_MS = 1_000;
/** Calls in one message. */
const BATCH_MAX = 64;

/** What a lease says of what is shared, and by which epoch. */
interface Shared {
  epoch: number;
  workflow: string;
  shared: SharedLimits | undefined;
}

type Answer = { refusal: Refusal | null; askedAt: number } | null;

interface Waiting {
  ask: PoolAsk;
  rules: PoolRules;
  answered: (answer: Answer) => void;
}

/**
 * The limits that this guard shares with others, asked for call by call from the pools that keep them. Calls that wait for the
 * same pool go in one message. A pool that does not answer gives nothing, so the call is denied.
 */
export class Pools {
  readonly #agent: string;
  readonly #ctx: DurableObjectState;
  readonly #pools: Objects<PoolApi>;
  readonly #words: PoolWords;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #asking = new Set<string>();
  readonly #unused = new Map<string, string[]>();
  #open = 0;

  constructor(agent: string, ctx: DurableObjectState, pools: Objects<PoolApi>, words: PoolWords) {
    this.#agent = agent;
    this.#ctx = ctx;
    this.#pools = pools;
    this.#words = words;
  }

  /** How many calls wait for an answer. */
  get open(): number {
    return this.#open;
  }

  /** The pools that a call takes from. */
  of(usage: Usage, { workflow, shared }: Shared): string[] {
    if (!shared) return [];
    const tool = usage.action.slice(0, usage.action.indexOf('.'));
    return [`workflow:${workflow}`, `vendor:${tool}`].filter((pool) =>
      concerns(sharedRules(shared, pool), usage),
    );
  }

  /** Takes from all of them or none. What is given must be used before `useBefore`, by this guard's own clock. */
  async take(call: string, usage: Usage, pools: string[], at: Shared): Promise<Step<Hold>> {
    const id = newId('hold', Date.now());
    this.#open += 1;
    const answers = await Promise.all(
      pools.map(async (pool) => this.#ask(pool, { hold: id, call, usage }, at)),
    );
    this.#open -= 1;
    const refusal = answers.find((answer) => answer?.refusal)?.refusal;
    const silent = pools.find((_, n) => answers[n] === null);
    const askedAt = Math.min(...answers.map((answer) => answer?.askedAt ?? Infinity));
    if (!refusal && silent === undefined) return go({ id, pools, useBefore: askedAt + USE_WITHIN });
    // One that did not answer may have given all the same.
    this.release({ id, pools: pools.filter((_, n) => !answers[n]?.refusal) });
    return deny(refusal ? { kind: 'limited', refusal } : { kind: 'pool-silent', pool: silent ?? '' });
  }

  /** Gives back what no call will use: now, and if that is lost, when the pool asks. */
  release(hold: Pick<Hold, 'id' | 'pools'>): void {
    if (this.#unused.size === 0) this.#ctx.waitUntil(scheduler.wait(0).then(async () => this.#tellUnused()));
    for (const pool of hold.pools) this.#unused.set(pool, [...(this.#unused.get(pool) ?? []), hold.id]);
  }

  /** What was taken was used; the pool hears it with the next words. */
  used(hold: Pick<Hold, 'id' | 'pools'>): void {
    this.#words.put(hold, 'used');
  }

  /** Tells pools how takings ended; false: not all have heard it, so it is to be told again. */
  async tell(): Promise<boolean> {
    if (!this.#words.any) return true;
    const told = [...this.#words.untold()].map(async ([pool, rows]) => {
      await this.#settle(pool, rows);
      this.#words.told(rows);
    });
    const all = await Promise.allSettled(told);
    return all.every(({ status }) => status === 'fulfilled') && !this.#words.any;
  }

  /** How the pools stand that this agent takes from; null: one does not answer. */
  async view(tools: readonly string[], at: Shared): Promise<{ of: string; limits: MeterView[] | null }[]> {
    const names = [`workflow:${at.workflow}`, ...[...new Set(tools)].map((tool) => `vendor:${tool}`)];
    const kept = names
      .map((of) => ({ of, rules: sharedRules(at.shared, of) }))
      .filter(({ rules }) => rules.length > 0);
    return Promise.all(
      kept.map(async ({ of, rules }) => {
        const asked = this.#pools.getByName(of).view({ epoch: at.epoch, rules });
        return { of, limits: await within(POOL_MS, asked).then(released, () => null) };
      }),
    );
  }

  async #ask(pool: string, ask: PoolAsk, { epoch, shared }: Shared): Promise<Answer> {
    const rules = { epoch, rules: sharedRules(shared, pool) };
    return new Promise((answered) => {
      this.#waiting.set(pool, [...(this.#waiting.get(pool) ?? []), { ask, rules, answered }]);
      if (!this.#asking.has(pool)) this.#ctx.waitUntil(this.#askAll(pool));
    });
  }

  /** One message under way at a time: what comes meanwhile goes with the next. */
  async #askAll(pool: string): Promise<void> {
    this.#asking.add(pool);
    for (let some = this.#next(pool); some.length > 0; some = this.#next(pool)) {
      const askedAt = Date.now();
      const newest = some.reduce((a, b) => (b.rules.epoch > a.rules.epoch ? b : a));
      const asks = some.map(({ ask }) => ask);
      const taking = (async () => this.#pools.getByName(pool).take(this.#agent, newest.rules, asks))();
      // A pool that does not answer gives nothing.
      const answers = await within(POOL_MS, taking).then(released, () => null);
      for (const [n, { answered }] of some.entries()) {
        const refusal = answers?.[n];
        answered(refusal === undefined ? null : { refusal, askedAt });
      }
    }
    this.#asking.delete(pool);
  }

  #next(pool: string): Waiting[] {
    const waiting = this.#waiting.get(pool) ?? [];
    const some = waiting.slice(0, BATCH_MAX);
    this.#waiting.set(pool, waiting.slice(BATCH_MAX));
    return some;
  }

  async #tellUnused(): Promise<void> {
    const unused = [...this.#unused];
    this.#unused.clear();
    await Promise.allSettled(
      unused.map(async ([pool, holds]) =>
        this.#settle(
          pool,
          holds.map((hold) => ({ hold, word: 'released' })),
        ),
      ),
    );
  }

  async #settle(pool: string, words: readonly { hold: string; word: HoldWord }[]): Promise<void> {
    const plain = words.map(({ hold, word }) => ({ hold, word }));
    await within(POOL_MS, this.#pools.getByName(pool).settle(plain));
  }
}

/** Until when a call may use what it took of shared limits (Unix ms): for ever where nothing is shared, else never without. */
export function usableUntil(pools: readonly string[], { hold }: Taking): number {
  if (pools.length === 0) return Infinity;
  return hold && pools.every((pool) => hold.pools.includes(pool)) ? hold.useBefore : 0;
}
