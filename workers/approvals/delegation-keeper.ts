import { Alarm } from '../../shared/alarm.ts';
import type { Directory } from '../../shared/directory.ts';
import { newId } from '../../shared/ids.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { Person } from '../../shared/people.ts';
import { released } from '../../shared/released.ts';
import type { Delegation, LedgerIntake, Result } from '../../shared/rpc.ts';
import { noDelegation } from './delegation-desk.ts';
import {
  delegationEntry,
  Delegations,
  mayEnd,
  ruleOnDelegation,
  type DelegationInput,
} from './delegations.ts';

const SHIP_AGAIN_MS = 5_000;

/** Who decides for whom: wiring around delegations.ts. Each change is stored together with its journal entry. */
export class DelegationKeeper {
  readonly #storage: DurableObjectStorage;
  readonly #ledger: LedgerIntake;
  readonly #store: Delegations;
  readonly #journal: Journal;
  readonly #alarm: Alarm;

  /** The migrations must have run. */
  constructor(storage: DurableObjectStorage, ledger: LedgerIntake) {
    this.#storage = storage;
    this.#ledger = ledger;
    this.#store = new Delegations(storage.sql);
    this.#journal = new Journal('delegations', storage.sql);
    this.#alarm = new Alarm(storage);
  }

  async load(): Promise<void> {
    await this.#alarm.load();
    this.#arm();
  }

  list(): Delegation[] {
    return this.#store.list();
  }

  to(email: string, now: number): Delegation[] {
    return this.#store.to(email.toLowerCase(), now);
  }

  make(person: Person, input: DelegationInput, directory: Directory): Result<Delegation> {
    const now = Date.now();
    const ruling = ruleOnDelegation(input, person, directory, this.#store.by(person.email), now);
    if (!ruling.ok) return ruling;
    const delegation = released({ id: newId('deleg', now), ...ruling.lent, endedAt: null });
    this.#write('delegation.made', delegation, person, () => this.#store.add(delegation));
    return { ok: true, value: delegation };
  }

  /** A second word changes nothing. */
  end(person: Person, id: string, directory: Directory): Result<Delegation> {
    const delegation = this.#store.get(id);
    if (!delegation) return noDelegation;
    if (!mayEnd(delegation, person, directory)) return notYours;
    if (delegation.endedAt !== null) return { ok: true, value: delegation };
    let ended = delegation;
    this.#write('delegation.ended', delegation, person, () => {
      ended = this.#store.end(delegation, Date.now());
    });
    return { ok: true, value: ended };
  }

  async alarm(): Promise<void> {
    this.#alarm.fired();
    await this.#journal.ship(this.#ledger);
    this.#arm();
  }

  #arm(): void {
    if (this.#journal.unshipped > 0) this.#alarm.by(Date.now() + SHIP_AGAIN_MS);
  }

  #write(kind: string, delegation: Delegation, person: Person, store: () => void): void {
    try {
      this.#storage.transactionSync(() => {
        store();
        this.#journal.append(kind, delegationEntry(delegation, person), Date.now());
      });
    } catch (error) {
      this.#journal.reload();
      throw error;
    }
    this.#alarm.by(Date.now());
  }
}

const notYours = {
  ok: false,
  problem: { code: 'forbidden', detail: 'Only the two whom it is about, and owners, end it.' },
} as const satisfies Result<never>;
