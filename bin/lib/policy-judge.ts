import { compilePolicy } from '../../shared/cedar/evaluate.ts';
import { policyRequest } from '../../shared/cedar/request.ts';
import type { Governance, Policy, PolicyJson } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { settle, type PolicyDecision, type PolicyQuestion } from '../../shared/policy.ts';
import type { IsMasked } from './masked.ts';
import { reads } from './policy-reads.ts';
import { realCedar } from './real-cedar.ts';
import type { Outcome } from './recorded-decisions.ts';

/** What a set says of a recorded question. */
export type Judged =
  | { kind: 'sure'; outcome: Outcome; why: string | null; policies: string[] }
  /** These policies read what was masked, and it matters: the truth lies between the two. */
  | { kind: 'unsure'; policies: string[]; between: [Outcome, Outcome] };

/** A set's judge, by real Cedar. What it prepares is bounded by the catalogue and the policies. */
export class PolicyJudge {
  readonly #set: Governance;
  readonly #whole: Ask;
  /** By the ids of the policies that read what is masked. */
  readonly #bounds = new Map<string, { lenient: Ask; strict: Ask }>();

  constructor(set: Governance) {
    this.#set = set;
    this.#whole = askerOf(set.policies);
  }

  /** Pure but for what it keeps. */
  judge(question: PolicyQuestion, isMasked: IsMasked): Judged {
    const { manifests, contracts } = this.#set;
    const manifest = Object.hasOwn(manifests, question.agent) ? manifests[question.agent] : undefined;
    if (!manifest) return refused('no-manifest');
    if (!Object.hasOwn(contracts, question.action) || contracts[question.action] !== question.contract)
      return refused('contract-changed');
    const blind = this.#set.policies.filter(
      (policy) => readsMasked(policy.json, isMasked) && concerns(policy, manifest, question),
    );
    if (blind.length === 0) return sure(this.#whole(manifest, question));
    return bounded(this.#boundsOf(blind, isMasked), manifest, question, blind);
  }

  #boundsOf(blind: readonly Policy[], isMasked: IsMasked): { lenient: Ask; strict: Ask } {
    const key = JSON.stringify(blind.map(({ id, json }) => [id, firstMasked(json, isMasked)]));
    const known = this.#bounds.get(key);
    if (known) return known;
    const others = this.#set.policies.filter((policy) => !blind.includes(policy));
    const made = (bound: 'lenient' | 'strict'): Ask =>
      askerOf([...others, ...blind.flatMap((policy) => loosened(policy, bound, isMasked))]);
    const fresh = { lenient: made('lenient'), strict: made('strict') };
    this.#bounds.set(key, fresh);
    return fresh;
  }
}

type Ask = (manifest: Manifest, question: PolicyQuestion) => PolicyDecision;

function askerOf(policies: readonly Policy[]): Ask {
  const cedar = realCedar(policies);
  return (manifest, question) => settle((approvals) => cedar(policyRequest(manifest, question, approvals)));
}

/** What a decision comes to. */
export function outcomeOf(decision: PolicyDecision): Outcome {
  switch (decision.kind) {
    case 'allow':
      return 'allow';
    case 'approval':
      return decision.needs === 1 ? '1 person' : '2 people';
    case 'deny':
      return 'denied';
  }
}

function sure(decision: PolicyDecision): Judged {
  const why = decision.kind === 'deny' ? decision.why : null;
  return { kind: 'sure', outcome: outcomeOf(decision), why, policies: ids(decision) };
}

function refused(why: string): Judged {
  return { kind: 'sure', outcome: 'denied', why, policies: [] };
}

function bounded(
  { lenient, strict }: { lenient: Ask; strict: Ask },
  manifest: Manifest,
  question: PolicyQuestion,
  blind: readonly Policy[],
): Judged {
  const [low, high] = [lenient(manifest, question), strict(manifest, question)];
  const between: [Outcome, Outcome] = [outcomeOf(low), outcomeOf(high)];
  if (between[0] !== between[1]) return { kind: 'unsure', policies: blind.map(({ id }) => id), between };
  // Whatever the masked values were, it comes to the same; who decides is sure only as far as both agree.
  const both = ids(low).filter((id) => ids(high).includes(id));
  return { ...sure(low), policies: both };
}

function ids(decision: PolicyDecision): string[] {
  return decision.policies.map(({ id }) => id).sort();
}

function readsMasked(json: PolicyJson, isMasked: IsMasked): boolean {
  return firstMasked(json, isMasked) >= 0;
}

/** The first condition that reads a masked value; -1: none does. */
function firstMasked({ conditions }: PolicyJson, isMasked: IsMasked): number {
  return conditions.findIndex(({ body }) => reads(body).some(isMasked));
}

function concerns(policy: Policy, manifest: Manifest, question: PolicyQuestion): boolean {
  return compiledOf(policy).concerns(policyRequest(manifest, question, 0));
}

const compiled = new WeakMap<Policy, ReturnType<typeof compilePolicy<Policy>>>();

function compiledOf(policy: Policy): ReturnType<typeof compilePolicy<Policy>> {
  const known = compiled.get(policy) ?? compilePolicy(policy, policy.json);
  compiled.set(policy, known);
  return known;
}

/**
 * What a policy that reads a masked value may do at the least, or at the most: hold whenever it might, or not at all. Conditions
 * before the masked one are kept; those after it may only make sense with it, so of them only approvals are. Where an evaluation
 * could fail, at the most it denies, whoever approves.
 */
function loosened(policy: Policy, bound: 'lenient' | 'strict', isMasked: IsMasked): Policy[] {
  const { effect, conditions } = policy.json;
  const first = firstMasked(policy.json, isMasked);
  const before = conditions.slice(0, first);
  const as = (effect: PolicyJson['effect'], rest: PolicyJson['conditions']): Policy[] => [
    { ...policy, json: { ...policy.json, effect, conditions: rest } },
  ];
  if (bound === 'strict' && conditions.some(({ body }) => computes(body))) return as('forbid', before);
  if ((effect === 'forbid') !== (bound === 'strict')) return [];
  return as(effect, [...before, ...conditions.slice(first).filter(({ body }) => isApprovals(body))]);
}

function isApprovals(body: unknown): boolean {
  const read = reads(body);
  return read.length > 0 && read.every((path) => path.join('.') === 'context.approvals');
}

/** Only arithmetic can still fail in a policy that was validated. */
function computes(body: unknown): boolean {
  return /"(?:\+|-|\*|neg)":/.test(JSON.stringify(body));
}
