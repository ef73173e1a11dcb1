import type { Governance } from '../../shared/governance.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Journal } from '../../shared/journal-store.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type { Applied, Result, WaitingGovernance } from '../../shared/rpc.ts';
import type { Answers } from './answers.ts';
import { ruleOnApply, ruleOnApproval, stillWaits } from './policy-set.ts';
import type { PolicySets } from './policy-sets.ts';

/** What governing needs of the authority. */
export interface Authority {
  epoch(): number;
  /** Records a change under the next epoch, and has every guard told. */
  change(record: (epoch: number) => void): Promise<void>;
  /** Records what changes nothing in force. */
  record(work: (now: number) => void): void;
  alarmBy(at: number): void;
  /** Another set is in force: it may have other switches. */
  governed(): void;
  settle(): Promise<void>;
}

/** Which policy set is in force, and how people change that. The rules are pure (`policy-set.ts`); this records what they say. */
export class Governing {
  readonly #sets: PolicySets;
  readonly #journal: Journal;
  readonly #answers: Answers;
  readonly #at: Authority;

  constructor(sets: PolicySets, journal: Journal, answers: Answers, authority: Authority) {
    this.#sets = sets;
    this.#journal = journal;
    this.#answers = answers;
    this.#at = authority;
  }

  /**
   * Takes a policy set: in force from the next epoch on if it is surely no wider, else once a second person approves it.
   * Whatever waited before is withdrawn. Applying the one in force changes nothing else.
   */
  async apply(governance: Governance, person: Person, request: string): Promise<Result<Applied>> {
    const now = Date.now();
    const set = released(governance);
    return this.#answers.once(request, ['apply', person.email, set.version], now, async () => {
      const before = this.#sets.waiting;
      const ruling = ruleOnApply(set, person.email, this.#sets.current, before, now);
      switch (ruling.kind) {
        case 'in-force':
          if (before) this.#at.record((at) => this.#withdraw(before, 'governance.withdrawn', person, at));
          return this.#applied(set.version, false, null);
        case 'waits-already':
          return this.#applied(set.version, false, before);
        case 'waits':
          this.#waitForApproval(set, ruling.waiting, person);
          return this.#applied(set.version, false, ruling.waiting);
        case 'adopted':
          await this.#adopt(set, person, null, ruling.first ? { first: true } : {});
          return this.#applied(set.version, true, null);
      }
    });
  }

  /** A second person puts the waiting set in force. */
  async approve(version: string, reason: string, person: Person, request: string): Promise<Result<Applied>> {
    const now = Date.now();
    return this.#answers.once(request, ['approve', person.email, version, reason], now, async () => {
      const { waiting, body } = this.#sets;
      const ruling = ruleOnApproval(version, person.email, waiting, now);
      if (ruling.kind === 'own') return { ok: false, problem: ownSet };
      if (ruling.kind === 'not-waiting' || !waiting || !body)
        return { ok: false, problem: noneWaits(version) };
      await this.#adopt(body, person, waiting, { reason, widens: waiting.widens });
      return this.#applied(version, true, null);
    });
  }

  #applied(version: string, changed: boolean, waits: WaitingGovernance | null): Result<Applied> {
    return { ok: true, value: { version, epoch: this.#at.epoch(), changed, waits } };
  }

  async #adopt(
    set: Governance,
    person: Person,
    approved: WaitingGovernance | null,
    entry: EntryData,
  ): Promise<void> {
    const author = approved?.by ?? person.email;
    await this.#at.change((epoch) => {
      const now = Date.now();
      const { waiting } = this.#sets;
      if (waiting && !approved) this.#withdraw(waiting, 'governance.withdrawn', person, now);
      this.#sets.adopt(set, author, approved ? person.email : null, now);
      this.#at.governed();
      const { version } = set;
      this.#journal.append('governance.applied', { ...acted(person), author, version, ...entry, epoch }, now);
    });
    // What is new has switches of its own, and those may be off.
    await this.#at.settle();
  }

  #waitForApproval(set: Governance, waiting: WaitingGovernance, person: Person): void {
    this.#at.record((now) => {
      const before = this.#sets.waiting;
      if (before) this.#withdraw(before, 'governance.withdrawn', person, now);
      this.#sets.wait(set, waiting);
      const { version, widens, until } = waiting;
      this.#journal.append('governance.waiting', { ...acted(person), version, widens, until }, now);
    });
    this.armExpiry();
  }

  #withdraw(
    { version, by }: WaitingGovernance,
    kind: 'governance.withdrawn' | 'governance.expired',
    person: Person | null,
    now: number,
  ): void {
    this.#sets.withdraw();
    this.#journal.append(kind, { ...(person && acted(person)), author: by, version }, now);
  }

  /** The alarm rings when what waits expires. */
  armExpiry(): void {
    const { waiting } = this.#sets;
    if (waiting) this.#at.alarmBy(Date.parse(waiting.until));
  }

  /** Withdraws what has waited for too long. */
  expire(now: number): void {
    const { waiting } = this.#sets;
    if (!waiting || stillWaits(waiting, now)) return;
    this.#at.record((at) => this.#withdraw(waiting, 'governance.expired', null, at));
  }
}

const ownSet: Problem = {
  code: 'forbidden',
  detail: 'You applied this policy set, so another person must approve what it widens.',
};

function noneWaits(version: string): Problem {
  return {
    code: 'not-found',
    detail: `No policy set ${version} waits for approval: it expired, or another was applied.`,
  };
}

/** Who did it, as every entry says it. */
export function acted(person: Person): { person: string; credential: string } {
  return { person: person.email, credential: person.credential };
}
