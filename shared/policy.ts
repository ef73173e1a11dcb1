import { authorize, compilePolicy, type CompiledPolicy, type Verdict } from './cedar/evaluate.ts';
import type { EntityData, Request } from './cedar/expression.ts';
import { Entity, fromJson, record, type CedarRecord, type Value } from './cedar/values.ts';
import { sensitivities, type Mode, type Sensitivity } from './contract.ts';
import type { AgentGovernance, Policy } from './governance.ts';
import { grantOf, reaches, withinHours, type Manifest } from './manifest.ts';

/** All that a policy may look at, as facts. */
export interface PolicyQuestion {
  agent: string;
  /** The person the agent acts for. */
  user: string | null;
  /** Full name, `crm.contact.update`. */
  action: string;
  /** Of the live contract, as are `sensitivity` and `contract` (its hash, which the policy set must have pinned). */
  groups: readonly string[];
  sensitivity: Sensitivity;
  contract: string;
  mode: Mode;
  /** Where the guard runs: `sandbox` or `production`. */
  environment: string;
  /** Parsed input; only what Cedar has a type for reaches the policies (see `fromJson`). */
  input: Record<string, unknown>;
  /** What the tool looked up itself. */
  facts: Record<string, string | number | boolean>;
  explained: boolean;
  /** Percent, or null when the agent gave none. */
  confidence: number | null;
  /** Unix ms. */
  now: number;
}

export interface DecidingPolicy {
  id: string;
  reason: string;
}

export type PolicyDecision =
  | { kind: 'allow'; policies: DecidingPolicy[] }
  | { kind: 'approval'; needs: 1 | 2; policies: DecidingPolicy[] }
  | { kind: 'deny'; why: DenialReason; policies: DecidingPolicy[] };

export type DenialReason =
  /** These policies forbid it, whoever approves. */
  | 'forbidden'
  /** No policy permits it; `policies` is empty. */
  | 'not-permitted'
  /** The evaluation of these policies failed. */
  | 'failed'
  /** The set has no manifest for this agent; `policies` is empty. */
  | 'no-manifest'
  /** The set was made for another version of the action's contract; `policies` is empty. */
  | 'contract-changed';

export type Decide = (governance: AgentGovernance, question: PolicyQuestion) => PolicyDecision;

/**
 * Whether the policies let an agent make this call, and how many people must approve it first. Asks with no approval,
 * then one, then two: policies mention approvals only so that more of them never forbid more. Denies whatever no policy
 * permits, and whenever a policy cannot be evaluated. Pure; what is compiled is kept per governance.
 */
export const decide: Decide = (governance, question) => {
  const { manifest } = governance;
  if (manifest?.agent !== question.agent) return deny('no-manifest');
  if (pinned(governance, question.action) !== question.contract) return deny('contract-changed');
  const ask = asker(governance, manifest, question);
  const first = ask(0);
  if (first.failed.length > 0) return deny('failed', first.failed);
  if (first.decision === 'allow') return { kind: 'allow', policies: deciding(first.determining) };
  if (first.determining.length === 0) return deny('not-permitted');
  return withApprovals(ask, first.determining);
};

function withApprovals(ask: (approvals: number) => Verdict<Policy>, held: Policy[]): PolicyDecision {
  for (const needs of [1, 2] as const) {
    const verdict = ask(needs);
    if (verdict.failed.length > 0) return deny('failed', verdict.failed);
    if (verdict.decision === 'allow') return { kind: 'approval', needs, policies: deciding(held) };
    // What still forbids with two approvals is what denies; nobody can approve it.
    if (needs === 2)
      return deny(verdict.determining.length > 0 ? 'forbidden' : 'not-permitted', verdict.determining);
  }
  return deny('forbidden', held);
}

function deny(why: DenialReason, policies: readonly Policy[] = []): PolicyDecision {
  return { kind: 'deny', why, policies: deciding(policies) };
}

function deciding(policies: readonly Policy[]): DecidingPolicy[] {
  return policies.map(({ id, reason }) => ({ id, reason }));
}

function pinned({ contracts }: AgentGovernance, action: string): string | undefined {
  return Object.hasOwn(contracts, action) ? contracts[action] : undefined;
}

