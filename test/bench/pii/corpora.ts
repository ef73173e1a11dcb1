import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PiiClass } from '../../../shared/pii/finding.ts';

/** Beside the project, never in it: where the corpora are. */
export const corpora =
  process.env['TOOLGATE_CORPORA'] ?? resolve(import.meta.dirname, '../../../../shared/corpora');

/** A span that stands for somebody's data; without `start`, one somewhere in the text. */
export interface Gold {
  class: PiiClass;
  start?: number;
  end?: number;
}

export interface Case {
  text: string;
  gold: readonly Gold[];
  /** Only these classes are scored here: a case of one recogniser says nothing about others. All without it. */
  about?: readonly PiiClass[];
  from: 'synth' | 'recogniser' | 'notinject';
}

const files = {
  synth: 'presidio-synth-v2/synth_dataset_v2.part.json',
  recogniser: 'presidio-recogniser-cases/cases.jsonl',
  notinject: 'notinject-benign/NotInject_one.json',
} as const;

/** The corpora that are not there. */
export function absentCorpora(): string[] {
  return Object.values(files).filter((file) => !existsSync(join(corpora, file)));
}

/** All cases. Throws if a corpus is absent. */
export function loadCases(): Case[] {
  return [...synth(), ...recognisers(), ...benign()];
}

function read(file: string): string {
  return readFileSync(join(corpora, file), 'utf8');
}

interface SynthRow {
  full_text: string;
  spans: { entity_type: string; start_position: number; end_position: number }[];
}

/** What the sentences' labels are to us. The others (organisations, titles, ages, times, nationalities, domains) are no class of ours. */
const synthClasses: Readonly<Record<string, PiiClass>> = {
  PERSON: 'name',
  STREET_ADDRESS: 'address',
  CREDIT_CARD: 'card',
  PHONE_NUMBER: 'phone',
  EMAIL_ADDRESS: 'email',
  IP_ADDRESS: 'ip',
  US_SSN: 'national-id',
};

function synth(): Case[] {
  const rows = JSON.parse(read(files.synth)) as SynthRow[];
  return rows.map(({ full_text: raw, spans }) => {
    const offset = offsets(raw);
    const at = (span: SynthRow['spans'][number]) => ({
      type: span.entity_type,
      start: offset(span.start_position),
      end: offset(span.end_position),
    });
    return { text: raw, gold: goldOf(raw, spans.map(at)), from: 'synth' };
  });
}

interface Label {
  type: string;
  start: number;
  end: number;
}

/**
 * The corpus labels one postal address in pieces (house number, street, flat, postcode, and town and country as places). Pieces that only
 * spaces, commas, line ends and quoting marks part are one address, if one of them is a street's. A place alone is no class of ours.
 */
function goldOf(text: string, labels: readonly Label[]): Gold[] {
  const sorted = [...labels].sort((a, b) => a.start - b.start);
  const pieces = sorted.filter(({ type }) => ['STREET_ADDRESS', 'ZIP_CODE', 'GPE'].includes(type));
  const groups: Label[][] = [];
  for (const piece of pieces) {
    const last = groups.at(-1)?.at(-1);
    if (last && /^[\s,>?]*$/.test(text.slice(last.end, piece.start))) groups.at(-1)?.push(piece);
    else groups.push([piece]);
  }
  const addresses = groups
    .filter((group) => group.some(({ type }) => type === 'STREET_ADDRESS'))
    .map((group): Gold => ({ class: 'address', start: group[0]?.start ?? 0, end: group.at(-1)?.end ?? 0 }));
  const rest = sorted.flatMap(({ type, start, end }): Gold[] => {
    const cls = synthClasses[type];
    return cls && cls !== 'address' ? [{ class: cls, start, end }] : [];
  });
  return [...addresses, ...rest];
}

interface RecogniserRow {
  entities: string[] | null;
  text?: string;
  iban?: string;
  expected_len: number;
  expected_positions?: unknown;
  expected_res?: unknown;
  expected_position?: unknown;
}

/** What the recognisers look for is to us. Absent: no class of ours (vehicles, dates, links, crypto, network cards, companies' registers). */
const recogniserClasses: Readonly<Record<string, PiiClass>> = {
  EMAIL_ADDRESS: 'email',
  CREDIT_CARD: 'card',
  IBAN_CODE: 'iban',
  IP_ADDRESS: 'ip',
  PHONE_NUMBER: 'phone',
  TR_PHONE_NUMBER: 'phone',
  PH_MOBILE_NUMBER: 'phone',
  UK_POSTCODE: 'address',
  ...Object.fromEntries(
    (
      'ABA_ROUTING_NUMBER AU_ABN AU_ACN AU_MEDICARE AU_TFN CA_SIN DE_FUEHRERSCHEIN DE_HEALTH_INSURANCE DE_ID_CARD DE_LANR DE_PASSPORT ' +
      'DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER ES_NIE ES_NIF ES_PASSPORT FI_PERSONAL_IDENTITY_CODE IN_AADHAAR IN_PAN IN_PASSPORT ' +
      'IN_VOTER IT_DRIVER_LICENSE IT_FISCAL_CODE KR_DRIVER_LICENSE KR_FRN KR_PASSPORT KR_RRN MEDICAL_LICENSE NG_NIN PH_TIN PL_PESEL ' +
      'SE_PERSONNUMMER SG_NRIC_FIN TH_TNIN TR_NATIONAL_ID UK_DRIVING_LICENCE UK_NHS UK_NINO UK_PASSPORT US_BANK_NUMBER US_DRIVER_LICENSE ' +
      'US_ITIN US_MBI US_NPI US_PASSPORT US_SSN ZA_ID_NUMBER'
    )
      .split(' ')
      .map((entity) => [entity, 'national-id' satisfies PiiClass]),
  ),
};

function recognisers(): Case[] {
  const rows = read(files.recogniser)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecogniserRow);
  return rows.flatMap((row): Case[] => {
    const kinds = [...new Set(row.entities)];
    const cls = kinds.length === 1 ? recogniserClasses[kinds[0] ?? ''] : undefined;
    const text = row.text ?? row.iban;
    if (!cls || text === undefined) return [];
    return [{ text, gold: expected(row, cls, text), about: [cls], from: 'recogniser' }];
  });
}

function expected(row: RecogniserRow, cls: PiiClass, text: string): Gold[] {
  if (row.expected_len === 0) return [];
  const offset = offsets(text);
  const found = row.expected_positions ?? row.expected_res ?? row.expected_position;
  const pairs = (Array.isArray(found) ? found : []) as unknown[];
  const spans = (Array.isArray(pairs[0]) ? pairs : [pairs]) as [number, number][];
  const known = spans.filter((span) => span.length >= 2).slice(0, row.expected_len);
  if (known.length === 0) return Array.from({ length: row.expected_len }, () => ({ class: cls }));
  return known.map(([start, end]) => ({ class: cls, start: offset(start), end: offset(end) }));
}

function benign(): Case[] {
  const rows = JSON.parse(read(files.notinject)) as { prompt: string }[];
  return rows.map(({ prompt }) => ({ text: prompt, gold: [], from: 'notinject' }));
}

/** UTF-16 offsets of the corpora's code points. */
function offsets(text: string): (point: number) => number {
  const at = [0];
  for (const character of text) at.push((at.at(-1) ?? 0) + character.length);
  return (point) => at[point] ?? text.length;
}
