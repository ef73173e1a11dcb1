import { arithmetic, type Long } from './longs.ts';
import { likeness } from './like.ts';
import {
  attribute,
  Entity,
  equal,
  includes,
  includesAll,
  isRecord,
  isSet,
  record,
  type CedarRecord,
  type Value,
} from './values.ts';

/** What is known about an entity. */
export interface EntityData {
  attributes: CedarRecord;
  /** Keys of all entities above it, at any distance. */
  ancestors: ReadonlySet<string>;
}

/** One question to the policies. */
export interface Request {
  principal: Entity;
  action: Entity;
  resource: Entity;
  context: CedarRecord;
  /** By key. */
  entities: ReadonlyMap<string, EntityData>;
}

/** An evaluation error. Thrown inside this folder only: `evaluate.ts` turns it into a value. */
export class EvaluationError extends Error {}

/** A compiled expression. Throws `EvaluationError`. */
export type Expression = (request: Request) => Value;

type Node = Record<string, unknown>;

/**
 * Compiles one expression of Cedar's JSON form (https://docs.cedarpolicy.com/policies/json-format.html) to a closure.
 * Covers bool, long, string, set, record, entity and their operators; anything else throws, here and not when asked.
 */
export function compile(json: unknown): Expression {
  const node = asNode(json);
  const [operator, ...others] = Object.keys(node);
  if (operator === undefined || others.length > 0 || !Object.hasOwn(operators, operator)) {
    throw new EvaluationError(`not in the subset: ${Object.keys(node).join(', ')}`);
  }
  const build = operators[operator as keyof typeof operators];
  return build(node[operator]);
}

const operators = {
  Value: literal,
  Var: variable,
  Set: (json: unknown): Expression => {
    const items = asArray(json).map(compile);
    return (request) => items.map((item) => item(request));
  },
  Record: (json: unknown): Expression => {
    const entries = Object.entries(asNode(json)).map(([name, item]) => [name, compile(item)] as const);
    return (request) => record(entries.map(([name, item]) => [name, item(request)] as const));
  },
  '!': unary((value) => !bool(value)),
  neg: unary((value) => checked(arithmetic('-', 0, long(value)))),
  isEmpty: unary((value) => set(value).length === 0),
  '==': binary(equal),
  '!=': binary((a, b) => !equal(a, b)),
  '<': binary((a, b) => long(a) < long(b)),
  '<=': binary((a, b) => long(a) <= long(b)),
  '>': binary((a, b) => long(a) > long(b)),
  '>=': binary((a, b) => long(a) >= long(b)),
  '+': binary((a, b) => checked(arithmetic('+', long(a), long(b)))),
  '-': binary((a, b) => checked(arithmetic('-', long(a), long(b)))),
  '*': binary((a, b) => checked(arithmetic('*', long(a), long(b)))),
  contains: binary((a, b) => includes(set(a), b)),
  containsAll: binary((a, b) => includesAll(set(a), set(b))),
  containsAny: binary(containsAny),
  in: binary((a, b, request) => isIn(entity(a), b, request)),
  '&&': (json: unknown): Expression => {
    const [left, right] = sides(json);
    return (request) => bool(left(request)) && bool(right(request));
  },
  '||': (json: unknown): Expression => {
    const [left, right] = sides(json);
    return (request) => bool(left(request)) || bool(right(request));
  },
  'if-then-else': (json: unknown): Expression => {
    const node = asNode(json);
    const [test, yes, no] = [compile(node['if']), compile(node['then']), compile(node['else'])];
    return (request) => (bool(test(request)) ? yes(request) : no(request));
  },
  '.': (json: unknown): Expression => {
    const node = asNode(json);
    const [left, name] = [compile(node['left']), asText(node['attr'])];
    return (request) => read(left(request), name, request);
  },
  has: (json: unknown): Expression => {
    const node = asNode(json);
    const attr = node['attr'];
    const [left, path] = [compile(node['left']), (Array.isArray(attr) ? attr : [attr]).map(asText)];
    return (request) => hasPath(left(request), path, request);
  },
  like: (json: unknown): Expression => {
    const node = asNode(json);
    const [left, matches] = [compile(node['left']), likeness(asArray(node['pattern']))];
    return (request) => matches(text(left(request)));
  },
  is: (json: unknown): Expression => {
    const node = asNode(json);
    const [left, type] = [compile(node['left']), asText(node['entity_type'])];
    const within = node['in'] === undefined ? undefined : compile(node['in']);
    return (request) => {
      const one = entity(left(request));
      return one.type === type && (within === undefined || isIn(one, within(request), request));
    };
  },
};

