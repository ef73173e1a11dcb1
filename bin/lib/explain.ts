import { authorize, compilePolicy } from '../../shared/cedar/evaluate.ts';
import { compile, EvaluationError, type Request } from '../../shared/cedar/expression.ts';
import { policyRequest } from '../../shared/cedar/request.ts';
import { attribute, Entity, isRecord, type Value } from '../../shared/cedar/values.ts';
import type { Policy, PolicyJson } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { PolicyQuestion } from '../../shared/policy.ts';
import { cedarText } from './cedar-text.ts';
import type { IsMasked } from './masked.ts';
import { reads, type AttributePath } from './policy-reads.ts';

/** `unknown`: it reads a personal field, which the journal does not hold. `not-asked`: what stands before it settled it. */
export type Truth = 'true' | 'false' | 'unknown' | 'not-asked' | 'failed';

/** A condition, or a part of one, beside the values it looked at. */
export interface Clause {
  text: string;
  truth: Truth;
  values: { path: string; value: unknown }[];
  /** Of an `&&` or `||`. */
  parts: Clause[];
}

/** One policy against one call. */
export interface ExplainedPolicy {
  id: string;
  reason: string;
  effect: 'permit' | 'forbid';
  /** Whether it held with no approval. */
  held: Truth;
  /** With how many approvals a forbid that held no longer does; null: with none, or it did not hold. */
  liftedBy: 1 | 2 | null;
  conditions: (Clause & { kind: 'when' | 'unless' })[];
}

/** Explains each policy that concerns the agent and the action, in the order of the set. Pure. */
export function explainPolicies(
  policies: readonly Policy[],
  manifest: Manifest,
  question: PolicyQuestion,
  isMasked: IsMasked,
): ExplainedPolicy[] {
  const request = policyRequest(manifest, question, 0);
  return policies.flatMap((policy) => {
    // Its head alone: without conditions it holds for all that it is about.
    const head = compilePolicy(policy, { ...policy.json, conditions: [] });
    if (head.holds(request) !== true) return [];
    return [explained(policy, manifest, question, isMasked)];
  });
}

function explained(
  policy: Policy,
  manifest: Manifest,
  question: PolicyQuestion,
  isMasked: IsMasked,
): ExplainedPolicy {
  const { id, reason, json } = policy;
  const request = policyRequest(manifest, question, 0);
  const conditions = conditionsOf(json, request, isMasked);
  const held = all(conditions.map(({ kind, truth }) => holding(kind, truth)));
  const liftedBy = held === 'true' && json.effect === 'forbid' ? lifted(policy, manifest, question) : null;
  return { id, reason, effect: json.effect, held, liftedBy, conditions };
}

/** As Cedar asks them: after one that does not hold, no other is. */
function conditionsOf(
  { conditions }: PolicyJson,
  request: Request,
  isMasked: IsMasked,
): ExplainedPolicy['conditions'] {
  let over = false;
  return conditions.map(({ kind, body }) => {
    const told = over ? notAsked(body) : clause(body, request, isMasked);
    over ||= ['false', 'failed'].includes(holding(kind, told.truth));
    return { kind, ...told };
  });
}

function holding(kind: 'when' | 'unless', truth: Truth): Truth {
  return kind === 'when' ? truth : opposite(truth);
}

function lifted(policy: Policy, manifest: Manifest, question: PolicyQuestion): 1 | 2 | null {
  const compiled = [compilePolicy(policy, policy.json)];
  const approvals = ([1, 2] as const).find((count) => {
    const { determining, failed } = authorize(compiled, policyRequest(manifest, question, count));
    return determining.length === 0 && failed.length === 0;
  });
  return approvals ?? null;
}

function clause(body: unknown, request: Request, isMasked: IsMasked): Clause {
  const [operator = ''] = Object.keys(body as object);
  if (operator === '&&' || operator === '||') return joined(operator, body, request, isMasked);
  return {
    text: cedarText(body),
    truth: truthOf(body, request, isMasked),
    values: valuesOf(body, request, isMasked),
    parts: [],
  };
}

/** Both sides of an `&&` or `||`; the second is only asked when the first leaves it open. */
function joined(operator: '&&' | '||', body: unknown, request: Request, isMasked: IsMasked): Clause {
  const settles: Truth = operator === '&&' ? 'false' : 'true';
  const parts: Clause[] = [];
  let settled: Truth | undefined;
  for (const side of sidesOf(operator, body)) {
    const part = settled === undefined ? clause(side, request, isMasked) : notAsked(side);
    parts.push(part);
    if (part.truth === settles || part.truth === 'failed') settled ??= part.truth;
  }
  const open = parts.some(({ truth }) => truth === 'unknown');
  const truth = settled ?? (open ? 'unknown' : opposite(settles));
  return { text: cedarText(body), truth, values: [], parts };
}

/** `a && b && c` as three, however it was nested. */
function sidesOf(operator: string, body: unknown): unknown[] {
  const node = (body as Record<string, { left: unknown; right: unknown }>)[operator];
  return node ? [...sidesOf(operator, node.left), ...sidesOf(operator, node.right)] : [body];
}

function notAsked(body: unknown): Clause {
  return { text: cedarText(body), truth: 'not-asked', values: [], parts: [] };
}

function truthOf(body: unknown, request: Request, isMasked: IsMasked): Truth {
  if (reads(body).some(isMasked)) return 'unknown';
  try {
    return compile(body)(request) === true ? 'true' : 'false';
  } catch (error) {
    if (error instanceof EvaluationError) return 'failed';
    throw error;
  }
}

/** What the clause looks at, each path once. */
function valuesOf(body: unknown, request: Request, isMasked: IsMasked): Clause['values'] {
  const paths = new Map(reads(body).map((path) => [path.join('.'), path]));
  return [...paths]
    .filter(([, path]) => path.length > 1)
    .map(([name, path]) => ({
      path: name,
      value: isMasked(path) ? '(personal, not kept)' : valueAt(path, request),
    }));
}

function valueAt([variable = '', ...names]: AttributePath, request: Request): unknown {
  const from =
    variable === 'context' ? request.context : request.entities.get(request.principal.key)?.attributes;
  let value: Value | undefined = from;
  for (const name of names)
    value = value !== undefined && isRecord(value) ? attribute(value, name) : undefined;
  return value === undefined ? '(absent)' : plain(value);
}

function plain(value: Value): unknown {
  return value instanceof Entity ? value.key : value;
}

function opposite(truth: Truth): Truth {
  if (truth === 'true') return 'false';
  return truth === 'false' ? 'true' : truth;
}

function all(truths: readonly Truth[]): Truth {
  return (['false', 'failed', 'unknown'] as const).find((one) => truths.includes(one)) ?? 'true';
}
