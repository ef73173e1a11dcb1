import type { Governance } from '../../shared/governance.ts';
import type { WaitingGovernance } from '../../shared/rpc.ts';
import { stillWaits } from './policy-set.ts';
import { SetStore } from './set-store.ts';

/** The policy set in force, all before it, and the one that waits for a second person. Changes join their caller's transaction. */
export class PolicySets {
  readonly #sql: SqlStorage;
  readonly #store: SetStore;
  #current: Governance | null;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#store = new SetStore(sql);
    this.#current = this.#read('SELECT body FROM governance ORDER BY n DESC LIMIT 1');
  }

  /** Null: none was ever applied. The same object until another one is adopted. */
  get current(): Governance | null {
    return this.#current;
  }

  /** Puts a set in force, and withdraws whatever waits. */
  adopt(set: Governance, by: string, approvedBy: string | null, now: number): void {
    this.#sql.exec(
      'INSERT INTO governance (version, by, approved_by, at, body) VALUES (?, ?, ?, ?, ?)',
      set.version,
      by,
      approvedBy,
      new Date(now).toISOString(),
      this.#store.put(set),
    );
    this.withdraw();
    this.#current = set;
  }

  wait(set: Governance, waiting: WaitingGovernance): void {
    this.withdraw();
    this.#sql.exec(
      'INSERT INTO governance_waiting (one, shown, body) VALUES (1, ?, ?)',
      JSON.stringify(waiting),
      this.#store.put(set),
    );
  }

  withdraw(): void {
    this.#sql.exec('DELETE FROM governance_waiting');
  }

  /** What waits, expired or not. */
  get waiting(): WaitingGovernance | null {
    const row = this.#sql.exec<{ shown: string }>('SELECT shown FROM governance_waiting').toArray()[0];
    return row ? (JSON.parse(row.shown) as WaitingGovernance) : null;
  }

  /** What waits and may still be approved. */
  shown(now: number): WaitingGovernance | null {
    const { waiting } = this;
    return waiting && stillWaits(waiting, now) ? waiting : null;
  }

  /** The set that waits. */
  get body(): Governance | null {
    return this.#read('SELECT body FROM governance_waiting');
  }

  #read(query: string): Governance | null {
    const row = this.#sql.exec<{ body: string }>(query).toArray()[0];
    return row ? this.#store.get(row.body) : null;
  }
}
