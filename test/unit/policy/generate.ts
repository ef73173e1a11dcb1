import * as fc from 'fast-check';
import { Entity, record, type CedarRecord, type Value } from '../../../shared/cedar/values.ts';
import type { EntityData } from '../../../shared/cedar/expression.ts';
import type { PolicyJson } from '../../../shared/governance.ts';
import type { Case } from './real-cedar.ts';

/** Few names and values, so that things meet; among them those that trip JavaScript. */
const names = ['a', 'b', 'c', 'a b', 'constructor', '__proto__', 'hasOwnProperty', 'length', ''];
const texts = ['', 'a', 'ab', 'aba', 'a*b', '*', '\u{1F600}', 'a\u{1F600}b', 'e\u0301', '\u00e9', '\\', '"'];
const longs = [0, 1, -1, 2, 3, 1024, 2 ** 31, 2 ** 32, 3_037_000_500, 2 ** 53 - 1, 1 - 2 ** 53];
const principals = [new Entity('Agent', 'a'), new Entity('Agent', 'b')];
const actions = [new Entity('Action', 'act'), new Entity('Action', 'other')];
const resources = [new Entity('Tool', 't'), new Entity('Tool', 'a')];
const groups = ['g', 'h', 'i'].map((id) => new Entity('Action', id));
const workflows = ['w', 'x', 'a'].map((id) => new Entity('Workflow', id));
const entities = [...principals, ...actions, ...resources, ...groups, ...workflows];
const types = ['Agent', 'Action', 'Tool', 'Workflow'];

const name = fc.constantFrom(...names);
const text = fc.constantFrom(...texts);
const long = fc.constantFrom(...longs);
const entity = fc.constantFrom(...entities);

type Json = unknown;
type Kind = 'bool' | 'long' | 'text' | 'entity' | 'set' | 'record';

const literal = {
  bool: fc.boolean().map((value) => ({ Value: value })),
  long: long.map((value) => ({ Value: value })),
  text: text.map((value) => ({ Value: value })),
  entity: entity.map((one) => ({ Value: { __entity: { type: one.type, id: one.id } } })),
} satisfies Partial<Record<Kind, fc.Arbitrary<Json>>>;

const variable = fc.constantFrom('principal', 'action', 'resource').map((name) => ({ Var: name }));
const context: Json = { Var: 'context' };

/** `context.a` and deeper: of whatever type the request happens to hold there. */
const path = fc
  .array(name, { minLength: 1, maxLength: 2 })
  .map((parts) => parts.reduce<Json>((left, attr) => ({ '.': { left, attr } }), context));

const pattern = fc.array(
  fc.oneof(
    fc.constant<Json>('Wildcard'),
    fc.constantFrom('a', 'b', '*', '\u{1F600}', 'e', '\u0301').map((Literal) => ({ Literal })),
  ),
  { maxLength: 4 },
);

/** An expression that mostly has the wanted type; now and then it has another one, or names what is not there. */
function expression(kind: Kind, depth: number): fc.Arbitrary<Json> {
  const other = fc.constantFrom<Kind>('bool', 'long', 'text', 'entity', 'set', 'record');
  const straying = depth > 0 ? other.chain((strange) => expression(strange, depth - 1)) : path;
  return fc.oneof(
    { weight: 12, arbitrary: typed(kind, depth) },
    { weight: 1, arbitrary: straying },
    { weight: 1, arbitrary: path },
  );
}

function typed(kind: Kind, depth: number): fc.Arbitrary<Json> {
  const leaf = leafOf(kind);
  return depth <= 0 ? leaf : fc.oneof(leaf, ...branches(kind, depth - 1));
}

function leafOf(kind: Kind): fc.Arbitrary<Json> {
  switch (kind) {
    case 'bool':
      return fc.oneof(literal.bool, hasAttribute(fc.oneof(variable, fc.constant(context))));
    case 'long':
    case 'text':
      return literal[kind];
    case 'entity':
      return fc.oneof(literal.entity, variable);
    case 'set':
      return fc
        .array(fc.oneof(literal.long, literal.text, literal.entity), { maxLength: 3 })
        .map((Set) => ({ Set }));
    case 'record':
      return fc.oneof(fc.constant(context), fields(literal.long));
  }
}

function fields(value: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.array(fc.tuple(name, value), { maxLength: 3 }).map((entries) => {
    const Record = Object.create(null) as { [name: string]: Json };
    for (const [key, item] of entries) Record[key] = item;
    return { Record };
  });
}

function hasAttribute(left: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const attr = fc.oneof<fc.Arbitrary<Json>[]>(name, fc.array(name, { minLength: 1, maxLength: 2 }));
  return fc.record({ left, attr }).map((has) => ({ has }));
}

function two(
  operators: readonly string[],
  left: fc.Arbitrary<Json>,
  right: fc.Arbitrary<Json>,
): fc.Arbitrary<Json> {
  return fc
    .tuple(fc.constantFrom(...operators), left, right)
    .map(([operator, l, r]) => ({ [operator]: { left: l, right: r } }));
}

function one(operator: string, arg: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return arg.map((value) => ({ [operator]: { arg: value } }));
}

function branches(kind: Kind, depth: number): fc.Arbitrary<Json>[] {
  const of = (wanted: Kind): fc.Arbitrary<Json> => expression(wanted, depth);
  const choice = fc
    .tuple(of('bool'), of(kind), of(kind))
    .map((parts) => ({ 'if-then-else': named(['if', 'then', 'else'], parts) }));
  const any = fc.constantFrom<Kind>('bool', 'long', 'text', 'entity', 'set', 'record').chain(of);
  switch (kind) {
    case 'bool':
      return [choice, ...boolBranches(of, any)];
    case 'long':
      return [choice, two(['+', '-', '*'], of('long'), of('long')), one('neg', of('long'))];
    case 'set':
      return [choice, fc.array(any, { maxLength: 3 }).map((Set) => ({ Set }))];
    case 'record':
      return [choice, fields(any)];
    case 'text':
    case 'entity':
      return [choice];
  }
}

