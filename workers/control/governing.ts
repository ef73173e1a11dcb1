import type { Governance } from '../../shared/governance.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Journal } from '../../shared/journal-store.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type { Applied, Result, WaitingGovernance } from '../../shared/rpc.ts';
import type { Answers } from './answers.ts';
import {
  doorProblem,
  ruleOnApply,
  ruleOnApproval,
  stillWaits,
  type Asked,
  type Standing,
} from './policy-set.ts';
import type { Adoption, PolicySets } from './policy-sets.ts';
import { checkWith, type Checking } from './set-check.ts';

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

/** What comes with a set: the version in force that its author saw (null: none was), and why. Not said: undefined, null. */
export type ApplyTerms = Pick<Asked, 'over' | 'reason'>;

/** Which policy set is in force, and how people change that. The rules are pure (`policy-set.ts`); this records what they say. */
export class Governing {
  readonly #sets: PolicySets;
  readonly #journal: Journal;
  readonly #answers: Answers;
  readonly #at: Authority;
  readonly #cedar: Checking;

  constructor(sets: PolicySets, journal: Journal, answers: Answers, authority: Authority, cedar: Checking) {
    this.#cedar = cedar;
    this.#sets = sets;
    this.#journal = journal;
    this.#answers = answers;
    this.#at = authority;
  }

  /** Who asks for, or approves, nothing of governance under the rights in force is told so before anything is read. */
  door(person: Person, side: 'by' | 'approve'): Problem | null {
    return doorProblem(person, this.#sets.current, side) ?? null;
  }

  /**
   * Takes a policy set: in force from the next epoch on if it is surely no wider, else once a second person approves it.
   * Whatever waited before is withdrawn. Applying the one in force changes nothing else.
   */
  async apply(
    governance: Governance,
    terms: ApplyTerms,
    person: Person,
    request: string,
  ): Promise<Result<Applied>> {
    const set = released(governance);
    const what = ['apply', person.email, set.version, terms];
    return this.#answers.once(request, what, Date.now(), async () =>
      this.#putInForce({ set, who: person, origin: 'applied', ...terms }, person),
    );
  }

  /** Puts an earlier set in force again, by the rules for a new one. */
  async rollback(version: string, reason: string, person: Person, request: string): Promise<Result<Applied>> {
    return this.#answers.once(request, ['rollback', person.email, version, reason], Date.now(), async () => {
      const stored = this.#sets.stored(version);
      if (!stored) return { ok: false, problem: neverInForce(version) };
      const asked = { set: stored.set, who: person, origin: 'rolled-back', reason, over: undefined } as const;
      return this.#putInForce(asked, person);
    });
  }

  /** After the check nothing awaits until what was ruled is recorded. */
  async #putInForce(asked: Asked, person: Person): Promise<Result<Applied>> {
    const early = ruleOnApply(asked, this.#standing());
    if (early.kind === 'refused') return { ok: false, problem: early.problem };
    const fault = early.kind === 'in-force' ? null : await checkWith(this.#cedar, asked.set);
    if (fault) return { ok: false, problem: fault };
    const { set } = asked;
    const before = this.#sets.waiting;
    const ruling = ruleOnApply(asked, this.#standing());
    switch (ruling.kind) {
      case 'refused':
        return { ok: false, problem: ruling.problem };
      case 'in-force':
        if (before) this.#at.record((at) => this.#withdraw(before, 'governance.withdrawn', person, at));
        return this.#applied(set.version, person, { withdrew: before });
      case 'waits-already':
        return this.#applied(set.version, person, { waits: before });
      case 'waits':
        this.#waitForApproval(set, ruling.waiting, person);
        return this.#applied(set.version, person, { waits: ruling.waiting, withdrew: before });
      case 'adopted':
        await this.#adopt(
          set,
          person,
          { by: person.email, reason: asked.reason ?? '', origin: asked.origin, widens: [], approval: null },
          ruling.first ? { first: true } : {},
        );
        return this.#applied(set.version, person, { changed: true, withdrew: before });
    }
  }

  #standing(): Standing {
    const { current, record, waiting, numbers } = this.#sets;
    return { current, record, waiting, numbers, now: Date.now() };
  }

  /** A second person puts the waiting set in force. It is checked again: contracts may have changed while it waited. */
  async approve(version: string, reason: string, person: Person, request: string): Promise<Result<Applied>> {
    return this.#answers.once(request, ['approve', person.email, version, reason], Date.now(), async () => {
      const asked = this.#approval(version, person);
      if (!asked.ok) return asked;
      const fault = await checkWith(this.#cedar, asked.value.body);
      if (fault) return { ok: false, problem: fault };
      // Another may have been applied meanwhile.
      const still = this.#approval(version, person);
      if (!still.ok) return still;
      const { waiting, body } = still.value;
      const { by, origin, widens } = waiting;
      const approval = { by: person.email, reason };
      await this.#adopt(
        body,
        person,
        { by, reason: waiting.reason, origin, widens, approval },
        { reason, authorReason: waiting.reason, widens },
      );
      return this.#applied(version, person, { changed: true });
    });
  }

  #approval(version: string, person: Person): Result<{ waiting: WaitingGovernance; body: Governance }> {
    const { current, waiting, body } = this.#sets;
    const ruling = ruleOnApproval(version, person, { current, waiting, body, now: Date.now() });
    if (ruling.kind === 'refused') return { ok: false, problem: ruling.problem };
    if (ruling.kind === 'not-waiting' || !waiting || !body) return { ok: false, problem: noneWaits(version) };
    return { ok: true, value: { waiting, body } };
  }

  /** `withdrew`: whatever waited before, if this put an end to it. */
  #applied(
    version: string,
    { email }: Person,
    came: { changed?: true; waits?: WaitingGovernance | null; withdrew?: WaitingGovernance | null },
  ): Result<Applied> {
    const { changed = false, waits = null, withdrew: gone = null } = came;
    const withdrew = gone && { version: gone.version, by: gone.by };
    return { ok: true, value: { version, epoch: this.#at.epoch(), changed, waits, by: email, withdrew } };
  }

  async #adopt(set: Governance, person: Person, adoption: Adoption, entry: EntryData): Promise<void> {
    const { by: author, reason, origin, approval } = adoption;
    await this.#at.change((epoch) => {
      const now = Date.now();
      const { waiting } = this.#sets;
      if (waiting && !approval) this.#withdraw(waiting, 'governance.withdrawn', person, now);
      this.#sets.adopt(set, adoption, now);
      this.#at.governed();
      const { version } = set;
      const told = { ...acted(person), author, version, origin, reason, ...entry, epoch };
      this.#journal.append('governance.applied', told, now);
    });
    // What is new has switches of its own, and those may be off.
    await this.#at.settle();
  }

  #waitForApproval(set: Governance, waiting: WaitingGovernance, person: Person): void {
    this.#at.record((now) => {
      const before = this.#sets.waiting;
      if (before) this.#withdraw(before, 'governance.withdrawn', person, now);
      this.#sets.wait(set, waiting);
      const { version, widens, until, reason, origin } = waiting;
      const told = { ...acted(person), version, widens, until, reason, origin };
      this.#journal.append('governance.waiting', told, now);
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

function neverInForce(version: string): Problem {
  return {
    code: 'not-found',
    detail: `No policy set ${version} was ever in force here. GET /ops/v1/governance lists those that were.`,
  };
}

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
