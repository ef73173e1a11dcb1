import { describe, expect, test } from 'vitest';
import { piecesOf, plainOf } from '../../../workers/console/parts/odd.ts';

describe('a text from outside', () => {
  test('stays as it is where every character shows', () => {
    for (const text of ['Grüße, 你好, سلام', '<script>alert(1)</script>', 'two\nlines\tand a tab', '😀']) {
      expect(piecesOf(text)).toEqual([{ plain: text }]);
    }
  });

  test.each([
    ['a\u202Eb', 'U+202E'],
    ['a\u200Bb', 'U+200B'],
    ['a\u0000b', 'U+0000'],
    ['a\u001B[31mb', 'U+001B'],
    ['a\u2066b', 'U+2066'],
    ['a\uFEFFb', 'U+FEFF'],
    ['a\u00ADb', 'U+00AD'],
    ['a\u2028b', 'U+2028'],
    ['a\u3164b', 'U+3164'],
    ['a\uD800b', 'U+D800'],
    ['a\u{E0041}b', 'U+E0041'],
    ['a\u{E0101}b', 'U+E0101'],
    ['a\u061Cb', 'U+061C'],
  ])('%j shows its odd character by code', (text, code) => {
    const pieces = piecesOf(text);
    expect(pieces[0]).toEqual({ plain: 'a' });
    expect(pieces[1]).toMatchObject({ code });
    expect(pieces.some((piece) => 'plain' in piece && piece.plain.includes(text.slice(1, 2)))).toBe(false);
  });

  test('is one cut line where only a line fits', () => {
    expect(plainOf('a\nb\u202Ec')).toBe('a b[U+202E]c');
    expect(plainOf('x'.repeat(300), 10)).toBe(`${'x'.repeat(10)}…`);
  });
});
