import { expect, test } from 'vitest';
import type { Entry } from '../../../shared/journal.ts';
import { checkEntries } from '../../../workers/console/checked.ts';
import { chain } from '../journal/support.ts';

const entries = chain('guard:one', [{ a: 1 }, { b: 2 }, { c: 3 }, { d: 4 }]).map(({ entry }) => entry);
const [first, second, third, fourth] = entries as [Entry, Entry, Entry, Entry];

test('entries hold to their own hash, in whatever order they were found', () => {
  expect(checkEntries([fourth, third, second, first])).toEqual({ sound: 4, linked: 3, faults: [] });
});

test('what a search left out proves nothing either way', () => {
  expect(checkEntries([first, fourth])).toEqual({ sound: 2, linked: 0, faults: [] });
});

test('an entry that was changed is found', () => {
  const checked = checkEntries([first, { ...second, data: { b: 3 } }, third]);
  expect(checked.sound).toBe(2);
  expect(checked.faults).toEqual([{ kind: 'altered', source: 'guard:one', seq: 2 }]);
});

test('one that was put in the place of another does not fit what follows', () => {
  const other = chain('guard:one', [{ a: 9 }, { b: 9 }])[1]!.entry;
  expect(checkEntries([first, other, third]).faults).toEqual([
    { kind: 'broken-link', source: 'guard:one', seq: 2 },
    { kind: 'broken-link', source: 'guard:one', seq: 3 },
  ]);
});

test('one without a canonical form is altered, and nothing breaks', () => {
  expect(checkEntries([{ ...first, data: { a: Number.NaN } }]).faults).toHaveLength(1);
});
