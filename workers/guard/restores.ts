import type { Restorable } from '../../shared/artefacts.ts';
import { canonical } from '../../shared/canonical.ts';
import type { KnownAction } from '../../shared/contract.ts';
import { conflictsOf, type Image } from '../../shared/image.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import type * as rpc from '../../shared/rpc.ts';
import { catalogue } from '../tools/catalogue.ts';
import { contentIn } from './artefact-of.ts';
import type { ArtefactWords } from './artefact-words.ts';
import type { Column } from './column.ts';
import { maskedConflicts, type Sight } from './conflicts.ts';
import { planText } from './effects.ts';
import { changedSince, type Ground } from './ground.ts';
import type { Inverses } from './inverse.ts';
import { laneProblems } from './lane-problems.ts';
import type { Looks } from './looks.ts';
import type { Operators } from './operators.ts';

/** What a person wants written back, with what the keeper of the versions knows of it. */
export interface RestoreAsk {
  person: Person;
  reason: string;
  /** Over exactly what was found there. */
  force?: string | undefined;
  tool: string;
  record: string;
  restorable: Restorable;
}

/** One way to write it back: the action, and the exact text of its input. */
interface Way {
  action: KnownAction;
  inputText: string;
}

type Artefact = NonNullable<KnownAction['artefact']>;

/** Writes former versions of artefacts back, in the operators' lane and by the same comparison as an undo. */
export class Restores {
  readonly #agent: string;
  readonly #column: Column;
  readonly #looks: Looks;
  readonly #operators: Operators;
  readonly #words: ArtefactWords;
  readonly #inverses: Inverses;

  constructor(
    agent: string,
    column: Column,
    looks: Looks,
    operators: Operators,
    words: ArtefactWords,
    inverses: Inverses,
  ) {
    this.#agent = agent;
    this.#column = column;
    this.#looks = looks;
    this.#operators = operators;
    this.#words = words;
    this.#inverses = inverses;
  }

  /** Tries the contract's ways in their order: the next one only when the vendor's record is of another kind than the one takes. */
  async restore(ask: RestoreAsk): Promise<rpc.Result<rpc.OperatorAct>> {
    const artefact = artefactOf(ask.tool, ask.record);
    const target = JSON.parse(ask.restorable.target) as Image;
    if (!artefact || target === null) return refused(nothingToWrite);
    let last: rpc.Result<rpc.OperatorAct> = refused(laneProblems.changedSince);
    for (const name of artefact.restore) {
      const way = wayOf(name, artefact, ask.restorable, target);
      if (!way) continue;
      last = await this.#try(way, artefact, target, ask);
      if (!last.ok || last.value.why !== 'conflict') return last;
    }
    return last;
  }

  async #try(
    way: Way,
    artefact: Artefact,
    target: Image,
    ask: RestoreAsk,
  ): Promise<rpc.Result<rpc.OperatorAct>> {
    const { person, reason, restorable } = ask;
    const workflow = this.#column.leases.workflow;
    const held = await this.#held(way, ask);
    if (held) return refused(held);
    const sight = await this.#looks.at(restorable.call, { ...way, workflow, person: person.email });
    const ground = this.#groundOf(sight, way.action, artefact, target, ask);
    if (!ground.ok) return ground;
    const order = { kind: 'restore', of: restorable.call, reason, person } as const;
    const about = { action: way.action.name, workflow };
    return this.#operators.run(
      order,
      { ...way, about, wanted: target, only: artefact.content },
      ground.value,
    );
  }

  /**
   * What keeps one person from writing this version this way; null: nothing. What the way's policies let through once may be
   * written back. Anything else, such as a draft over what is on the site, needs what it needs of an agent: a restore is no way
   * past approvals.
   */
  async #held(way: Way, { person, restorable }: RestoreAsk): Promise<Problem | null> {
    if (restorable.letThrough.some((name) => asStrict(name, way.action))) return null;
    const { needs } = await this.#inverses.needs(person, restorable.call, way);
    return needs === 0 ? null : neverThrough(way.action, needs);
  }

  /** Only over our newest version, or over exactly what the person has seen. */
  #groundOf(
    sight: Sight,
    action: KnownAction,
    artefact: Artefact,
    target: Image,
    { restorable, record, tool, force }: RestoreAsk,
  ): rpc.Result<Ground> {
    const held = sight.ok ? contentIn(sight.image, artefact) : undefined;
    if (!sight.ok || held === undefined)
      return refused({
        code: 'conflict',
        detail: `Nothing was written. ${sight.ok ? notAll : sight.detail}`,
      });
    if (conflictsOf(target, held).length === 0) return refused(heldAlready);
    const conflicts = conflictsOf(JSON.parse(restorable.newest) as Image, held);
    if (conflicts.length === 0) return { ok: true, value: { expected: sight.image, overridden: null } };
    this.#saw(tool, record, restorable, held, sight.digest);
    const overridden = maskedConflicts(conflicts, action);
    if (force === sight.digest) return { ok: true, value: { expected: sight.image, overridden } };
    const { call } = restorable;
    const look = {
      call,
      state: 'changed',
      conflicts: overridden,
      found: sight.digest,
      detail: null,
    } as const;
    return refused(changedSince(look));
  }

  /** What was changed past the gate becomes a version, so that a person can compare it before overwriting it. */
  #saw(tool: string, record: string, { raw, call, agent }: Restorable, held: Image, digest: string): void {
    const at = Date.now();
    const key = `${call}:${digest}`;
    const word = { key, record, id: String(JSON.parse(raw)), raw, at, agent, person: null, call };
    const seen = {
      ...word,
      action: null,
      before: canonical(held),
      after: null,
      keepUntil: at + this.#column.keepMs(),
    };
    const noted = { agent: this.#agent, tool, artefact: { record, id: word.id } };
    this.#column.book.note('artefact.changed', noted, () => this.#words.put(tool, seen));
  }
}

function artefactOf(tool: string, record: string): Artefact | undefined {
  return [...catalogue.values()].find((action) => action.tool === tool && action.about?.record === record)
    ?.artefact;
}

function wayOf(name: string, { id }: Artefact, { raw }: Restorable, target: Image): Way | undefined {
  const action = catalogue.get(name);
  const input = { [id]: JSON.parse(raw) as unknown, ...target };
  const inputText = action && planText({ action: name, input }, action);
  return action && inputText !== undefined ? { action, inputText } : undefined;
}

/** Whether what `name` let through met every policy on groups that `action` would meet: people are asked for by group. */
function asStrict(name: string, action: KnownAction): boolean {
  const groups = catalogue.get(name)?.groups;
  return name === action.name || (groups !== undefined && action.groups.every((one) => groups.includes(one)));
}

function neverThrough({ name }: KnownAction, needs: 1 | 2): Problem {
  const people = needs === 1 ? 'a person' : 'two people';
  return {
    code: 'forbidden',
    detail: `Nothing was written: ${name} takes ${people} to approve it, and this version was never let through. Have an agent ask for it.`,
  };
}

const notAll = 'The tool does not tell all of what the vendor holds, so it cannot be compared.';
const heldAlready: Problem = { code: 'conflict', detail: 'The vendor holds exactly this version already.' };
const nothingToWrite: Problem = {
  code: 'conflict',
  detail: 'In this version there was no such record, so there is nothing to write back.',
};

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
