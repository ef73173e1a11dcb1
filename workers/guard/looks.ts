import { imageText } from '../../shared/image.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import type { Person } from '../../shared/people.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Look } from '../../shared/taking-back.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Column } from './column.ts';
import { lookOf, type Sight } from './conflicts.ts';
import { image } from './dispatch.ts';
import type { Effects } from './effect-rows.ts';
import { planText } from './effects.ts';
import type { Env } from './env.ts';
import { laneDispatch, laneLease, type LaneAsked } from './lane-tokens.ts';
import { laneProblems, whyNot } from './lane-problems.ts';

/** Hex digits of a digest that a person types: 64 bits, keyed, so that it says nothing of what was seen. */
const DIGEST_LENGTH = 16;

/** Looks at vendors in the operators' lane: nothing is written, and what cannot be seen is never taken for unchanged. */
export class Looks {
  readonly #agent: string;
  readonly #env: Env;
  readonly #column: Column;
  readonly #effects: Effects;

  constructor(agent: string, env: Env, column: Column, effects: Effects) {
    this.#agent = agent;
    this.#env = env;
    this.#column = column;
    this.#effects = effects;
  }

  /** What the vendor holds now of what a call changed, for a person who was checked. */
  async of(person: Person, call: string): Promise<rpc.Result<Look>> {
    const effect = this.#effects.get(call);
    const plan = effect?.undo ? (JSON.parse(effect.undo) as UndoPlan) : undefined;
    const action = plan && catalogue.get(plan.action);
    if (!effect || !plan || !action) return { ok: false, problem: whyNot('undo', call, { kind: 'nothing' }) };
    const inputText = planText(plan, action);
    if (inputText === undefined) return { ok: false, problem: laneProblems.changedSince };
    const { workflow } = effect;
    const sight = await this.at(call, { action, inputText, workflow, person: person.email });
    const look = lookOf(call, plan, action, sight);
    const { tool, name } = action;
    const looked = { agent: this.#agent, tool, action: name, call, person: person.email, state: look.state };
    this.#column.book.note('lane.looked', { ...looked, credential: person.credential, lane: 'operators' });
    return { ok: true, value: look };
  }

  /** What the vendor holds of what this action would change. `call`: what the look is about; its digest speaks of that only. */
  async at(call: string, asked: LaneAsked): Promise<Sight> {
    const now = Date.now();
    await this.#column.leases.ready(now);
    const leased = laneLease(this.#column, 0, now);
    if (!leased.ok) return unseen('There was no live lease to look under.');
    const dispatch = laneDispatch(this.#column, 'image', call, asked, leased.value, now);
    const seen = await image(this.#env, this.#column.leases.tokens, dispatch);
    if (seen?.kind !== 'image')
      return unseen(`The tool could not tell what the vendor holds${reasonOf(seen)}.`);
    const named = this.#column.book.keyed(`seen\n${call}`)(imageText(seen.image));
    return { ok: true, image: seen.image, digest: named.slice(0, DIGEST_LENGTH) };
  }
}

function reasonOf(seen: { kind: string; reason?: string } | null): string {
  return seen?.reason === undefined ? '' : `: ${seen.reason}`;
}

function unseen(detail: string): Sight {
  return { ok: false, detail };
}
