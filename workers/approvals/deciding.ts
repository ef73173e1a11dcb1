import { maskText } from '../../shared/mask.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Person } from '../../shared/people.ts';
import { within } from '../../shared/within.ts';
import { released } from '../../shared/released.ts';
import type { Amended, Approval, Covering, DecidedOne, Edit, ReasonCode, Result } from '../../shared/rpc.ts';
import { knownOf, stopsOf } from './asking.ts';
import { decide, mayLook, type Decided, type Decision, type Refusal } from './decide.ts';
import type { Known } from './eligible.ts';
import type { Env } from './env.ts';
import type { HeldValue } from './opened.ts';
import { cannotTell, notFound, problemOf } from './problems.ts';
import type { Records } from './records.ts';
import { revise } from './revise.ts';

/** The guard runs the column over an edit, and may look a preview up at its vendor. */
const GUARD_MS = 15_000;

/** What somebody says by hand, besides who they are. */
export type Said = Pick<Decision, 'decision' | 'reason' | 'note' | 'digest'>;

/** What somebody edits, besides who they are. */
export type SaidEdit = { edits: Edit[]; reason: ReasonCode; note: string; digest: string };

/** What somebody wants to see, besides who they are. */
export type SaidReveal = { pointer: string; reason: string; digest: string };

/** How people decide by hand: what has to be asked first is asked, and what follows is one step. */
export class Deciding {
  readonly #env: Env;
  readonly #records: Records;
  /** What time did meanwhile is written down first. */
  readonly #pass: () => void;

  constructor(env: Env, records: Records, pass: () => void) {
    this.#env = env;
    this.#records = records;
    this.#pass = pass;
  }

  /** One decision. */
  async decide(person: Person, id: string, said: Said): Promise<Result<Approval>> {
    const [one] = await this.decideAll(person, [{ id, said }]);
    return one?.outcome ?? notFound;
  }

