import type { Standing } from '../../flags/authority.ts';
import type { Target } from '../../flags/targets.ts';
import { assumption } from '../../flags/terms.ts';
import type { Journal } from '../../shared/journal-store.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import type { InFlight, Leases, Receipt, StopSource } from '../../shared/rpc.ts';

/** A guard is not waited for longer. */
const ASK_MS = 2_000;

export interface Begun {
  id: string;
  target: Target;
  source: StopSource;
  reason: string;
  by: string;
  epoch: number;
  /** Unix ms. */
  stopAt: number;
}

interface Open {
  receipt: Receipt;
  waiters: (() => void)[];
}

/** Receipts while they form and after: rows in storage, journaled when confirmed and when settled. */
export class Receipts {
  readonly #storage: DurableObjectStorage;
  readonly #journal: Journal;
  readonly #leases: Leases;
  readonly #open = new Map<string, Open>();

  constructor(storage: DurableObjectStorage, journal: Journal, leases: Leases) {
    this.#storage = storage;
    this.#journal = journal;
    this.#leases = leases;
    for (const { body } of storage.sql.exec<{ body: string }>(
      `SELECT body FROM receipt WHERE status <> 'settled'`,
    )) {
      const receipt = unknowing(parse(body));
      this.#open.set(receipt.id, { receipt, waiters: [] });
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
      settledAt: null,
      guards: { acked: 0, lapsed: 0, unknown: 0, waiting: guards },
      inFlight: [],
      unheard: [...new Set(agents)],
      assumption,
    };
    this.#open.set(begun.id, { receipt, waiters: [] });
    this.#save(receipt);
  }

  read(id: string): Receipt | null {
    const open = this.#open.get(id);
    if (open) return open.receipt;
    const row = this.#storage.sql
      .exec<{ body: string }>('SELECT body FROM receipt WHERE id = ?', id)
      .toArray()[0];
    return row ? parse(row.body) : null;
  }

  /** A guard answered the push of an epoch: what it says is under way belongs to every open stop up to that epoch. */
  heard(epoch: number, agent: string, acked: boolean, inFlight: InFlight[]): void {
    for (const open of this.#open.values()) {
      if (open.receipt.epoch > epoch || !open.receipt.unheard.includes(agent)) continue;
      const unheard = open.receipt.unheard.filter((silent) => silent !== agent || !acked);
      open.receipt = { ...open.receipt, unheard, inFlight: merged(open.receipt.inFlight, inFlight) };
    }
  }

  /** Where a stop that is forming stands now. */
  stands(id: string, { acked, lapsed, waiting }: Standing): void {
    const open = this.#open.get(id);
    if (!open || open.receipt.status !== 'forming') return;
    const { unknown } = open.receipt.guards;
    open.receipt = { ...open.receipt, guards: { acked, lapsed, unknown, waiting } };
  }

  /** Nothing that the stop covers can start any more. */
  confirm(id: string, { acked, lapsed, waiting }: Standing, now: number): void {
    const open = this.#open.get(id);
    if (!open || open.receipt.status !== 'forming') return;
    // Whoever is still waited for when the outermost bound confirms is counted as unknown, not as acked.
    const guards = { acked, lapsed, unknown: open.receipt.guards.unknown + waiting, waiting: 0 };
    open.receipt = { ...open.receipt, guards, status: 'confirmed', confirmedAt: new Date(now).toISOString() };
    const { target, inFlight } = open.receipt;
    this.#storage.transactionSync(() => {
      this.#save(open.receipt);
      this.#journal.append('stop.confirmed', { receipt: id, target, guards, inFlight: inFlight.length }, now);
    });
    for (const wake of open.waiters.splice(0)) wake();
  }

  /** Settles what is confirmed and whose calls have all ended. */
  async settle(): Promise<void> {
    // Deleting while going round is fine in a map.
    for (const open of this.#open.values()) {
      if (open.receipt.status !== 'confirmed') continue;
      await this.#askAgain(open);
      const { unheard, inFlight } = open.receipt;
      if (unheard.length === 0 && inFlight.every((call) => call.ended !== 'unknown'))
        this.#settle(open, Date.now());
    }
  }

  async #askAgain(open: Open): Promise<void> {
    const unknown = open.receipt.inFlight.filter((call) => call.ended === 'unknown');
    const calls = Map.groupBy(unknown, (call) => call.agent);
    // A guard that did not ack, because it was replaced or not reached, still knows what was under way.
    for (const agent of open.receipt.unheard) calls.set(agent, []);
    for (const [agent, theirs] of calls) await this.#askOne(open, agent, theirs);
  }

  async #askOne(open: Open, agent: string, calls: InFlight[]): Promise<void> {
    const asking = this.#leases.ended(
      agent,
      calls.map((call) => call.call),
    );
    // A guard that does not answer leaves its calls unknown, and the receipt unsettled; the alarm asks again.
    const ended = await within(ASK_MS, asking).catch(() => null);
    if (!ended) return;
    const unheard = open.receipt.unheard.filter((silent) => silent !== agent);
    open.receipt = { ...open.receipt, unheard, inFlight: merged(open.receipt.inFlight, released(ended)) };
  }

  #settle(open: Open, now: number): void {
    if (!this.#open.delete(open.receipt.id)) return;
    const receipt: Receipt = { ...open.receipt, status: 'settled', settledAt: new Date(now).toISOString() };
    open.receipt = receipt;
    this.#storage.transactionSync(() => {
      this.#save(receipt);
      this.#journal.append(
        'stop.settled',
        { receipt: receipt.id, target: receipt.target, inFlight: receipt.inFlight },
        now,
      );
    });
  }

  /** The receipt once it is confirmed, or as it is after `milliseconds`. */
  async wait(id: string, milliseconds: number): Promise<Receipt> {
    const open = this.#open.get(id);
    if (open?.receipt.status === 'forming') {
      const confirmed = new Promise<void>((resolve) => open.waiters.push(resolve));
      await Promise.race([confirmed, scheduler.wait(milliseconds)]);
    }
    const receipt = this.read(id);
    if (!receipt) throw new Error(`receipt ${id} was not begun`);
    return receipt;
  }

  #save(receipt: Receipt): void {
    const { id, status } = receipt;
    this.#storage.sql.exec(
      'INSERT INTO receipt (id, status, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body',
      id,
      status,
      JSON.stringify(receipt),
    );
  }
}

/** A stored receipt. Those of before there were sources are of people's stops. */
function parse(body: string): Receipt {
  return { ...({ source: 'people' } as const), ...(JSON.parse(body) as Omit<Receipt, 'source'>) };
}

/** After a restart of control: who was told is not known any more, so only the clock confirms. */
function unknowing(receipt: Receipt): Receipt {
  const { waiting, unknown, ...counted } = receipt.guards;
  return { ...receipt, guards: { ...counted, unknown: unknown + waiting, waiting: 0 } };
}

/** What is known of each call, the newer word winning. */
function merged(known: InFlight[], newer: InFlight[]): InFlight[] {
  const calls = new Map(known.map((call) => [call.call, call]));
  for (const call of newer) calls.set(call.call, call);
  return [...calls.values()];
}
