import { scanClaims } from '../../../shared/claims.ts';
import type { IntercomConversation, IntercomTicket } from './intercom.ts';
import { descriptionOf, plain } from './shown.ts';
import { topicPhrases, topics, type Topic } from './topic-words.ts';

/** Topics whose conversations go to the special queue, and whose words no agent reads. */
const special: ReadonlySet<Topic> = new Set(['payment', 'health', 'recovery']);

/** The topics of some texts, by fixed rules: words in many languages, card numbers, IBANs. Pure. */
export function topicsOf(texts: readonly (string | null | undefined)[]): Topic[] {
  const said = texts
    .filter((text) => typeof text === 'string')
    .map((text, at) => [String(at), text] as const);
  const { forbidden } = scanClaims({ forbidden: topicPhrases, doubtful: [] }, said);
  const found = new Set(forbidden.map(({ claim }) => claim));
  if (said.some(([, text]) => holdsCard(text) || holdsIban(text))) found.add('payment');
  return topics.filter((topic) => found.has(topic));
}

/** Whether it is for the people of the special queue alone. */
export function isSpecial(found: readonly Topic[]): boolean {
  return found.some((topic) => special.has(topic));
}

/** The topics of a conversation: all that was written in it by anybody but the team itself, whose answers may name a password. */
export function conversationTopics(found: IntercomConversation): Topic[] {
  const parts = found.conversation_parts?.conversation_parts ?? [];
  const written = parts.filter(({ author }) => !ours.has(author?.type ?? ''));
  return topicsOf([
    plain(found.title),
    plain(found.source?.subject),
    plain(found.source?.body),
    ...written.map(({ body }) => plain(body)),
  ]);
}

const ours: ReadonlySet<string> = new Set(['admin', 'bot', 'team']);

/** The topics of a ticket: its title, its description and what was written to it. */
export function ticketTopics(found: IntercomTicket): Topic[] {
  const parts = found.ticket_parts?.ticket_parts ?? [];
  const title = found.ticket_attributes?.['_default_title_'];
  return topicsOf([
    typeof title === 'string' ? title : null,
    descriptionOf(found),
    ...parts.map(({ body }) => plain(body)),
  ]);
}

/** What policies are told of a conversation. */
export function topicFacts(found: IntercomConversation | null): Record<string, boolean> {
  const holds = found ? conversationTopics(found) : [];
  const each = Object.fromEntries(topics.map((topic) => [topic, holds.includes(topic)]));
  return { found: found !== null, special: isSpecial(holds), ...each };
}

/**
 * What an agent is shown of a conversation or a ticket: of what is special everything but the words, in whichever field they
 * stand. Redacting words out of a text would leave what nobody thought of; a person reads it in Intercom.
 */
export function forAgents<T extends Record<string, unknown>>(
  shown: T,
  found: readonly Topic[],
): T & Withheld {
  const withheld = isSpecial(found);
  const told = withheld ? (withoutWords(shown) as T) : shown;
  return { ...told, topics: [...found], withheld };
}

interface Withheld {
  topics: Topic[];
  withheld: boolean;
}

const wordy: ReadonlySet<string> = new Set(['title', 'subject', 'wrote']);

function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, wordy.has(key) ? null : withoutWords(one)]),
  );
}

/** A number of 13 to 19 digits, however grouped, whose check digit is right (Luhn, ISO/IEC 7812-1). */
function holdsCard(text: string): boolean {
  const runs = text.normalize('NFKC').match(/\d(?:[ .\-\u2010-\u2015]?\d){12,18}/g) ?? [];
  return runs.some((run) => luhn(run.replace(/\D/g, '')));
}

function luhn(digits: string): boolean {
  const sum = Array.from(digits, Number)
    .reverse()
    .map((digit, at) => (at % 2 === 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2))
    .reduce((a, b) => a + b, 0);
  return sum % 10 === 0;
}

/** Lengths of IBANs by country (ISO 13616 registry), of those whose customers write most; of others the run as it stands. */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AE23 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GR27 HR21 HU28 IE22 IS26 IT27 LI21 LT20 LU20 LV21 MC27 ' +
    'MT31 NL18 NO15 PL28 PT25 RO24 SA24 SE24 SI19 SK24 TR26 UA29'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** An account number after ISO 13616 whose check digits are right. */
function holdsIban(text: string): boolean {
  const runs =
    text
      .normalize('NFKC')
      .toUpperCase()
      .match(/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/g) ?? [];
  // What follows in the run may be the next words.
  return runs.some((run) => {
    const whole = run.replaceAll(' ', '');
    const iban = whole.slice(0, ibanLengths[whole.slice(0, 2)] ?? whole.length);
    return mod97(iban) === 1;
  });
}

function mod97(iban: string): number {
  const turned = iban.slice(4) + iban.slice(0, 4);
  const digits = turned.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return Array.from(digits, Number).reduce((rest, digit) => (rest * 10 + digit) % 97, 0);
}
