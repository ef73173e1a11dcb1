import { replaced } from '../placeholder.ts';
import { findCards, findIbans } from './cards.ts';
import { findEmails } from './email.ts';
import { settled, type Finding } from './finding.ts';
import { findIds } from './ids.ts';
import { findIps } from './ip.ts';
import { findPhones, type KnowsNumber } from './phones.ts';
import { findSecrets } from './secrets.ts';
import { digitParts } from './spot.ts';

/**
 * What has a form of its own: mail addresses, numbers of phones, cards, accounts and registers, addresses of the internet, secrets. Without
 * lists of names, so that any Worker may hold it. Spans may overlap: `settled` chooses. Takes time in proportion to the text.
 */
export function findStructured(text: string, known?: KnowsNumber): Finding[] {
  const parts = digitParts(text);
  return [
    ...findEmails(text),
    ...findSecrets(text),
    ...findCards(text, parts),
    ...findIbans(text, parts),
    ...findIps(text, parts),
    ...findIds(text, parts),
    ...findPhones(text, parts, known),
  ];
}

/**
 * A text with its placeholders blanked, of the same length: what they stand for is sealed already, and `secret:` in one would say that a secret
 * follows.
 */
export function blanked(text: string): string {
  return replaced(text, (placeholder) => ' '.repeat(placeholder.length));
}

/** What of a text has a form of its own, sorted, none overlapping. Placeholders are left alone. */
export function structuredIn(text: string): Finding[] {
  return settled(findStructured(blanked(text)));
}
