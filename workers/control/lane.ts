import { covers, onlyAgent, type Coverage, type Target } from '../../flags/targets.ts';
import type { Aftermath, DeferredEffects, OperatorAct, Receipt, Stop } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import type { Guards } from './fleet.ts';

/** A guard that only lists is not waited for longer; one that cancels waits for vendors. */
const LIST_MS = 2_000;
const CANCEL_MS = 15_000;

/** Deferred effects, and acts, that one receipt lists: it is one row of at most 2 MB, sent whole at each change. */
const LISTED_MAX = 500;

/** A person's order to cancel is good for the stop it came with, while its receipt forms; then it is forgotten. */
const ORDERS_MAX = 50;

/**
 * What control knows of the operators' lane: which agents have effects to come, whose stops are to cancel them, and which
 * of people's acts stand on which receipts. The credential of an order is in memory only: after a restart of control what
 * is deferred is listed and not cancelled, and the receipt says so.
 */
export class Lane {
  readonly #sql: SqlStorage;
  readonly #guards: Guards;
  readonly #orders = new Map<string, NonNullable<Aftermath['cancel']>>();
  /** Targets whose calls under way the push of an epoch calls off. */
  readonly #calledOff = new Map<number, Target>();

  /** The migrations must have run. */
  constructor(sql: SqlStorage, guards: Guards) {
    this.#sql = sql;
    this.#guards = guards;
  }

  /** A stop that cancels, known before its pushes leave. */
  ordered(receipt: string, epoch: number, target: Target, order: NonNullable<Aftermath['cancel']>): void {
    this.#orders.set(receipt, order);
    this.#calledOff.set(epoch, target);
    for (const map of [this.#orders, this.#calledOff]) {
      const [oldest] = map.keys();
      if (map.size > ORDERS_MAX && oldest !== undefined) (map as Map<unknown, unknown>).delete(oldest);
    }
  }

  /** What the push of an epoch calls off; null: nothing, calls under way may end. */
  calledOff(epoch: number): Target | null {
    return this.#calledOff.get(epoch) ?? null;
  }

  /** An agent has effects to come until then (Unix ms). */
  deferred(agent: string, until: number): void {
    this.#sql.exec(
      'INSERT INTO deferring (agent, until) VALUES (?, ?) ON CONFLICT (agent) DO UPDATE SET until = MAX(until, excluded.until)',
      agent,
      until,
    );
  }

  /**
   * Asks the guards what is deferred and covered, and has it cancelled if the stop was to. Null: a guard did not answer, or
   * is still at it.
   */
  async aftermath(
    { id, target, inFlight }: Receipt,
    others: readonly string[],
    now: number,
  ): Promise<DeferredEffects | null> {
    const cancel = this.#orders.get(id) ?? null;
    const agents = new Set([
      ...this.#deferring(target, now),
      ...inFlight.map(({ agent }) => agent),
      ...others,
    ]);
    const answers = await Promise.all(
      [...agents].map(async (agent) =>
        within(cancel ? CANCEL_MS : LIST_MS, this.#guards.aftermath(agent, { target, cancel })).catch(
          () => null, // It is asked again before the receipt settles.
        ),
      ),
    );
    const known = answers.flatMap((answer) => answer?.effects ?? []);
    if (answers.includes(null) || known.some(({ cancelled }) => cancelled === 'running')) return null;
    const more = answers.reduce((sum, answer) => sum + (answer?.more ?? 0), 0);
    return { effects: known.slice(0, LISTED_MAX), more: more + Math.max(0, known.length - LISTED_MAX) };
  }

  #deferring(target: Target, now: number): string[] {
    this.#sql.exec('DELETE FROM deferring WHERE until < ?', now);
    const agents = this.#sql.exec<{ agent: string }>('SELECT agent FROM deferring').toArray();
    const only = onlyAgent(target);
    return agents.map(({ agent }) => agent).filter((agent) => only === null || agent === only);
  }

  /** The receipt has settled: whose order it was is forgotten. */
  settled({ id, epoch }: Receipt): void {
    this.#orders.delete(id);
    this.#calledOff.delete(epoch);
  }

  /** The receipts that an act already stands on. */
  receiptsOf(act: OperatorAct): string[] {
    return this.#sql
      .exec<{ receipt: string }>('SELECT receipt FROM operated WHERE call = ?', act.call)
      .toArray()
      .map(({ receipt }) => receipt);
  }

  standsOn(act: OperatorAct, receipt: string): void {
    this.#sql.exec(
      'INSERT INTO operated (call, receipt) VALUES (?, ?) ON CONFLICT DO NOTHING',
      act.call,
      receipt,
    );
  }
}

/** Stops in force that cover what an act was about. Pure. */
export function stopsOver(stops: readonly Stop[], covered: readonly Coverage[]): Stop[] {
  return stops.filter(({ target }) => covered.some((call) => covers(target, call)));
}

/** A receipt's acts with this one, the newest word on it winning; the oldest go when there is no room. Pure. */
export function withAct(
  { operators, more }: Pick<Receipt, 'operators' | 'more'>,
  act: OperatorAct,
): Pick<Receipt, 'operators' | 'more'> {
  const others = operators.filter(({ call }) => call !== act.call);
  const all = [...others, act].sort((a, b) => (a.call < b.call ? -1 : 1));
  const gone = Math.max(0, all.length - LISTED_MAX);
  return { operators: all.slice(gone), more: { ...more, operators: more.operators + gone } };
}