/** An object that is built, not written: a written `then` makes an object look like a promise. */
function named(keys: readonly string[], values: readonly Json[]): Json {
  return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
}

function boolBranches(of: (kind: Kind) => fc.Arbitrary<Json>, any: fc.Arbitrary<Json>): fc.Arbitrary<Json>[] {
  const type = fc.constantFrom(...types);
  const above = fc.oneof(
    of('entity'),
    fc.array(of('entity'), { maxLength: 3 }).map((Set) => ({ Set })),
  );
  return [
    two(['&&', '||'], of('bool'), of('bool')),
    two(['&&', '||'], of('bool'), of('bool')),
    one('!', of('bool')),
    two(['==', '!='], any, any),
    two(['==', '!='], of('set'), of('set')),
    two(['==', '!='], of('long'), of('long')),
    two(['<', '<=', '>', '>='], of('long'), of('long')),
    two(['in'], of('entity'), above),
    two(['contains'], of('set'), any),
    two(['containsAll', 'containsAny'], of('set'), of('set')),
    one('isEmpty', of('set')),
    hasAttribute(fc.oneof(of('record'), of('entity'))),
    fc.record({ left: of('text'), pattern }).map((like) => ({ like })),
    fc.record({ left: of('entity'), entity_type: type }).map((is) => ({ is })),
    fc.record({ left: of('entity'), entity_type: type, in: above }).map((is) => ({ is })),
  ];
}

function uidOf(pool: readonly Entity[]): fc.Arbitrary<{ type: string; id: string }> {
  return fc.constantFrom(...pool).map(({ type, id }) => ({ type, id }));
}

const all: Json = { op: 'All' };

function headOf(pool: readonly Entity[], above: readonly Entity[], type: string): fc.Arbitrary<Json> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(all) },
    uidOf(pool).map((entity) => ({ op: '==', entity })),
    uidOf(above).map((entity) => ({ op: 'in', entity })),
    fc.constantFrom(type, 'Workflow').map((entity_type) => ({ op: 'is', entity_type })),
    uidOf(above).map((entity) => ({ op: 'is', entity_type: type, in: { entity } })),
  );
}

const actionHead = fc.oneof(
  { weight: 4, arbitrary: fc.constant(all) },
  uidOf(actions).map((entity) => ({ op: '==', entity })),
  uidOf([...groups, ...actions]).map((entity) => ({ op: 'in', entity })),
  fc.array(uidOf([...groups, ...actions]), { maxLength: 3 }).map((entities) => ({ op: 'in', entities })),
);

const condition = fc.record({ kind: fc.constantFrom('when', 'unless'), body: expression('bool', 3) });

const policy = fc.record({
  effect: fc.constantFrom('permit', 'forbid'),
  principal: headOf(principals, workflows, 'Agent'),
  action: actionHead,
  resource: headOf(resources, workflows, 'Tool'),
  conditions: fc.array(condition, { maxLength: 2 }),
}) as fc.Arbitrary<PolicyJson>;

const scalar: fc.Arbitrary<Value> = fc.oneof(fc.boolean(), long, text, entity);
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.tuple(name, scalar), { maxLength: 3 }).map(record),
);
const attributes: fc.Arbitrary<CedarRecord> = fc.array(fc.tuple(name, value), { maxLength: 5 }).map(record);

/** Each entity may lie under those after it in its list, so that there is no cycle. */
const known = fc
  .tuple(
    fc.array(attributes, { minLength: entities.length, maxLength: entities.length }),
    fc.array(fc.nat(7), { minLength: entities.length, maxLength: entities.length }),
    fc.array(fc.boolean(), { minLength: entities.length, maxLength: entities.length }),
  )
  .map(([data, above, present]) => {
    const parents = new Map(entities.map((one, index) => [one.key, parentsOf(one, above[index] ?? 0)]));
    // Actions have no attributes in Cedar, and what nobody mentions may be absent.
    const listed = entities.map((one, index) => ({
      one,
      data: one.type === 'Action' ? record([]) : data[index]!,
    }));
    const kept = listed.filter(({ one }, index) => present[index] || one.type === 'Action');
    const stored = kept.map(({ one, data }): [string, EntityData] => {
      return [one.key, { attributes: data, ancestors: closure(one.key, parents) }];
    });
    return new Map(stored);
  });

function parentsOf({ type, id }: Entity, bits: number): string[] {
  const pool = type === 'Action' ? groups : workflows;
  const from = pool.findIndex((other) => other.type === type && other.id === id) + 1;
  return pool.slice(from).flatMap(({ key }, index) => ((bits >> index) & 1 ? [key] : []));
}

function closure(key: string, parents: ReadonlyMap<string, string[]>): Set<string> {
  const direct = parents.get(key) ?? [];
  return new Set(direct.flatMap((parent) => [parent, ...closure(parent, parents)]));
}

const request = fc.record({
  principal: fc.constantFrom(...principals),
  action: fc.constantFrom(...actions),
  resource: fc.constantFrom(...resources),
  context: attributes,
  entities: known,
});

/** A set of a few policies and a request to ask it. */
export const cases: fc.Arbitrary<Case> = fc
  .record({ policies: fc.array(policy, { minLength: 1, maxLength: 4 }), request })
  .map(({ policies, request }) => ({
    policies: Object.fromEntries(policies.map((one, index) => [`p${index}`, one])),
    request,
  }));
