/** Placeholders through whatever may happen to a text on its way: what is exact resolves, what is mangled is seen, the rest is left alone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  array,
  assert as check,
  constantFrom,
  nat,
  property,
  string,
  tuple,
  uint8Array,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  holdsMangled,
  neutralised,
  newPlaceholder,
  placeholderClasses,
  placeholdersIn,
  replaced,
} from '../../../shared/placeholder.ts';

const corpora = join(import.meta.dirname, '../../../../shared/corpora');

const made = tuple(constantFrom(...placeholderClasses), uint8Array({ minLength: 10, maxLength: 10 })).map(
  ([cls, bytes]) => newPlaceholder(cls, bytes),
);

const upper = (text: string, at: number): string =>
  text.slice(0, at) + text.slice(at, at + 1).toUpperCase() + text.slice(at + 1);
const into = (text: string, at: number, what: string): string => text.slice(0, at) + what + text.slice(at);
const hex = (character: string): string => character.charCodeAt(0).toString(16);

const invisible = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u180e',
  '\u034f',
  '\u{e0041}',
  '\u202e',
];
const lookAlikes: Record<string, string> = { '[': '［⟦〚【', ']': '］⟧〛】', ':': '：∶ː﹕' };
const encodings: ((character: string) => string)[] = [
  (character) => `%${hex(character)}`,
  (character) => `%${hex(character).toUpperCase()}`,
  (character) => `%25${hex(character)}`,
  (character) => `&#${character.charCodeAt(0)};`,
  (character) => `&#0${character.charCodeAt(0)};`,
  (character) => `&#x${hex(character)};`,
  (character) => `&#X${hex(character).toUpperCase()};`,
  (character) => `&amp;#${character.charCodeAt(0)};`,
  (character) => `\\u00${hex(character)}`,
  (character) => `\\x${hex(character)}`,
  (character) => `\\${character}`,
];
const brackets = /[[\]:]/g;

/** Each way to spoil a placeholder; `at` says where, of those where that matters. */
const spoil: Record<string, (one: string, at: number) => string> = {
  'all capitals': (one) => one.toUpperCase(),
  'its class in capitals': (one) => one.replace(/[a-z-]+:/, (cls) => cls.toUpperCase()),
  'one capital': (one, at) => {
    // Digits and brackets have none.
    const letters = [...one.matchAll(/[a-z]/g)].map(({ index }) => index);
    return upper(one, letters[at % letters.length] ?? 2);
  },
  'cut off behind its class': (one, at) =>
    one.slice(0, one.indexOf(':') + 1 + (at % (one.length - one.indexOf(':') - 1))),
  'cut off before its class': (one) => one.slice(2),
  'one bracket': (one) => one.slice(1, -1),
  'something invisible': (one, at) =>
    into(one, 1 + (at % (one.length - 1)), invisible[at % invisible.length] ?? ''),
  'a look-alike of a bracket or colon': (one, at) => {
    const places = [...one.matchAll(brackets)];
    const place = places[at % places.length];
    const alike = lookAlikes[place?.[0] ?? ''] ?? '';
    return one.slice(0, place?.index) + (alike[at % alike.length] ?? '') + one.slice((place?.index ?? 0) + 1);
  },
  'nothing but look-alikes': (one, at) =>
    one
      .replace('[[', '⟦〚【'.charAt(at % 3))
      .replace(']]', '⟧〛】'.charAt(at % 3))
      .replace(':', '∶ː﹕'.charAt(at % 3)),
  'letters of other scripts': (one) =>
    one.replace('a', 'а').replace('e', 'е').replace('o', 'о').replace('i', 'і'),
  'every character encoded': (one, at) =>
    Array.from(one, (c) => encodings.slice(0, -1)[at % (encodings.length - 1)]?.(c) ?? c).join(''),
  'full width letters': (one) => one.replace(/[a-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  encoded: (one, at) => one.replace(brackets, (c) => encodings[at % encodings.length]?.(c) ?? c),
  'one bracket encoded': (one, at) =>
    one.replace(/\[|\]|:/, (c) => encodings[at % encodings.length]?.(c) ?? c),
  'another class': (one) => one.replace(/[a-z-]+:/, one.startsWith('[[email') ? 'phone:' : 'email:'),
  'one in another': (one) => one.replace(/:/, `:${one}`),
  'white space within': (one, at) => into(one, at % 2 === 0 ? 1 : one.indexOf(':') + 1, ' '),
  'a line break': (one, at) => into(one, at % 2 === 0 ? 2 : one.indexOf(':') + 1, '\n'),
};
const ways = constantFrom(...Object.keys(spoil));
/** Words around it, without what a placeholder is made of. */
const words: Arbitrary<string> = string({ unit: 'binary-ascii', maxLength: 30 }).map((text) =>
  text.replace(/[^ a-zA-Z.,]/g, ' '),
);

const vault = (one: string): string => `<${one.length}>`;

describe('a spoilt placeholder', () => {
  test('is seen in whatever way it was spoilt, and never resolves', () => {
    check(
      property(made, ways, nat(200), words, words, (one, way, at, before, after) => {
        const bad = spoil[way]?.(one, at) ?? '';
        // A backslash before it, say: what is left is exact, and resolves.
        if (placeholdersIn(bad).includes(one)) return;
        const text = `${before} ${bad} ${after}`;
        expect(holdsMangled(text), `${way}: ${JSON.stringify(bad)}`).toBe(true);
      }),
      { numRuns: 4_000 },
    );
  });

  test('is seen when it was spoilt twice', () => {
    const twice = ['all capitals', 'something invisible', 'encoded', 'full width letters'];
    check(
      property(made, constantFrom(...twice), constantFrom(...twice), nat(200), (one, first, second, at) => {
        const bad = spoil[second]?.(spoil[first]?.(one, at) ?? '', at) ?? '';
        if (placeholdersIn(bad).includes(one)) return;
        expect(holdsMangled(`see ${bad} there`), `${first}, ${second}: ${JSON.stringify(bad)}`).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('beside an exact one does not hide behind it', () => {
    check(
      property(made, made, ways, nat(200), (good, one, way, at) => {
        const bad = spoil[way]?.(one, at) ?? '';
        if (placeholdersIn(bad).includes(one)) return;
        expect(holdsMangled(`${good} ${bad} ${good}`)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('in strangers’ text is made unusable', () => {
    check(
      property(made, ways, nat(200), words, (one, way, at, before) => {
        const text = neutralised(`${before}${spoil[way]?.(one, at) ?? ''} and ${one}`);
        expect(placeholdersIn(text)).toEqual([]);
        expect(holdsMangled(text)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an exact placeholder', () => {
  test('resolves in any text, and leaves no part of itself', () => {
    check(
      property(
        made,
        array(string({ unit: 'grapheme', maxLength: 20 }), { minLength: 2, maxLength: 2 }),
        (one, [before = '', after = '']) => {
          const text = `${before}${one}${after}`;
          expect(placeholdersIn(text)).toContain(one);
          const opened = replaced(text, vault);
          expect(opened).not.toContain(one.slice(2, -2));
          expect(opened).toContain(vault(one));
        },
      ),
    );
  });

  test('comes through JSON, HTML and Markdown as it is', () => {
    check(
      property(made, (one) => {
        expect(JSON.stringify(one)).toBe(`"${one}"`);
        for (const text of [`<p>${one}</p>`, `**${one}**`, `- ${one}\n- ${one}`, `[x](mailto:${one})`]) {
          expect(placeholdersIn(text)).toEqual([one]);
          expect(holdsMangled(text)).toBe(false);
        }
      }),
    );
  });
});

describe('ordinary text', () => {
  test.each([
    '[[Main Page]] and [[File:Cat.jpg]] and [[Category:Names]]',
    '[[name]] [[Name|Ada]] [[e-mail address]]',
    '{{email}} {{{FIRST_NAME|there}}} ${phone} %name% <%= card %>',
    '[email](mailto:a@b.example), [phone]: +1 206 555 0100',
    'array[[0]] matrix[[1,2],[3,4]] a[b[c]]',
    'Name: Ada. Phone: 5550100. IP: 10.0.0.1. Card: none.',
    'text: one two three four five',
    '[name: Ada Lovelace]',
    '&#91;1&#93; and %5B1%5D and \\[1\\]',
    'He said: [sic] [...] [[nodiscard]] [[fallthrough]]',
  ])('is left alone: %s', (text) => {
    expect(holdsMangled(text)).toBe(false);
    expect(neutralised(text)).toBe(text);
  });

  test('of any kind resolves nothing and is not refused', () => {
    check(
      property(string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(placeholdersIn(text)).toEqual([]);
        expect(holdsMangled(text)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test.skipIf(!existsSync(corpora))('of the corpora is not refused', () => {
    const strings = JSON.parse(readFileSync(join(corpora, 'blns/blns.json'), 'utf8')) as string[];
    const prompts = JSON.parse(
      readFileSync(join(corpora, 'notinject-benign/NotInject_one.json'), 'utf8'),
    ) as { prompt: string }[];
    const texts = [...strings, ...prompts.map(({ prompt }) => prompt)];
    expect(texts.filter(holdsMangled)).toEqual([]);
    expect(texts.filter((text) => neutralised(text) !== text)).toEqual([]);
  });
});
