import { addTo, noTally, type Compared } from './rechecks.ts';
import type { RecheckTally } from '../../shared/rpc.ts';

/** Batches of this isolate that may be with Cedar at once: it has other work, such as the check of a set that is applied. */
const AT_ONCE = 4;
/** In one batch; a guard sends far fewer. */
const BATCH_MAX = 50;
/** How often the object, which has stops to see to, is told how many agreed. Differences are told at once. */
const TELL_MS = 5_000;

/** Keeps samples from becoming work for the authority: what is too much is dropped here and counted, agreement only told in sums. */
export class RecheckIntake {
  #running = 0;
  #untold: RecheckTally = noTally(0);
  #toldAt = 0;

  /** How many of a batch are taken now. */
  room(count: number): number {
    return this.#running < AT_ONCE ? Math.min(count, BATCH_MAX) : 0;
  }

  /** Compares a batch, and gives what the object is to be told now, if anything. */
  async take(
    compared: Promise<Omit<Compared, 'unsent'>>,
    unsent: number,
    now: () => number,
  ): Promise<Compared | null> {
    this.#running += 1;
    try {
      return this.#add({ ...(await compared), unsent }, now());
    } finally {
      this.#running -= 1;
    }
  }

  #add(compared: Compared, now: number): Compared | null {
    addTo(this.#untold, compared);
    if (compared.differences.length === 0 && now - this.#toldAt < TELL_MS) return null;
    const { agreed, unanswered, unsent } = this.#untold;
    this.#untold = noTally(now);
    this.#toldAt = now;
    return { agreed, unanswered, unsent, differences: compared.differences };
  }
}
