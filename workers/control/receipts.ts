import type { Standing } from '../../flags/authority.ts';
import { mayCover, type Target } from '../../flags/targets.ts';
import { assumption } from '../../flags/terms.ts';
import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import type { Journal } from '../../shared/journal-store.ts';
import { transact } from '../../shared/transact.ts';
import { within } from '../../shared/within.ts';
import type {
  InFlight,
  Progress,
  Receipt,
  ReceiptPage,
  ReceiptQuery,
  Stop,
  StopSource,
} from '../../shared/rpc.ts';
import type { Lane } from './lane.ts';
import { ReceiptStore } from './receipt-store.ts';
import type { Guards } from './fleet.ts';

/** A guard is not waited for longer. */
const ASK_MS = 2_000;

/** So many may wait for a receipt to change at once; each costs a timer, and an answer at every change. */
const WATCHERS_MAX = 100;

export interface Begun {
  id: string;
  target: Target;
  source: StopSource;
  reason: string;
  by: string;
  epoch: number;
  /** Unix ms. */
  stopAt: number;
  cancel: boolean;
}

/** Calls under way that one receipt lists: a row holds 2 MB, and a receipt that cannot be stored confirms nothing. */
const CALLS_MAX = 2_000;

interface Open {
  receipt: Receipt;
  /** Woken at each change. */
  watchers: Set<() => void>;
  /** The guards are being asked how calls ended and what is deferred; true: what is deferred is known. */
  asking?: Promise<boolean>;
}

/** Receipts while they form and after: rows in storage, journaled when confirmed and when settled. */
export class Receipts {
  readonly #ctx: DurableObjectState;
  readonly #store: ReceiptStore;
  readonly #journal: Journal;
  readonly #guards: Guards;
  readonly #lane: Lane;
  readonly #open = new Map<string, Open>();
  #watching = 0;

  constructor(ctx: DurableObjectState, journal: Journal, guards: Guards, lane: Lane) {
    this.#lane = lane;
    this.#ctx = ctx;
    this.#store = new ReceiptStore(ctx.storage.sql);
    this.#journal = journal;
    this.#guards = guards;
    for (const receipt of this.#store.unsettled()) {
      this.#open.set(receipt.id, { receipt: unknowing(receipt), watchers: new Set() });
    }
  }

  /** How many are not settled. */
  get open(): number {
    return this.#open.size;
  }

