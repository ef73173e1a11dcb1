import { compilePolicy } from '../../shared/cedar/evaluate.ts';
import { policyRequest } from '../../shared/cedar/request.ts';
import type { Governance, Policy, PolicyJson } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { settle, type PolicyDecision, type PolicyQuestion } from '../../shared/policy.ts';
import type { IsMasked } from './masked.ts';
import { reads, type AttributePath } from './policy-reads.ts';
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
  /** By agent and action: the policies whose head is about them. No other can hold, nor fail. */
  readonly #about = new Map<string, { policies: Policy[]; ask: Ask }>();
  /** By the ids of policies: most agents share those that are about an action. */
  readonly #askers = new Map<string, Ask>();
  /** By the policies that read what is masked. */
  readonly #bounds = new Map<string, { lenient: Ask; strict: Ask }>();

  constructor(set: Governance) {
    this.#set = set;
  }

  /** Pure but for what it keeps. */
  judge(question: PolicyQuestion, isMasked: IsMasked): Judged {
    const { manifests, contracts } = this.#set;
    const manifest = Object.hasOwn(manifests, question.agent) ? manifests[question.agent] : undefined;
    if (!manifest) return refused('no-manifest');
    if (!Object.hasOwn(contracts, question.action) || contracts[question.action] !== question.contract)
      return refused('contract-changed');
    const { policies, ask } = this.#aboutOf(manifest, question);
    const blind = policies.filter(({ json }) => firstMasked(json, isMasked) >= 0);
    if (blind.length === 0) return sure(ask(manifest, question));
    const key = [
      policies.map(({ id }) => id),
      ...blind.map(({ id, json }) => [id, firstMasked(json, isMasked)]),
    ];
    return bounded(this.#boundsOf(JSON.stringify(key), policies, blind, isMasked), manifest, question, blind);
  }

  #aboutOf(manifest: Manifest, question: PolicyQuestion): { policies: Policy[]; ask: Ask } {
    const key = `${question.agent} ${question.action}`;
    const known = this.#about.get(key);
    if (known) return known;
    const request = policyRequest(manifest, question, 0);
    const policies = this.#set.policies.filter(
      (policy) => compilePolicy(policy, { ...policy.json, conditions: [] }).holds(request) !== false,
    );
    const fresh = { policies, ask: this.#askerOf(policies) };
    this.#about.set(key, fresh);
    return fresh;
  }

  #askerOf(policies: readonly Policy[]): Ask {
    const key = JSON.stringify(policies.map(({ id }) => id));
    const known = this.#askers.get(key) ?? askerOf(policies);
    this.#askers.set(key, known);
    return known;
  }

  #boundsOf(
    key: string,
    policies: readonly Policy[],
    blind: readonly Policy[],
    isMasked: IsMasked,
  ): { lenient: Ask; strict: Ask } {
    const known = this.#bounds.get(key);
    if (known) return known;
    const others = policies.filter((policy) => !blind.includes(policy));
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

/** The first condition that reads a masked value; -1: none does. */
function firstMasked({ conditions }: PolicyJson, isMasked: IsMasked): number {
  return conditions.findIndex(({ body }) => readsOf(body).some(isMasked));
}

/** Per expression, since each is looked at for every call. */
const known = new WeakMap<object, AttributePath[]>();

function readsOf(body: unknown): AttributePath[] {
  if (typeof body !== 'object' || body === null) return [];
  const found = known.get(body) ?? reads(body);
  known.set(body, found);
  return found;
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
