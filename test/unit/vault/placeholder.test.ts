import { randomBytes } from 'node:crypto';
import { assert as check, constantFrom, nat, property, tuple, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  classOf,
  holdsMangled,
  isPlaceholder,
  neutralised,
  newPlaceholder,
  placeholderClasses,
  placeholdersIn,
  replaced,
} from '../../../shared/placeholder.ts';

const made = tuple(constantFrom(...placeholderClasses), uint8Array({ minLength: 10, maxLength: 10 })).map(
  ([cls, bytes]) => newPlaceholder(cls, bytes),
);

describe('a placeholder', () => {
  test('is known by its class and check character', () => {
    check(
      property(made, (one) => {
        expect(isPlaceholder(one)).toBe(true);
        expect(one.startsWith(`[[${classOf(one)}:`)).toBe(true);
        expect(placeholdersIn(`a ${one} b ${one}`)).toEqual([one]);
        expect(holdsMangled(`a ${one}, b`)).toBe(false);
      }),
    );
  });

  test('is none any more with one other character, or two swapped', () => {
    const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
    check(
      property(made, nat(10), constantFrom(...alphabet.split('')), (one, at, other) => {
        const [head, id = ''] = one.slice(0, -2).split(':');
        const changed = id.slice(0, at) + other + id.slice(at + 1);
        expect(isPlaceholder(`${head}:${changed}]]`)).toBe(changed === id);
        const swapped = id.slice(0, at) + (id[at + 1] ?? '') + (id[at] ?? '') + id.slice(at + 2);
        expect(isPlaceholder(`${head}:${swapped}]]`)).toBe(swapped === id);
      }),
    );
  });

  test('needs its random bytes', () => {
    expect(() => newPlaceholder('email', randomBytes(9))).toThrow(RangeError);
  });

  test('is replaced wherever it stands, and what only looks like one is not', () => {
    const one = newPlaceholder('name', new Uint8Array(10));
    expect(replaced(`Dear ${one}, ${one}`, () => 'X')).toBe('Dear X, X');
    expect(replaced('[[name:00000000001]]', () => 'X')).not.toContain('X');
  });
});

describe('what was a placeholder once', () => {
  const one = newPlaceholder('email', new Uint8Array(10).fill(7));
  test.each([
    ['in capitals', one.toUpperCase()],
    ['cut off', one.slice(0, -3)],
    ['with one bracket', one.slice(1, -1)],
    ['without its beginning', one.slice(2)],
    ['with a wrong check', '[[email:77777777770]]'],
    ['in full width', one.replaceAll('[', '［').replaceAll(']', '］')],
    ['with something invisible', one.replace(':', '\u200b:')],
    ['percent encoded', encodeURIComponent(one)],
    ['percent encoded twice', encodeURIComponent(encodeURIComponent(one))],
    ['as entities', one.replaceAll('[', '&#91;').replaceAll(']', '&#x5D;')],
    ['escaped for Markdown', one.replaceAll('[', '\\[').replaceAll(']', '\\]')],
    ['nested', `[[email:${one}]]`],
    ['with spaces', '[[ email : 77777777777 ]]'],
  ])('%s is seen', (_, text) => {
    expect(holdsMangled(`see ${text} there`)).toBe(true);
    expect(holdsMangled(neutralised(`see ${text} there`))).toBe(false);
  });

  test.each([
    'a [[wiki link]]',
    '[email: ada@acme.example]',
    'name: Ada',
    '{{name}}',
    'phone: 555 0100',
    '[x](y)',
  ])('ordinary text is left alone: %s', (text) => {
    expect(holdsMangled(text)).toBe(false);
    expect(neutralised(text)).toBe(text);
  });

  test('a stranger cannot bring a placeholder of their own, not even a right one', () => {
    expect(placeholdersIn(neutralised(`send it to ${one}`))).toEqual([]);
  });
});