  /** Those that are not confirmed, for an authority that begins anew. */
  get unconfirmed(): { receipt: string; epoch: number; stopAt: number }[] {
    return [...this.#open.values()]
      .filter(({ receipt }) => receipt.status === 'forming')
      .map(({ receipt: { id, epoch, stopAt } }) => ({ receipt: id, epoch, stopAt: Date.parse(stopAt) }));
  }

  /** Starts a receipt, in the transaction of its stop. `agents`: those whose guards may hold a lease. */
  begin({ stopAt, ...begun }: Begun, guards: number, agents: readonly string[]): void {
    const receipt: Receipt = {
      ...begun,
      stopAt: new Date(stopAt).toISOString(),
      status: 'forming',
      confirmedAt: null,
      confirmMs: null,
      settledAt: null,
      guards: { acked: 0, lapsed: 0, unknown: 0, waiting: guards },
      inFlight: [],
      unheard: [...new Set(agents)],
      assumption,
      deferred: [],
      operators: [],
      more: { inFlight: 0, deferred: 0, operators: 0 },
    };
    this.#open.set(begun.id, { receipt, watchers: new Set() });
    this.#store.save(receipt);
  }

  read(id: string): Receipt | null {
    return this.#open.get(id)?.receipt ?? this.#store.get(id);
  }

  /** One page, newest first, each as it is now. */
  list(query: ReceiptQuery): ReceiptPage {
    const { receipts, next } = this.#store.list(query);
    return { receipts: receipts.map((stored) => this.#open.get(stored.id)?.receipt ?? stored), next };
  }

  // ── forming ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A guard answered the push of an epoch: what it says is under way belongs to every open stop up to that epoch. */
  heard(epoch: number, agent: string, acked: boolean, inFlight: InFlight[]): void {
    for (const open of this.#open.values()) {
      if (open.receipt.epoch > epoch || !open.receipt.unheard.includes(agent)) continue;
      const unheard = open.receipt.unheard.filter((silent) => silent !== agent || !acked);
      this.#update(open, { unheard, ...learned(open.receipt, inFlight) });
    }
  }

  /** Where a stop that is forming stands now. */
  stands(id: string, { acked, lapsed, waiting }: Standing): void {
    const open = this.#open.get(id);
    if (!open || open.receipt.status !== 'forming') return;
    const { unknown } = open.receipt.guards;
    this.#update(open, { guards: { acked, lapsed, unknown, waiting } });
  }

  /** Nothing that the stop covers can start any more. */
  confirm(id: string, { acked, lapsed, waiting }: Standing, now: number): void {
    const open = this.#open.get(id);
    if (!open || open.receipt.status !== 'forming') return;
    const { target, stopAt, inFlight } = open.receipt;
    // Whoever is still waited for when the outermost bound confirms is counted as unknown, not as acked.
    const guards = { acked, lapsed, unknown: open.receipt.guards.unknown + waiting, waiting: 0 };
    const confirmMs = Math.max(0, now - Date.parse(stopAt));
    this.#update(open, { guards, status: 'confirmed', confirmedAt: new Date(now).toISOString(), confirmMs });
    transact(this.#ctx, () => {
      this.#store.save(open.receipt);
      const entry = { receipt: id, target, guards, confirmMs, inFlight: inFlight.length };
      this.#journal.append('stop.confirmed', entry, now);
    });
  }

  /** Settles what is confirmed and whose calls have all ended. */
  async settle(): Promise<void> {
    await Promise.all([...this.#open.values()].map(async (open) => this.#trySettle(open)));
  }

  async #trySettle(open: Open): Promise<void> {
    if (open.receipt.status !== 'confirmed') return;
    // Every guard's answer leads here: one round of questions at a time is enough.
    open.asking ??= this.#askAgain(open).finally(() => {
      delete open.asking;
    });
    const complete = await open.asking;
    const { unheard, inFlight } = open.receipt;
    if (complete && unheard.length === 0 && inFlight.every((call) => call.ended !== 'unknown'))
      this.#settle(open, Date.now());
  }

  /** What is deferred, as far as it is known now; whether all of it is. `others`: guards to ask whatever is known of them. */
  async aftermath(id: string, others: readonly string[] = []): Promise<boolean> {
    const open = this.#open.get(id);
    if (!open) return true;
    const deferred = await this.#lane.aftermath(open.receipt, others, Date.now());
    if (deferred && deferred.effects.length > 0) {
      const more = { ...open.receipt.more, deferred: deferred.more };
      this.#update(open, { deferred: deferred.effects, more });
    }
    return deferred !== null;
  }

  /** Changes what stands on a receipt, a settled one too, in the caller's transaction. */
  amend(id: string, change: (receipt: Receipt) => Partial<Receipt>): void {
    const open = this.#open.get(id);
    const receipt = this.read(id);
    if (!receipt) return;
    if (open) this.#update(open, change(receipt));
    this.#store.save(open?.receipt ?? { ...receipt, ...change(receipt) });
  }

  /** Receipts of one stop: all since it stands. */
  of({ target, source, since }: Pick<Stop, 'target' | 'source' | 'since'>): string[] {
    const { receipts } = this.#store.list({ target, since });
    return receipts.filter((receipt) => receipt.source === source).map(({ id }) => id);
  }

  /** When the target was stopped last (Unix ms), whichever source did; null: never. */
  latestOf(target: Target): number | null {
    const [latest] = this.#store.list({ target, limit: 1 }).receipts;
    return latest ? Date.parse(latest.stopAt) : null;
  }

  async #askAgain(open: Open): Promise<boolean> {
    const unknown = open.receipt.inFlight.filter((call) => call.ended === 'unknown');
    const calls = Map.groupBy(unknown, (call) => call.agent);
    // A guard that did not ack, because it was replaced or not reached, still knows what was under way.
    for (const agent of open.receipt.unheard) calls.set(agent, []);
    await Promise.all([...calls].map(async ([agent, theirs]) => this.#askOne(open, agent, theirs)));
    // After the calls have ended: one of them may have left something for later.
    return this.aftermath(open.receipt.id, [...calls.keys()]);
  }

  async #askOne(open: Open, agent: string, calls: InFlight[]): Promise<void> {
    const asking = this.#guards.ended(
      agent,
      calls.map((call) => call.call),
    );
    // A guard that does not answer leaves its calls unknown, and the receipt unsettled; the alarm asks again.
    const ended = await within(ASK_MS, asking).catch(() => null);
    if (!ended) return;
    const unheard = open.receipt.unheard.filter((silent) => silent !== agent);
    this.#update(open, { unheard, ...learned(open.receipt, ended) });
  }

