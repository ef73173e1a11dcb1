import { spent } from '../../flags/holder.ts';
import { terms } from '../../flags/terms.ts';

/**
 * The dispatch tokens of this incarnation that a tool may still act on, whatever they are for. A token is gone when the tool
 * has answered, or spent when its time to start and the margin have passed; a connection that broke says neither.
 */
export class LiveTokens {
  readonly #live = new Map<symbol, { startBefore: number; gone: PromiseWithResolvers<void> }>();

  get size(): number {
    return this.#live.size;
  }

  /** Asks a tool under a token. When `ask` throws, the token stays until it is spent. */
  async holding<T>(startBefore: number, ask: () => Promise<T>): Promise<T> {
    this.#forgetSpent(Date.now());
    const key = Symbol('token');
    const gone = Promise.withResolvers<void>();
    this.#live.set(key, { startBefore, gone });
    const answer = await ask();
    this.#live.delete(key);
    gone.resolve();
    return answer;
  }

  /** Resolves once none of the tokens that are live now can start anything. */
  async quiet(): Promise<void> {
    await Promise.all(
      [...this.#live.values()].map(async ({ startBefore, gone }) => over(startBefore, gone.promise)),
    );
  }

  #forgetSpent(now: number): void {
    // Insertion order is nearly the order of ends, so looking at the oldest few keeps the map small at no cost.
    for (const [key, { startBefore }] of this.#live) {
      if (!spent(startBefore, now)) break;
      this.#live.delete(key);
    }
  }
}

async function over(startBefore: number, gone: Promise<void>): Promise<void> {
  const answered = gone.then(() => true);
  // A timer may ring early, so the clock is looked at again; bounded, because a clock may also step back.
  for (let looks = 0; looks < 100 && !spent(startBefore, Date.now()); looks += 1) {
    const left = startBefore + terms.margin - Date.now();
    const later = scheduler.wait(Math.min(Math.max(left, 1), terms.lease)).then(() => false);
    if (await Promise.race([answered, later])) return;
  }
}