function asker(
  governance: AgentGovernance,
  manifest: Manifest,
  question: PolicyQuestion,
): (approvals: number) => Verdict<Policy> {
  const { policies, request } = prepare(governance, manifest, question);
  const context = contextOf(manifest, question);
  return (approvals) =>
    authorize(policies, { ...request, context: record([...context, ['approvals', approvals]]) });
}

/** The Cedar request that a question becomes, with its entities. For tests and for checking against real Cedar. */
export function policyRequest(manifest: Manifest, question: PolicyQuestion, approvals: number): Request {
  const context = record([...contextOf(manifest, question), ['approvals', approvals]]);
  return { ...scopeOf(manifest, question), context };
}

// ── what depends on governance and action only, kept ───────────────────────────────────────────────────────────────

type Scope = Omit<Request, 'context'>;
interface Prepared {
  /** Only those whose action scope fits, so that policies about other actions cost nothing. */
  policies: CompiledPolicy<Policy>[];
  request: Scope;
}
interface Kept {
  compiled: CompiledPolicy<Policy>[];
  byAction: Map<string, Prepared>;
}

/** By the governance object itself: a new version is a new object, and an old one takes its entry with it. */
const kept = new WeakMap<AgentGovernance, Kept>();

function prepare(governance: AgentGovernance, manifest: Manifest, question: PolicyQuestion): Prepared {
  const { compiled, byAction } = keptFor(governance);
  const known = byAction.get(question.action);
  if (known) return known;
  const request = scopeOf(manifest, question);
  const asked = { ...request, context: record([]) };
  const prepared = { request, policies: compiled.filter((policy) => policy.concerns(asked)) };
  byAction.set(question.action, prepared);
  return prepared;
}

function keptFor(governance: AgentGovernance): Kept {
  const known = kept.get(governance);
  if (known) return known;
  const compiled = governance.policies.map((policy) => compilePolicy(policy, policy.json));
  const fresh = { compiled, byAction: new Map<string, Prepared>() };
  kept.set(governance, fresh);
  return fresh;
}

/** The contract's hash covers its groups, so that they may be kept with the action. */
function scopeOf(manifest: Manifest, { agent, action, groups }: PolicyQuestion): Scope {
  const [tool = ''] = action.split('.');
  const scope = {
    principal: new Entity('Agent', agent),
    action: new Entity('Action', action),
    resource: new Entity('Tool', tool),
  };
  const above = groups.map((group) => new Entity('Action', group));
  const workflow = new Entity('Workflow', manifest.workflow);
  const entities = [
    [scope.principal, agentAttributes(manifest), [workflow]],
    [scope.action, none, above],
    [scope.resource, none, []],
    ...[workflow, ...above].map((entity): Known => [entity, none, []]),
  ] satisfies Known[];
  return { ...scope, entities: new Map(entities.map(entityEntry)) };
}

type Known = [Entity, CedarRecord, Entity[]];
const none = record([]);

function entityEntry([entity, attributes, above]: Known): [string, EntityData] {
  return [entity.key, { attributes, ancestors: new Set(above.map(({ key }) => key)) }];
}

function agentAttributes({ risk, sensitivity, environments }: Manifest): CedarRecord {
  return record([
    ['risk', risk],
    ['ceiling', sensitivities.indexOf(sensitivity)],
    ['environments', environments],
  ]);
}

// ── what depends on the call ───────────────────────────────────────────────────────────────────────────────────────

function contextOf(manifest: Manifest, question: PolicyQuestion): [string, Value][] {
  const { mode, explained, confidence, user, environment, input, now } = question;
  const grant = grantOf(manifest, question.action);
  const context: [string, Value][] = [
    ['mode', mode],
    ['granted', grant !== undefined && reaches(grant, mode)],
    ['explained', explained],
    ['environment', environment],
    ['sensitivity', sensitivities.indexOf(question.sensitivity)],
    ['businessHours', withinHours(manifest.hours, now)],
    ['approved', approvedOf(manifest)],
    ['fields', Object.keys(input).filter((name) => input[name] !== undefined)],
    ['input', fromJson(input) ?? none],
    ['facts', fromJson(question.facts) ?? none],
  ];
  if (confidence !== null) context.push(['confidence', Math.floor(confidence)]);
  if (user !== null) context.push(['user', user.toWellFormed()]);
  return context;
}

function approvedOf({ approved: { channels, queues } }: Manifest): CedarRecord {
  return record([
    ['channels', channels],
    ['queues', queues],
  ]);
}
