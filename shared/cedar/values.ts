/** A Cedar value as plain data: a long is a safe integer or, beyond that, a bigint; a set is an array, a record has no prototype. */
export type Value = boolean | number | bigint | string | Entity | readonly Value[] | CedarRecord;
export interface CedarRecord {
  readonly [attribute: string]: Value;
}

/** The name of an entity. What is known about it is in the request's entities. */
export class Entity {
  readonly type: string;
  readonly id: string;
  /** Unique over types, since a type's name holds no quote. */
  readonly key: string;
  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.key = `${type}::"${id}"`;
  }
}

/** Builds a record. Without a prototype, `constructor` or `__proto__` in an input are names like any other. */
export function record(entries: Iterable<readonly [string, Value]>): CedarRecord {
  const out = Object.create(null) as Record<string, Value>;
  for (const [name, value] of entries) out[name] = value;
  return out;
}

/** Cedar's JSON format for contexts reads these as escapes, so data may not carry them. */
const escapes: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr']);

/**
 * Plain JSON data as a Cedar value. What Cedar has no type for (null, fractions, integers that a double cannot hold) is
 * left out, so that a policy finds it absent; the schema leaves out the same.
 */
export function fromJson(value: unknown): Value | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toWellFormed();
  // `+ 0` turns -0 into 0.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : undefined;
  return typeof value === 'object' && value !== null ? fromObject(value) : undefined;
}

function fromObject(value: object): Value {
  if (Array.isArray(value)) return value.map(fromJson).filter((item) => item !== undefined);
  const out = Object.create(null) as Record<string, Value>;
  for (const name of Object.keys(value)) {
    const item = escapes.has(name) ? undefined : fromJson((value as Record<string, unknown>)[name]);
    if (item !== undefined) out[name] = item;
  }
  return out;
}

export function isSet(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isRecord(value: Value): value is CedarRecord {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Entity);
}

/** Cedar's `==`: by structure, and false (never an error) between values of different types. */
export function equal(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a instanceof Entity || b instanceof Entity) {
    return a instanceof Entity && b instanceof Entity && a.key === b.key;
  }
  if (isSet(a) || isSet(b)) return isSet(a) && isSet(b) && includesAll(a, b) && includesAll(b, a);
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => sameAttribute(a, b, name));
}

function sameAttribute(a: CedarRecord, b: CedarRecord, name: string): boolean {
  const [left, right] = [attribute(a, name), attribute(b, name)];
  return left !== undefined && right !== undefined && equal(left, right);
}

/** An own attribute of a record, or undefined. */
export function attribute(from: CedarRecord, name: string): Value | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

export function includes(set: readonly Value[], value: Value): boolean {
  for (const item of set) if (equal(item, value)) return true;
  return false;
}

export function includesAll(set: readonly Value[], values: readonly Value[]): boolean {
  return values.every((value) => includes(set, value));
}
