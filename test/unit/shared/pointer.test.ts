import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointer } from '../../../shared/faults.ts';
import { edited, leavesOf, partsOf, valueAt } from '../../../shared/pointer.ts';

const input = { to: ['a@x.example', 'b@x.example'], deal: { 'a/b': 1, '~': { amount: 12 } }, note: 'hello' };

test.each([
  ['/note', 'hello'],
  ['/to/1', 'b@x.example'],
  ['/deal/a~1b', 1],
  ['/deal/~0/amount', 12],
  ['', undefined],
  ['note', undefined],
  ['/to/01', undefined],
  ['/to/-', undefined],
  ['/to/length', undefined],
  ['/note/length', undefined],
  ['/constructor', undefined],
  ['/__proto__', undefined],
  ['/deal/a~2b', undefined],
])('the value at %s is %s', (at, value) => {
  expect(valueAt(input, at)).toEqual(value);
});

test.each([
  [[{ pointer: '/note', value: 'other' }], { ...input, note: 'other' }],
  [[{ pointer: '/note' }], { to: input.to, deal: input.deal }],
  [[{ pointer: '/deal/~0/amount', value: 3 }], { ...input, deal: { 'a/b': 1, '~': { amount: 3 } } }],
  [[{ pointer: '/to', value: [] }], { ...input, to: [] }],
  [
    [
      { pointer: '/new', value: {} },
      { pointer: '/new/one', value: null },
    ],
    { ...input, new: { one: null } },
  ],
])('edits %j are made on a copy', (edits, expected) => {
  const before = structuredClone(input);
  expect(edited(input, edits)).toEqual({ ok: true, input: expected });
  expect(input).toEqual(before);
});

test.each([
  ['', 'is no JSON Pointer to a member'],
  ['note', 'is no JSON Pointer to a member'],
  ['/to/0', 'is a place in a list: give the whole list'],
  ['/to/-', 'is a place in a list: give the whole list'],
  ['/nowhere/at/all', 'stands under what is not there'],
  ['/note/length', 'stands under what is not there'],
  ['/__proto__', 'is not a known field'],
  ['/__proto__/polluted', 'is not a known field'],
  ['/deal/__proto__/polluted', 'is not a known field'],
  ['/constructor/prototype/polluted', 'stands under what is not there'],
])('an edit at %s is refused: %s', (at, detail) => {
  expect(edited(input, [{ pointer: at, value: 'x' }])).toEqual({
    ok: false,
    fault: { pointer: at, detail },
  });
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('what is not there is not taken away', () => {
  expect(edited(input, [{ pointer: '/absent' }])).toMatchObject({ ok: false });
});

const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 });

test('every leaf that is listed is found by its pointer', () => {
  fc.assert(
    fc.property(json, (value) => {
      for (const leaf of leavesOf(value, 50)) expect(valueAt(value, leaf.pointer)).toBe(leaf.value);
    }),
  );
});

test('an edit changes what it points at and nothing else', () => {
  fc.assert(
    fc.property(json, fc.string(), fc.jsonValue({ maxDepth: 2 }), (value, name, to) => {
      fc.pre(name !== '__proto__' && name.isWellFormed());
      const made = edited(value, [{ pointer: pointer([name]), value: to }]);
      expect(made).toEqual({ ok: true, input: { ...value, [name]: to } });
      expect(partsOf(pointer([name]))).toEqual([name]);
    }),
  );
});
