import { acknowledge, standing, type Forming } from '../../flags/authority.ts';
import type { Target } from '../../flags/targets.ts';
import { assumption, terms } from '../../flags/terms.ts';
import type { Journal } from '../../shared/journal-store.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import type { InFlight, Leases, Receipt } from '../../shared/rpc.ts';

/** A guard is not waited for longer. */
const ASK_MS = 2_000;

interface Begun {
  id: string;
  target: Target;
  reason: string;
  by: string;
  epoch: number;
}

interface Open {
  receipt: Receipt;
  /** Null after a restart of control: who was told is no longer known, so only the clock confirms. */
  forming: Forming | null;
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
      const receipt = JSON.parse(body) as Receipt;
      this.#open.set(receipt.id, { receipt, forming: null, waiters: [] });
    }
  }

  /** How many are not settled. */
  get open(): number {
    return this.#open.size;
  }

  /** Starts a receipt, in the transaction of its stop. */
  begin(begun: Begun, stop: Forming): void {
    const receipt: Receipt = {
      ...begun,
      stopAt: new Date(stop.stopAt).toISOString(),
      status: 'forming',
      confirmedAt: null,
      settledAt: null,
      guards: { acked: 0, lapsed: 0, unknown: 0, waiting: stop.guards.length },
      inFlight: [],
      unheard: [...new Set(stop.guards.map(({ agent }) => agent))],
      assumption,
    };
    this.#open.set(begun.id, { receipt, forming: stop, waiters: [] });
    this.#save(receipt);
  }

  read(id: string): Receipt | null {
    const open = this.#open.get(id);
    if (open) return open.receipt;
    const row = this.#storage.sql
      .exec<{ body: string }>('SELECT body FROM receipt WHERE id = ?', id)
      .toArray()[0];
    return row ? (JSON.parse(row.body) as Receipt) : null;
  }

  /** A guard answered a push. */
  pushed(id: string, agent: string, incarnation: string, acked: boolean, inFlight: InFlight[]): void {
    const open = this.#open.get(id);
    if (!open) return;
    if (acked && open.forming) acknowledge(open.forming, agent, incarnation);
    const unheard = open.receipt.unheard.filter((silent) => silent !== agent || !acked);
    open.receipt = { ...open.receipt, unheard, inFlight: merged(open.receipt.inFlight, inFlight) };
    this.check(id);
    void this.advance();
  }

  /** When the receipt is confirmed at the latest without another message; null when it is. Unix ms. */
  confirmedBy(id: string): number | null {
    const open = this.#open.get(id);
    if (!open || open.receipt.status !== 'forming') return null;
    return open.forming ? standing(open.forming, Date.now()).confirmedBy : latest(open.receipt);
  }

  /** Confirms the receipt if it can be by now. */
  check(id: string): void {
    const open = this.#open.get(id);
    if (!open || open.receipt.status !== 'forming') return;
    const now = Date.now();
    const { confirmed, guards } = whereItStands(open, now);
    open.receipt = { ...open.receipt, guards };
    if (confirmed) this.#confirm(open, now);
  }

  #confirm(open: Open, now: number): void {
    open.receipt = { ...open.receipt, status: 'confirmed', confirmedAt: new Date(now).toISOString() };
    const { id, target, guards, inFlight } = open.receipt;
    this.#storage.transactionSync(() => {
      this.#save(open.receipt);
      this.#journal.append('stop.confirmed', { receipt: id, target, guards, inFlight: inFlight.length }, now);
    });
    for (const wake of open.waiters.splice(0)) wake();
  }

  /** Confirms what the clock confirms, and settles what is confirmed and whose calls have all ended. */
  async advance(): Promise<void> {
    for (const [id, open] of this.#open) {
      this.check(id);
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

function whereItStands(
  { receipt, forming }: Open,
  now: number,
): { confirmed: boolean; guards: Receipt['guards'] } {
  if (!forming) {
    const { waiting, ...counted } = receipt.guards;
    return {
      confirmed: now >= latest(receipt),
      guards: { ...counted, unknown: counted.unknown + waiting, waiting: 0 },
    };
  }
  const { confirmed, acked, lapsed, waiting } = standing(forming, now);
  // Whoever is still waited for when the outermost bound confirms is counted as unknown, not as acked.
  const guards = { acked, lapsed, unknown: confirmed ? waiting : 0, waiting: confirmed ? 0 : waiting };
  return { confirmed, guards };
}

function latest(receipt: Receipt): number {
  return Date.parse(receipt.stopAt) + terms.lease + terms.margin;
}

/** What is known of each call, the newer word winning. */
function merged(known: InFlight[], newer: InFlight[]): InFlight[] {
  const calls = new Map(known.map((call) => [call.call, call]));
  for (const call of newer) calls.set(call.call, call);
  return [...calls.values()];
}
