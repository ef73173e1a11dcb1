import { isAuthorized, type CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import { Entity, type CedarRecord, type Value } from '../../../shared/cedar/values.ts';
import type { EntityData, Request } from '../../../shared/cedar/expression.ts';
import type { PolicyJson } from '../../../shared/governance.ts';

/** A policy set and a question, as both evaluators get them. */
export interface Case {
  policies: Record<string, PolicyJson>;
  request: Request;
}

/** What an evaluator says: ids sorted. */
export interface Finding {
  decision: 'allow' | 'deny';
  determining: string[];
  failed: string[];
}

/**
 * What real Cedar says, but for the one difference that is meant: a policy whose evaluation fails denies here, where Cedar
 * passes over it.
 */
export function askCedar({ policies, request }: Case): Finding {
  const answer = isAuthorized({
    principal: uid(request.principal),
    action: uid(request.action),
    resource: uid(request.resource),
    context: recordJson(request.context),
    policies: { staticPolicies: policies as never },
    entities: entitiesJson(request.entities),
  });
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('\n'));
  const { decision, diagnostics } = answer.response;
  const failed = diagnostics.errors.map(({ policyId }) => policyId).sort();
  return {
    decision: failed.length > 0 ? 'deny' : decision,
    determining: [...diagnostics.reason].sort(),
    failed,
  };
}

export function entitiesJson(entities: ReadonlyMap<string, EntityData>): {
  uid: { type: string; id: string };
  attrs: Record<string, CedarValueJson>;
  parents: { type: string; id: string }[];
}[] {
  return [...entities].map(([key, { attributes, ancestors }]) => ({
    uid: uidOfKey(key),
    attrs: recordJson(attributes),
    parents: [...ancestors].map(uidOfKey),
  }));
}

export function recordJson(from: CedarRecord): Record<string, CedarValueJson> {
  // Without a prototype, so that `__proto__` is a name like any other.
  const out = Object.create(null) as Record<string, CedarValueJson>;
  for (const name of Object.keys(from)) out[name] = valueJson(from[name]!);
  return out;
}

function valueJson(value: Value): CedarValueJson {
  if (value instanceof Entity) return { __entity: uid(value) };
  if (Array.isArray(value)) return (value as Value[]).map(valueJson);
  if (typeof value === 'object') return recordJson(value as CedarRecord);
  return value as boolean | number | string;
}

export function uid({ type, id }: Entity): { type: string; id: string } {
  return { type, id };
}

function uidOfKey(key: string): { type: string; id: string } {
  const [, type = '', id = ''] = /^(\w+)::"(.*)"$/su.exec(key) ?? [];
  return { type, id };
}
