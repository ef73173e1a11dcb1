import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { detect } from '../../../shared/pii/detect.ts';
import type { PiiClass } from '../../../shared/pii/finding.ts';
import type { Said } from './score.ts';

/** What finds personal data in a text, under the classes that it has. */
export interface Engine {
  name: string;
  /** Which of ours it has a name for. */
  classes: readonly PiiClass[];
  find: (text: string) => Promise<readonly Said[]> | readonly Said[];
}

const peers = resolve(import.meta.dirname, '../../peers');
const needed = ['@arcjet/redact', 'redact-pii', 'compromise'];

/** The peers that are not installed. */
export function absentPeers(): string[] {
  return needed.filter((name) => !existsSync(join(peers, 'node_modules', name, 'package.json')));
}

export const ours: Engine = {
  name: 'toolgate',
  classes: ['email', 'phone', 'card', 'iban', 'national-id', 'ip', 'address', 'birthdate', 'secret', 'name'],
  find: (text) => detect(text),
};

/** The peers, each with what it offers for each of our classes. */
export async function loadPeers(): Promise<Engine[]> {
  return [
    arcjet(await load('@arcjet/redact')),
    redactPii(await load('redact-pii')),
    compromise(await load('compromise')),
  ];
}

/** From the folder of the peers: the product has none of them. */
async function load<T>(name: string): Promise<T> {
  const require = createRequire(join(peers, 'package.json'));
  return (await import(pathToFileURL(require.resolve(name)).href)) as T;
}

const BEGIN = '\ue000';
const END = '\ue001';

interface Arcjet {
  redact: (
    text: string,
    options: { replace: (entity: string, plain: string) => string },
  ) => Promise<[string, unknown]>;
}

function arcjet({ redact }: Arcjet): Engine {
  const classes: Record<string, PiiClass> = {
    email: 'email',
    'phone-number': 'phone',
    'ip-address': 'ip',
    'credit-card-number': 'card',
  };
  return {
    name: '@arcjet/redact',
    classes: Object.values(classes),
    find: async (text) => {
      const replace = (entity: string): string => `${BEGIN}${classes[entity] ?? entity}${END}`;
      const [redacted] = await redact(text, { replace });
      return spansOf(text, redacted.split(/\ue000([a-z-]+)\ue001/));
    },
  };
}

interface RedactPii {
  SyncRedactor: new () => { redact: (text: string) => string };
}

/** As it comes: it redacts in turns, each class over what those before left. */
function redactPii({ SyncRedactor }: RedactPii): Engine {
  const redactor = new SyncRedactor();
  const words: Record<string, PiiClass | ''> = {
    CREDIT_CARD_NUMBER: 'card',
    STREET_ADDRESS: 'address',
    PHONE_NUMBER: 'phone',
    IP_ADDRESS: 'ip',
    US_SOCIAL_SECURITY_NUMBER: 'national-id',
    EMAIL_ADDRESS: 'email',
    PERSON_NAME: 'name',
    PASSWORD: 'secret',
    CREDENTIALS: 'secret',
    // No class of ours.
    ZIPCODE: '',
    USERNAME: '',
    DIGITS: '',
    URL: '',
  };
  const pattern = new RegExp(`(${Object.keys(words).join('|')})`);
  return {
    name: 'redact-pii',
    classes: ['card', 'address', 'phone', 'ip', 'national-id', 'email', 'name', 'secret'],
    find: (text) => {
      const parts = redactor.redact(text).split(pattern);
      return spansOf(
        text,
        parts.map((part, at) => (at % 2 === 0 ? part : (words[part] ?? ''))),
      );
    },
  };
}

interface Matches {
  json: (options: object) => { offset?: { start: number; length: number } }[];
}
interface Compromise {
  default: (text: string) => Record<'people' | 'places' | 'emails' | 'phoneNumbers', () => Matches>;
}

/** Its places are the nearest that it has to addresses. */
function compromise({ default: nlp }: Compromise): Engine {
  const kinds = [
    ['people', 'name'],
    ['places', 'address'],
    ['emails', 'email'],
    ['phoneNumbers', 'phone'],
  ] as const;
  return {
    name: 'compromise',
    classes: kinds.map(([, cls]) => cls),
    find: (text) => {
      const doc = nlp(text);
      return kinds.flatMap(([kind, cls]) =>
        doc[kind]()
          .json({ offset: true })
          .flatMap(({ offset }) =>
            offset ? [bare(text, cls, offset.start, offset.start + offset.length)] : [],
          ),
      );
    },
  };
}

/** Without the marks and spaces that an engine counts to a word. */
function bare(text: string, cls: PiiClass, start: number, end: number): Said {
  const span = text.slice(start, end);
  const lead = /^[^\p{L}\p{N}+(]*/u.exec(span)?.[0].length ?? 0;
  const trail = /(?:['’]s)?[^\p{L}\p{N})]*$/u.exec(span)?.[0].length ?? 0;
  return { class: cls, start: start + lead, end: Math.max(start + lead, end - trail) };
}

/**
 * Where what was redacted stood: what was left stands in the original in its order, and between two such pieces stood what the class between
 * them says. `parts` are pieces and classes in turns.
 */
function spansOf(text: string, parts: readonly string[]): Said[] {
  const found: Said[] = [];
  let at = text.startsWith(parts[0] ?? '') ? (parts[0] ?? '').length : 0;
  for (let n = 1; n < parts.length; n += 2) {
    const piece = parts[n + 1] ?? '';
    const next = n + 2 >= parts.length ? text.length - piece.length : text.indexOf(piece, at + 1);
    const end = next < at ? text.length : next;
    if (parts[n] !== '') found.push(bare(text, parts[n] as PiiClass, at, end));
    at = end + piece.length;
  }
  return found;
}