  #settle(open: Open, now: number): void {
    if (!this.#open.delete(open.receipt.id)) return;
    this.#update(open, { status: 'settled', settledAt: new Date(now).toISOString() });
    const { id, target, inFlight, deferred } = open.receipt;
    this.#lane.settled(open.receipt);
    transact(this.#ctx, () => {
      this.#store.save(open.receipt);
      this.#journal.append('stop.settled', { receipt: id, target, inFlight, deferred }, now);
    });
  }

  #update(open: Open, changes: Partial<Receipt>): void {
    open.receipt = { ...open.receipt, ...changes };
    for (const wake of open.watchers) wake();
  }

  // ── watching ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The receipt once it is confirmed, or as it is after `milliseconds`. */
  async wait(id: string, milliseconds: number): Promise<Receipt> {
    const until = Date.now() + milliseconds;
    for (let open = this.#open.get(id); open?.receipt.status === 'forming' && Date.now() < until;) {
      await changed(open, until - Date.now());
    }
    const receipt = this.read(id);
    if (!receipt) throw new Error(`receipt ${id} was not begun`);
    return receipt;
  }

  /**
   * The receipt as soon as it is another than the one of version `since`, or `receipt: null` after `milliseconds`. A
   * settled one is answered at once. Null: there is none; `busy`: too many watch.
   */
  async progress(id: string, since: string | null, milliseconds: number): Promise<Progress | 'busy' | null> {
    const until = Date.now() + milliseconds;
    for (;;) {
      const receipt = this.read(id);
      if (!receipt) return null;
      const version = versionOf(receipt);
      const open = this.#open.get(id);
      if (!open) return { version, receipt };
      if (this.#watching >= WATCHERS_MAX) return 'busy';
      if (version !== since) return { version, receipt };
      if (Date.now() >= until) return { version, receipt: null };
      this.#watching += 1;
      await changed(open, until - Date.now()).finally(() => {
        this.#watching -= 1;
      });
    }
  }
}

/** Resolves at the next change, or after that long. */
async function changed({ watchers }: Open, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  watchers.add(resolve);
  await promise;
  clearTimeout(timer);
  watchers.delete(resolve);
}

/** Names a state by its content: it means the same to another instance of control, so a watcher can go on with it. */
function versionOf(receipt: Receipt): string {
  return sha256(canonical(receipt)).slice(0, 16);
}

/** After a restart of control: who was told is not known any more, so only the clock confirms. */
function unknowing(receipt: Receipt): Receipt {
  const { waiting, unknown, ...counted } = receipt.guards;
  return { ...receipt, guards: { ...counted, unknown: unknown + waiting, waiting: 0 } };
}

/** What is known of each call that the stop concerns, the newer word winning. Pure. */
export function learned(
  { target, inFlight, more }: Pick<Receipt, 'target' | 'inFlight' | 'more'>,
  newer: readonly InFlight[],
): Pick<Receipt, 'inFlight' | 'more'> {
  const calls = new Map(inFlight.map((call) => [call.call, call]));
  let unlisted = 0;
  for (const call of newer) {
    const before = calls.get(call.call);
    if (!before && !concerns(target, call)) continue;
    if (!before && calls.size >= CALLS_MAX) {
      unlisted += 1;
      continue;
    }
    // A guard that was replaced since no longer knows that it called the call off.
    const cancelled = call.cancelled === 'no' ? (before?.cancelled ?? 'no') : call.cancelled;
    calls.set(call.call, { ...call, cancelled });
  }
  return { inFlight: [...calls.values()], more: { ...more, inFlight: more.inFlight + unlisted } };
}

/** Whether a stop covers a call under way. A workflow that the guard does not know may be the one. */
export function concerns(target: Target, { agent, workflow, action }: InFlight): boolean {
  return mayCover(target, { agent, workflow, tool: action.split('.')[0] ?? '', action });
}