  /** Several, each by itself and in their order; what is known of people and stops is asked once for all. */
  async decideAll(person: Person, all: readonly { id: string; said: Said }[]): Promise<DecidedOne[]> {
    const [known, stops] = await Promise.all([
      knownOf(this.#env, person.email, Date.now()),
      this.#stopsOfAll(all.filter(({ said }) => said.decision === 'approve').map(({ id }) => id)),
    ]);
    return all.map(({ id, said }) => ({ id, outcome: this.#decideNow(person, id, said, known, stops) }));
  }

  /** What stops each kind of call among them, asked once for each. */
  async #stopsOfAll(ids: readonly string[]): Promise<Map<string, Covering | null>> {
    const approvals = ids.flatMap((id) => this.#records.approvals.get(id) ?? []);
    const kinds = [...new Map(approvals.map((approval) => [kindOf(approval), approval]))];
    return new Map(
      await Promise.all(kinds.map(async ([kind, one]) => [kind, await stopsOf(this.#env, one)] as const)),
    );
  }

  #decideNow(
    person: Person,
    id: string,
    said: Said,
    known: Known | null,
    stopsBy: ReadonlyMap<string, Covering | null>,
  ): Result<Approval> {
    // Others may have decided while control was asked.
    this.#pass();
    const approval = this.#records.approvals.get(id);
    if (!approval) return notFound;
    const stops = said.decision === 'approve' ? (stopsBy.get(kindOf(approval)) ?? 'unknown') : null;
    if (known === null || stops === 'unknown') return cannotTell;
    const decision = { ...said, ...person, note: maskText(said.note), preapproval: null };
    const decided = decide(approval, decision, known, stops, Date.now());
    return this.#settle(approval, decided, person, decision);
  }

  #settle(
    before: Approval,
    decided: Decided,
    person: Person,
    { decision, reason, note }: Said,
  ): Result<Approval> {
    const act = { ...actor(person), decision, reason, note };
    if (!decided.ok) return this.#refused(before, decided.refusal, act);
    this.#records.commit(before, decided.approval, {
      entries: [decisionEntry(decided.approval, person)],
      counted: [{ did: decision === 'approve' ? 'approved' : 'rejected', reason, differences: [] }],
    });
    return { ok: true, value: decided.approval };
  }

  #refused(
    approval: Approval,
    refusal: Refusal,
    act: EntryData,
  ): { ok: false; problem: ReturnType<typeof problemOf> } {
    this.#records.note(approval, 'approval.refused', { ...act, why: refusal.why });
    return { ok: false, problem: problemOf(refusal) };
  }

  /**
   * An edit: the guard runs the column over it first, and what it refuses changes nothing. What it would run then is the next
   * revision of the request, which waits for others or is approved by this person.
   */
  async modify(person: Person, id: string, said: SaidEdit): Promise<Result<Approval>> {
    const editing = { ...person, ...said };
    const act = { ...actor(person), decision: 'modify', reason: said.reason, note: maskText(said.note) };
    const first = await this.#mayLook(person, id, said.digest, act);
    if (!first.ok) return first;
    const { agent, call, digest } = first.value;
    const amended = await this.#amend(agent, call, digest, said.edits, person.email);
    if (!amended.ok) return amended;
    if (amended.value.request.digest === digest) return changesNothing;
    // After the edit ran through the column: people may have been stopped, lent and made members meanwhile.
    const [known, stops] = await Promise.all([
      knownOf(this.#env, person.email, Date.now()),
      stopsOf(this.#env, first.value),
    ]);
    this.#pass();
    const before = this.#records.approvals.get(id);
    if (!before) return notFound;
    if (!known || !stops) return cannotTell;
    const revised = revise(before, editing, amended.value, known, stops, Date.now());
    return revised.ok
      ? this.#revised(before, revised.approval, person)
      : this.#refused(before, revised.refusal, act);
  }

  #revised(before: Approval, after: Approval, person: Person): Result<Approval> {
    const { edited, revision, needs, status } = after;
    if (!edited) throw new Error('a revision without its edit');
    const { by: _, at: __, differences, ...edit } = edited;
    // A name in a pointer may be data.
    const places = differences.map(({ pointer }) => maskText(pointer));
    const approved = status === 'approved' ? [decisionEntry(after, person)] : [];
    this.#records.commit(before, after, {
      entries: [['approval.modified', { ...actor(person), ...edit, revision, needs, places }], ...approved],
      counted: [{ did: 'edited', reason: edited.reason, differences }],
    });
    return { ok: true, value: after };
  }

  async #amend(
    agent: string,
    call: string,
    digest: string,
    edits: Edit[],
    by: string,
  ): Promise<Result<Amended>> {
    const asked = this.#env.RESUMPTION.amend(agent, call, digest, edits, by);
    // No answer: the guard may hold a revision that nobody approves, which never runs.
    return within(GUARD_MS, asked).then(released, () => guardAway);
  }

  /** One value of the input, unmasked, as the guard holds it. It is journaled that it was asked for, and to whom it goes, before it is. */
  async reveal(
    person: Person,
    id: string,
    { pointer, reason, digest }: SaidReveal,
  ): Promise<Result<HeldValue>> {
    const why = maskText(reason);
    const act = { ...actor(person), pointer: maskText(pointer), reason: why };
    const may = await this.#mayLook(person, id, digest, act);
    if (!may.ok) return may;
    // Nothing leaves this object before what it wrote is durable.
    this.#records.note(may.value, 'approval.revealed', act);
    const { agent, call } = may.value;
    const { email: by, credential } = person;
    const asked = this.#env.RESUMPTION.reveal(agent, call, digest, pointer, { by, credential, reason: why });
    const held = await within(GUARD_MS, asked).then(released, () => guardAway);
    return held.ok ? { ok: true, value: { ...held.value, agent, call } } : held;
  }

  /** The request, if this person may edit it or look at what is masked in it. */
  async #mayLook(person: Person, id: string, digest: string, act: EntryData): Promise<Result<Approval>> {
    const known = await knownOf(this.#env, person.email, Date.now());
    this.#pass();
    const approval = this.#records.approvals.get(id);
    if (!approval) return notFound;
    if (!known) return cannotTell;
    const may = mayLook(approval, person, digest, known, Date.now());
    return may.ok ? { ok: true, value: approval } : this.#refused(approval, may.refusal, act);
  }
}

/** What the entry of the last decision says: who, in which role, by which credential, for whom, and what came of it. */
export function decisionEntry(
  { decisions, status, digest }: Approval,
  person: Pick<Person, 'email' | 'roles' | 'credential'>,
): [kind: string, data: EntryData] {
  const last = decisions.at(-1);
  if (!last) throw new Error('an entry of a decision that was not given');
  const { decision, reason, note, onBehalfOf, preapproval } = last;
  const act = { ...actor(person), decision, reason, note, status, digest };
  return [
    'approval.decided',
    { ...act, ...(onBehalfOf !== null && { onBehalfOf }), ...(preapproval !== null && { preapproval }) },
  ];
}

/** Who acted, in which role, by which credential. */
export function actor({
  email,
  roles,
  credential,
}: Pick<Person, 'email' | 'roles' | 'credential'>): EntryData {
  return { person: email, role: roles.includes('approver') ? 'approver' : 'owner', credential };
}

/** Stops are about these: calls that share them are stopped together. */
function kindOf({ agent, workflow, tool, action }: Approval): string {
  return JSON.stringify([agent, workflow, tool, action]);
}

const guardAway = {
  ok: false,
  problem: { code: 'unavailable', detail: 'The guard did not answer; nothing was changed.', retryAfter: 5 },
} as const satisfies Result<never>;

const changesNothing = {
  ok: false,
  problem: { code: 'invalid', detail: 'This edit changes nothing: approve it as it is, or edit something.' },
} as const satisfies Result<never>;