function literal(json: unknown): Expression {
  const value =
    typeof json === 'object' && json !== null ? entityOf((json as Node)['__entity']) : scalar(json);
  return () => value;
}

function scalar(json: unknown): Value {
  if (typeof json === 'boolean' || typeof json === 'string') return json;
  // A literal that a double cannot hold was rounded on its way here, so it is not the one that was written.
  if (typeof json === 'number' && Number.isSafeInteger(json)) return json + 0;
  throw new EvaluationError('not in the subset: this literal');
}

/** The entity that `{ type, id }` names. */
export function entityOf(json: unknown): Entity {
  const node = asNode(json);
  return new Entity(asText(node['type']), asText(node['id']));
}

function variable(json: unknown): Expression {
  switch (json) {
    case 'principal':
      return (request) => request.principal;
    case 'action':
      return (request) => request.action;
    case 'resource':
      return (request) => request.resource;
    case 'context':
      return (request) => request.context;
    default:
      throw new EvaluationError('not in the subset: this variable');
  }
}

function unary(apply: (value: Value) => Value): (json: unknown) => Expression {
  return (json) => {
    const arg = compile(asNode(json)['arg']);
    return (request) => apply(arg(request));
  };
}

function binary(
  apply: (left: Value, right: Value, request: Request) => Value,
): (json: unknown) => Expression {
  return (json) => {
    const [left, right] = sides(json);
    return (request) => apply(left(request), right(request), request);
  };
}

function sides(json: unknown): [Expression, Expression] {
  const node = asNode(json);
  return [compile(node['left']), compile(node['right'])];
}

function containsAny(left: Value, right: Value): boolean {
  const [all, wanted] = [set(left), set(right)];
  return wanted.some((value) => includes(all, value));
}

/** Cedar's `in`: the same entity or one above it; with a set, any of its members, all of which must be entities. */
export function isIn(one: Entity, other: Value, request: Request): boolean {
  const above = isSet(other) ? other.map(entity) : [entity(other)];
  const ancestors = request.entities.get(one.key)?.ancestors;
  return above.some(({ key }) => key === one.key || ancestors?.has(key) === true);
}

function read(from: Value, name: string, request: Request): Value {
  const found = attribute(attributes(from, request), name);
  if (found === undefined) throw new EvaluationError(`no attribute ${name}`);
  return found;
}

function hasPath(from: Value, path: readonly string[], request: Request): boolean {
  let current: Value | undefined = from;
  for (const name of path) {
    current = attribute(attributes(current, request), name);
    if (current === undefined) return false;
  }
  return true;
}

const none = record([]);

function attributes(from: Value, request: Request): CedarRecord {
  if (from instanceof Entity) return request.entities.get(from.key)?.attributes ?? none;
  if (isRecord(from)) return from;
  throw new EvaluationError('only a record or an entity has attributes');
}

function bool(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw new EvaluationError('not a bool');
}

function long(value: Value): Long {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw new EvaluationError('not a long');
}

function checked(value: Long | undefined): Long {
  if (value === undefined) throw new EvaluationError('integer overflow');
  return value;
}

function text(value: Value): string {
  if (typeof value === 'string') return value;
  throw new EvaluationError('not a string');
}

function set(value: Value): readonly Value[] {
  if (isSet(value)) return value;
  throw new EvaluationError('not a set');
}

function entity(value: Value): Entity {
  if (value instanceof Entity) return value;
  throw new EvaluationError('not an entity');
}

function asNode(json: unknown): Node {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Node;
  throw new EvaluationError('not in the subset: an object is expected');
}

function asArray(json: unknown): unknown[] {
  if (Array.isArray(json)) return json;
  throw new EvaluationError('not in the subset: a list is expected');
}

function asText(json: unknown): string {
  if (typeof json === 'string') return json;
  throw new EvaluationError('not in the subset: a text is expected');
}
