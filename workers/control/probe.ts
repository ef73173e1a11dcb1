import type { Held } from '../../flags/authority.ts';
import { assumption, terms } from '../../flags/terms.ts';
import type { Journal } from '../../shared/journal-store.ts';
import type { HaltProbe, ProbedGuard } from '../../shared/rpc.ts';
import { transact } from '../../shared/transact.ts';
import { within } from '../../shared/within.ts';

/** A write that takes longer would hold up a stop for as long. */
const STORAGE_MS = 2_000;

/** An ack waits for the guard's calls under way, P + M at the most; a guard that needs longer than this is not reached. */
const GUARD_MS = terms.dispatch + terms.margin + 500;

/** While leases are out the probe is repeated this often, and for a while after the last one. */
const EVERY_MS = 60_000;
const AFTERWARDS_MS = 3 * 60_000;

/** The trigger and the alarm each start the probe; what the one did just now the other need not repeat. */
const RECENT_MS = 45_000;

/** What a push of the present epoch came to. `stranger`: another incarnation lives there by now. */
export type Pushed = 'acked' | 'stranger' | 'silent';

/** What the probe goes through: the very parts that a stop goes through. */
export interface StopPath {
  epoch(): number;
  held(): Held[];
  /** Until when leases of an earlier instance may be live (Unix ms). */
  fence(): number;
  push(held: Held, epoch: number): Promise<Pushed>;
}

/**
 * "Can I still halt, right now?", answered by doing what a stop does without stopping anything: a durable write, then the
 * present epoch pushed to every live guard. A push that repeats an epoch is harmless: it drops no lease of that epoch, and
 * one of an older epoch only where a push was lost.
 */
export class HaltProbes {
  readonly #ctx: DurableObjectState;
  readonly #journal: Journal;
  readonly #path: StopPath;
  #last: HaltProbe | null;
  #running: Promise<HaltProbe> | undefined;
  #leasedAt = 0;
  #scheduledAt = 0;
  #due: number | null = null;

  /** The migrations must have run. */
  constructor(ctx: DurableObjectState, journal: Journal, path: StopPath) {
    this.#ctx = ctx;
    this.#journal = journal;
    this.#path = path;
    const { body } = ctx.storage.sql.exec<{ body: string | null }>('SELECT body FROM probe').one();
    this.#last = body === null ? null : (JSON.parse(body) as HaltProbe);
  }

  get last(): HaltProbe | null {
    return this.#last;
  }

  /** A lease was asked for: from here on the probe is repeated. Returns when it is due (Unix ms). */
  leased(now: number): number {
    this.#leasedAt = now;
    this.#due ??= now + EVERY_MS;
    return this.#due;
  }

  /** For the alarm: probes if that is due. Returns when it is due next; null: nothing was leased for minutes. */
  async ring(now: number): Promise<number | null> {
    if (this.#due === null || now < this.#due) return this.#due;
    this.#due = now < this.#leasedAt + AFTERWARDS_MS ? now + EVERY_MS : null;
    await this.scheduled(now);
    return this.#due;
  }

  /** For a schedule: alerts at every failure, so that silence means that it was well. */
  async scheduled(now: number): Promise<void> {
    if (Math.abs(now - this.#scheduledAt) < RECENT_MS) return;
    this.#scheduledAt = now;
    const { canHalt, reasons } = await this.run();
    if (!canHalt) console.error(JSON.stringify({ alert: 'control.cannot-halt', reasons }));
  }

  /** Probes now. Whoever asks meanwhile gets the same answer. */
  async run(): Promise<HaltProbe> {
    this.#running ??= this.#probe().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #probe(): Promise<HaltProbe> {
    const began = Date.now();
    // Read before the write: once that is durable, so is this epoch.
    const epoch = this.#path.epoch();
    const storage = await this.#write(began);
    const guards = await Promise.all(this.#path.held().map(async (held) => this.#reach(held, epoch)));
    const fence = this.#path.fence();
    return this.#keep({
      at: new Date(began).toISOString(),
      ...verdict(storage, guards),
      epoch,
      milliseconds: Date.now() - began,
      storage,
      guards,
      unknownUntil: fence > Date.now() ? new Date(fence).toISOString() : null,
      assumption,
    });
  }

  async #write(now: number): Promise<HaltProbe['storage']> {
    try {
      this.#ctx.storage.sql.exec('UPDATE probe SET began = ?', now);
      await within(STORAGE_MS, this.#ctx.storage.sync());
      return { ok: true, milliseconds: Date.now() - now };
    } catch {
      // A stop could not be recorded either.
      return { ok: false, milliseconds: Date.now() - now };
    }
  }

  async #reach(held: Held, epoch: number): Promise<ProbedGuard> {
    const began = Date.now();
    const { agent } = held;
    // A guard that is being replaced breaks one call off and answers the next.
    let pushed = await this.#push(held, epoch, GUARD_MS);
    const left = began + GUARD_MS - Date.now();
    if (pushed === 'silent' && left > 0) pushed = await this.#push(held, epoch, left);
    const milliseconds = Date.now() - began;
    if (pushed !== 'silent')
      return { agent, found: pushed === 'acked' ? 'reached' : 'replaced', milliseconds };
    const live = this.#path.held().some(({ incarnation }) => incarnation === held.incarnation);
    return { agent, found: live ? 'silent' : 'lapsed', milliseconds };
  }

  async #push(held: Held, epoch: number, milliseconds: number): Promise<Pushed> {
    return within(milliseconds, this.#path.push(held, epoch)).catch(() => 'silent');
  }

  /** The newest probe, durably; a change of the verdict is journaled with it. */
  #keep(probe: HaltProbe): HaltProbe {
    const before = this.#last?.canHalt ?? true;
    this.#last = probe;
    // Storage that does not even take this has shown in the verdict; the object starts anew by itself.
    if (!probe.storage.ok) return probe;
    const { canHalt, reasons, epoch } = probe;
    transact(this.#ctx, () => {
      this.#ctx.storage.sql.exec('UPDATE probe SET body = ?', JSON.stringify(probe));
      if (before === canHalt) return;
      this.#journal.append(canHalt ? 'probe.recovered' : 'probe.failed', { epoch, reasons }, Date.now());
    });
    return probe;
  }
}

/** Pure: whether a stop made now would be recorded, and told to every live guard at once; and if not, why. */
export function verdict(
  storage: HaltProbe['storage'],
  guards: readonly ProbedGuard[],
): { canHalt: boolean; reasons: string[] } {
  const silent = new Set(guards.filter(({ found }) => found === 'silent').map(({ agent }) => agent));
  const bound = terms.lease + terms.margin;
  const reasons = [
    ...(storage.ok ? [] : ['Control could not write: a stop would not be recorded.']),
    ...[...silent].map(
      (agent) =>
        `The guard of ${agent} was not reached: a stop would end its calls only as its lease runs out, within ${bound} ms.`,
    ),
  ];
  return { canHalt: reasons.length === 0, reasons };
}
