import { expect, test } from 'vitest';
import { isId, newId } from '../../../shared/ids.ts';

test('ids of one millisecond are all different, well formed, and sort by time', () => {
  const ids = Array.from({ length: 20_000 }, () => newId('call', 1_700_000_000_000));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => isId('call', id))).toBe(true);
  expect(newId('call', 1_700_000_000_001) > (ids.toSorted().at(-1) ?? '')).toBe(true);
});

test('every letter of the random part occurs at every place', () => {
  const seen = Array.from({ length: 16 }, () => new Set<string>());
  for (let n = 0; n < 2_000; n += 1) {
    const letters = newId('call', 0).slice(-16);
    for (let at = 0; at < 16; at += 1) seen[at]?.add(letters.charAt(at));
  }
  expect(seen.map((letters) => letters.size)).toEqual(seen.map(() => 32));
});

test.each(['call_', 'call_0', 'lead_01JD0000000000000000000000', 'call_01jd0000000000000000000000'])(
  '%j is no id of a call',
  (text) => expect(isId('call', text)).toBe(false),
);
