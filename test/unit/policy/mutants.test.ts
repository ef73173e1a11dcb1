import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as Evaluate from '../../../shared/cedar/evaluate.ts';
import type * as Values from '../../../shared/cedar/values.ts';
import { isSet, type Value } from '../../../shared/cedar/values.ts';
import { Entity, record } from '../../../shared/cedar/values.ts';
import { cases } from './generate.ts';
import { askCedar, type Case, type Finding } from './real-cedar.ts';
import { trapCase, traps } from './traps.ts';

/** Ways to break the evaluator; the tests against real Cedar must notice each. */
const mutants: [says: string, file: string, from: string, to: string][] = [
  ['overflow wraps', 'longs.ts', 'return undefined;', 'return Number(BigInt.asIntN(64, result));'],
  ['sums are rounded', 'longs.ts', 'if (Number.isSafeInteger(quick)) return quick;', 'return quick;'],
  [
    '&& looks at both sides',
    'expression.ts',
    'bool(left(request)) && bool(right(request))',
    'bool(right(request)) && bool(left(request))',
  ],
  [
    'sets are equal by size',
    'values.ts',
    'includesAll(a, b) && includesAll(b, a)',
    'a.length === b.length && includesAll(a, b)',
  ],
  [
    'inherited properties count',
    'values.ts',
    'Object.hasOwn(from, name) ? from[name] : undefined',
    '({ ...from })[name]',
  ],
  [
    '!= fails across types',
    'expression.ts',
    "'!=': binary((a, b) => !equal(a, b))",
    "'!=': binary((a, b) => typeof a === typeof b && !equal(a, b))",
  ],
  ['like lets parts overlap', 'like.ts', 'text.length - last.length >= from', 'true'],
  ['in forgets the entity itself', 'expression.ts', 'key === one.key || ', ''],
  ['is forgets its in', 'expression.ts', 'one.type === type && (', 'one.type === type || ('],
  ['unless is taken for when', 'evaluate.ts', '!truth(expression, request)', 'truth(expression, request)'],
  ['a forbid that fails is passed over', 'evaluate.ts', 'allowed && failed.length === 0', 'allowed'],
  [
    'permits win over forbids',
    'evaluate.ts',
    'forbid.length === 0 && permit.length > 0',
    'permit.length > 0',
  ],
];

const sources = ['evaluate.ts', 'expression.ts', 'like.ts', 'longs.ts', 'values.ts'];
const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
let asked: { one: Case; theirs: Finding }[];

beforeAll(() => {
  const generated = fc.sample(cases, { numRuns: 700, seed: 4 });
  const written = traps.map(([, expression]) => trapCase(expression));
  asked = [...written, ...generated].map((one) => ({ one, theirs: askCedar(one) }));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function load(
  name: string,
  change: (file: string, text: string) => string,
): Promise<(one: Case) => Finding> {
  const target = join(folder, name);
  for (const file of sources) {
    cpSync(join(import.meta.dirname, '../../../shared/cedar', file), join(target, file));
    writeFileSync(join(target, file), change(file, readFileSync(join(target, file), 'utf8')));
  }
  const evaluate = (await import(join(target, 'evaluate.ts'))) as typeof Evaluate;
  const values = (await import(join(target, 'values.ts'))) as typeof Values;
  return ({ policies, request }) => {
    const compiled = Object.entries(policies).map(([id, json]) => evaluate.compilePolicy(id, json));
    const { decision, determining, failed } = evaluate.authorize(compiled, rebuilt(request, values));
    return { decision, determining: determining.sort(), failed: failed.sort() };
  };
}

/** The copy has its own `Entity` class, and only knows entities made by it. */
function rebuilt(request: Case['request'], { Entity: Own }: typeof Values): Case['request'] {
  const copy = (value: Value): Value => {
    if (value instanceof Entity) return new Own(value.type, value.id);
    if (typeof value !== 'object') return value;
    if (isSet(value)) return value.map(copy);
    return record(Object.keys(value).map((name) => [name, copy((value as Record<string, Value>)[name]!)]));
  };
  const own = (one: Entity): Entity => new Own(one.type, one.id);
  const entities = [...request.entities].map(([key, data]) => {
    return [key, { ...data, attributes: copy(data.attributes) as Values.CedarRecord }] as const;
  });
  return {
    principal: own(request.principal),
    action: own(request.action),
    resource: own(request.resource),
    context: copy(request.context) as Values.CedarRecord,
    entities: new Map(entities),
  };
}

function differs(ask: (one: Case) => Finding): boolean {
  return asked.some(({ one, theirs }) => JSON.stringify(ask(one)) !== JSON.stringify(theirs));
}

test('an unchanged copy of the evaluator passes', async () => {
  expect(differs(await load('unchanged', (_, text) => text))).toBe(false);
});

test.each(mutants)('noticed: %s', async (says, file, from, to) => {
  let found = false;
  const ask = await load(says.replaceAll(/\W+/g, '-'), (name, text) => {
    if (name !== file) return text;
    found = text.includes(from);
    return text.replace(from, to);
  });
  // A mutant that changes nothing would be noticed by nobody.
  expect(found).toBe(true);
  expect(differs(ask)).toBe(true);
});
