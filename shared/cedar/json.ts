import type { EntityData } from './expression.ts';
import { Entity, type CedarRecord, type Value } from './values.ts';

/** A value in the JSON form that real Cedar takes requests in (https://docs.cedarpolicy.com/auth/entities-syntax.html). */
export type CedarJson =
  | boolean
  | number
  | string
  | CedarJson[]
  | { [name: string]: CedarJson }
  | { __entity: EntityUid };

export interface EntityUid {
  type: string;
  id: string;
}

/** Entities with their attributes and all that is above each. */
export function entitiesJson(entities: ReadonlyMap<string, EntityData>): {
  uid: EntityUid;
  attrs: Record<string, CedarJson>;
  parents: EntityUid[];
}[] {
  return [...entities].map(([key, { attributes, ancestors }]) => ({
    uid: uidOfKey(key),
    attrs: recordJson(attributes),
    parents: [...ancestors].map(uidOfKey),
  }));
}

/** A record, such as a request's context. */
export function recordJson(from: CedarRecord): Record<string, CedarJson> {
  // Without a prototype, so that `__proto__` is a name like any other.
  const out = Object.create(null) as Record<string, CedarJson>;
  for (const [name, value] of Object.entries(from)) out[name] = valueJson(value);
  return out;
}

function valueJson(value: Value): CedarJson {
  if (value instanceof Entity) return { __entity: uid(value) };
  if (Array.isArray(value)) return (value as Value[]).map(valueJson);
  if (typeof value === 'object') return recordJson(value as CedarRecord);
  return value as boolean | number | string;
}

/** What names an entity. */
export function uid({ type, id }: Entity): EntityUid {
  return { type, id };
}

function uidOfKey(key: string): EntityUid {
  const [, type = '', id = ''] = /^(\w+)::"(.*)"$/su.exec(key) ?? [];
  return { type, id };
}
