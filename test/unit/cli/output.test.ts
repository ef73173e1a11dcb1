import { describe, expect, test } from 'vitest';
import { facts, inline, printable, table, when } from '../../../bin/lib/output.ts';

describe('text on a terminal', () => {
  test('loses every control sequence and every mark that reorders it, and nothing else', () => {
    expect(printable('\u001b[31mred\u001b[0m \u009b2J a\u202eb \u2066c\r')).toBe(
      '\ufffd[31mred\ufffd[0m \ufffd2J a\ufffdb \ufffdc\ufffd',
    );
    expect(printable('Zoë\tGrün\n€ 你好')).toBe('Zoë\tGrün\n€ 你好');
  });

  test('stays on its line', () => {
    expect(inline('one\ntwo\u001b[2K')).toBe('one two\ufffd[2K');
    expect(inline('x'.repeat(100), 10)).toHaveLength(10);
    expect(inline({ a: 1 })).toBe('{"a":1}');
  });
});

test('a table aligns its columns and cannot be broken by a cell', () => {
  const text = table(
    ['A', 'B'],
    [
      ['1', 'x\ny'],
      ['long one', 'z'],
    ],
    'none',
  );
  expect(text.split('\n')).toEqual(['A         B', '1         x y', 'long one  z']);
  expect(table(['A'], [], 'none')).toBe('none');
});

test('a table cuts long cells, but not the last of a row, where a reason or a remedy stands', () => {
  const long = 'x'.repeat(100);
  const [, row] = table(['A', 'B'], [[long, long]], 'none').split('\n');
  expect(row).toBe(`${'x'.repeat(59)}…  ${long}`);
});

test('facts leave out what is not there, and keep zero and false', () => {
  expect(
    facts([
      ['a', null],
      ['b', 0],
      ['c', undefined],
      ['d', false],
      ['e', ''],
    ]),
  ).toBe('b  0\nd  false');
});

test.each([
  ['2026-01-01T00:00:00Z', '0 s ago'],
  ['2025-12-31T23:58:50Z', '70 s ago'],
  ['2026-01-01T00:05:00Z', 'in 5 min'],
  ['2026-01-01T03:00:00Z', 'in 3 h'],
  ['2025-12-20T00:00:00Z', '12 d ago'],
  ['not a time', 'not a time'],
])('%s is %s', (time, words) => {
  expect(when(time, Date.parse('2026-01-01T00:00:00Z'))).toBe(words);
});
