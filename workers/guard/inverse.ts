/** What an inverse action needs before it may run: policies are asked as if its agent called it. */
import type { KnownAction } from '../../shared/contract.ts';
import type { UndoPlan } from '../../shared/outcome.ts';
import type { Person } from '../../shared/people.ts';
import type { PolicyDecision } from '../../shared/policy.ts';
import type { Inverse } from '../../shared/rollback/step.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Column, Facts } from './column.ts';
import { lookUp } from './dispatch.ts';
import type { Effects } from './effect-rows.ts';
import { planText } from './effects.ts';
import type { Env } from './env.ts';
import { laneDispatch, laneLease } from './lane-tokens.ts';
import type { Looks } from './looks.ts';
import type { Asked, Examined } from './rollback/gather.ts';
import { noOrigins } from '../../shared/origins.ts';
import { foresee } from './steps/policy.ts';

type Needs = Omit<Inverse, 'fields'>;

/** Asks what taking a call back needs. Nothing is written, here or at a vendor. */
export class Inverses {
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

  /** For a person who was checked. Whatever cannot be asked counts as two people. */
  async of(person: Person, call: string, kind: 'undo' | 'cancel'): Promise<Inverse> {
    const text = this.#effects.get(call)?.[kind];
    if (!text) return unknown('nothing is kept to take it back with');
    const plan = JSON.parse(text) as UndoPlan;
    const action = catalogue.get(plan.action);
    const inputText = action && planText(plan, action);
    if (!action || inputText === undefined) return unknown('its contract has changed since');
    return { ...(await this.needs(person, call, { action, inputText })), fields: fieldsOf(plan) };
  }

  /** What it takes to have this run, about a call of the agent. Whatever cannot be asked counts as two people. */
  async needs(
    person: Person,
    call: string,
    { action, inputText }: { action: KnownAction; inputText: string },
  ): Promise<Needs> {
    await this.#column.leases.ready(Date.now());
    const facts = await this.#facts(person, call, action, inputText);
    if (!facts) return { needs: 2, policies: [], why: 'the facts that policies need could not be read' };
    return this.#ask(action, JSON.parse(inputText) as Record<string, unknown>, facts);
  }

  async #facts(person: Person, call: string, action: KnownAction, inputText: string): Promise<Facts | null> {
    if (!action.facts) return {};
    const now = Date.now();
    const leased = laneLease(this.#column, 0, now);
    if (!leased.ok) return null;
    const { workflow = null } = this.#effects.get(call) ?? {};
    const asked = { action, inputText, workflow, person: person.email };
    const dispatch = laneDispatch(this.#column, 'facts', call, asked, leased.value, now);
    return lookUp(this.#env, this.#column.leases.tokens, dispatch);
  }

  /** From the lease to the answer nothing awaits. */
  #ask(action: KnownAction, input: Record<string, unknown>, facts: Facts): Needs {
    const leased = this.#column.lease();
    if (!leased.ok) return { needs: 2, policies: [], why: denied['no-manifest'] };
    const { governance } = leased.value;
    // A person says why, and is not less sure of it than 70 %: what policies ask of an agent's own words is answered by that.
    const because = { goal: 'roll back', explanation: 'a person has this call taken back', sources: [] };
    const caller = { agent: this.#agent, user: null, scopes: [] };
    // What it opens goes back to where it came from, by a person's will.
    const asked = {
      caller,
      action,
      mode: 'execute' as const,
      input,
      because,
      confidence: null,
      releases: [],
    };
    const launchWeek = this.#column.leash(governance) !== null;
    // What is written back was read at the vendor by the gate; no agent says where it goes.
    const setting = {
      governance,
      environment: this.#env.ENVIRONMENT,
      launchWeek,
      origins: noOrigins,
      now: Date.now(),
    };
    return needsOf(foresee(asked, facts, setting));
  }
}

/** Tools asked at once in one message: an isolate has six connections. */
const AT_ONCE = 5;

/** What the vendors hold of some calls, and what taking them back needs, in their order. */
export async function examine(
  looks: Looks,
  inverses: Inverses,
  person: Person,
  calls: readonly Asked[],
): Promise<Examined[]> {
  const found: Examined[] = [];
  for (let at = 0; at < calls.length; at += AT_ONCE)
    found.push(
      ...(await Promise.all(
        calls.slice(at, at + AT_ONCE).map(async (asked) => examineOne(looks, inverses, person, asked)),
      )),
    );
  return found;
}

async function examineOne(
  looks: Looks,
  inverses: Inverses,
  person: Person,
  { call, kind }: Asked,
): Promise<Examined> {
  const inverse = await inverses.of(person, call, kind);
  if (kind === 'cancel') return { call, look: null, inverse };
  const look = await looks.of(person, call);
  // No look counts as unseen.
  return { call, look: look.ok ? look.value : null, inverse };
}

/** How many people a decision comes to: one that no approval lifts for the agent takes two for a person. */
export function needsOf(decision: PolicyDecision): Needs {
  switch (decision.kind) {
    case 'allow':
      return { needs: 0, policies: [], why: null };
    case 'approval':
      return { needs: decision.needs, policies: decision.policies, why: null };
    case 'deny':
      return { needs: 2, policies: decision.policies, why: denied[decision.why] };
  }
}

const denied: Record<Extract<PolicyDecision, { kind: 'deny' }>['why'], string> = {
  forbidden: 'policies forbid it to the agent itself',
  'not-permitted': 'it is not granted to the agent itself',
  failed: 'a policy could not be evaluated',
  'no-manifest': 'no manifest in force names the agent',
  'contract-changed': 'its contract is another than the policy set was made for',
};

function unknown(why: string): Inverse {
  return { needs: 2, policies: [], why, fields: ['*'] };
}

/** What the plan writes, as its images have it; without them, or where the record comes or goes: all of it. */
function fieldsOf({ images }: UndoPlan): string[] {
  if (!images || images.before === null || images.after === null) return ['*'];
  return [...new Set([...Object.keys(images.before), ...Object.keys(images.after)])];
}
