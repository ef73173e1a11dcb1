import type { PolicyJson } from '../governance.ts';
import { compile, entityOf, EvaluationError, isIn, type Expression, type Request } from './expression.ts';
import type { Entity } from './values.ts';

/** A policy that is ready to be asked. */
export interface CompiledPolicy<P> {
  /** What the caller knows it by. */
  policy: P;
  effect: 'permit' | 'forbid';
  /** Whether scope and conditions hold; `error` when that cannot be told. */
  holds: (request: Request) => boolean | 'error';
  /** Whether the action scope admits this request, so that other policies need not be asked. */
  concerns: (request: Request) => boolean;
}

export interface Verdict<P> {
  decision: 'allow' | 'deny';
  /** Deny: the forbids that hold. Allow: the permits that hold. */
  determining: P[];
  /** Policies whose evaluation failed. Any of them denies; real Cedar would pass over a forbid that fails. */
  failed: P[];
}

/** Compiles a policy once. One that is outside the subset fails whenever it is asked, so that it denies. */
export function compilePolicy<P>(policy: P, json: PolicyJson): CompiledPolicy<P> {
  try {
    const action = scope(json.action, 'action');
    const tests = [scope(json.principal, 'principal'), action, scope(json.resource, 'resource')];
    const conditions = json.conditions.map(condition);
    return {
      policy,
      effect: effectOf(json.effect),
      holds: (request) => {
        try {
          return tests.every((test) => test(request)) && conditions.every((test) => test(request));
        } catch (error) {
          if (error instanceof EvaluationError) return 'error';
          throw error;
        }
      },
      concerns: action,
    };
  } catch {
    return { policy, effect: 'forbid', holds: () => 'error', concerns: () => true };
  }
}

/** Cedar's authorisation: a forbid that holds denies, else a permit that holds allows, else it is denied. */
export function authorize<P>(policies: readonly CompiledPolicy<P>[], request: Request): Verdict<P> {
  const holding: Record<'permit' | 'forbid', P[]> = { permit: [], forbid: [] };
  const failed: P[] = [];
  for (const { policy, effect, holds } of policies) {
    const answer = holds(request);
    if (answer === 'error') failed.push(policy);
    else if (answer) holding[effect].push(policy);
  }
  const { permit, forbid } = holding;
  const allowed = forbid.length === 0 && permit.length > 0;
  const decision = allowed && failed.length === 0 ? 'allow' : 'deny';
  return { decision, determining: allowed ? permit : forbid, failed };
}

type Test = (request: Request) => boolean;

function effectOf(effect: string): 'permit' | 'forbid' {
  if (effect === 'permit' || effect === 'forbid') return effect;
  throw new EvaluationError('not in the subset: this effect');
}

function condition({ kind, body }: PolicyJson['conditions'][number]): Test {
  const expression = compile(body);
  switch (kind) {
    case 'when':
      return (request) => truth(expression, request);
    case 'unless':
      return (request) => !truth(expression, request);
    default:
      throw new EvaluationError(`not in the subset: ${String(kind satisfies never)}`);
  }
}

function truth(expression: Expression, request: Request): boolean {
  const value = expression(request);
  if (typeof value === 'boolean') return value;
  throw new EvaluationError('a condition is not a bool');
}

interface Scope {
  op?: unknown;
  entity?: unknown;
  entities?: unknown;
  entity_type?: unknown;
  in?: { entity?: unknown };
}

/** One of the three constraints in a policy's head. */
function scope(json: unknown, variable: 'principal' | 'action' | 'resource'): Test {
  const { op, entity, entities, entity_type: type, in: within } = json as Scope;
  switch (op) {
    case 'All':
      return () => true;
    case '==': {
      const { key } = entityOf(entity);
      return (request) => request[variable].key === key;
    }
    case 'in':
      return inAny(variable, Array.isArray(entities) ? entities.map(entityOf) : [entityOf(entity)]);
    case 'is': {
      const inside = within === undefined ? () => true : inAny(variable, [entityOf(within.entity)]);
      return (request) => request[variable].type === type && inside(request);
    }
    default:
      throw new EvaluationError('not in the subset: this scope');
  }
}

function inAny(variable: 'principal' | 'action' | 'resource', above: readonly Entity[]): Test {
  return (request) => isIn(request[variable], above, request);
}
