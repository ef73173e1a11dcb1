/**
 * What a person told a site, sealed with a public key: the lead inbox can seal and not open, so a copy of its storage tells
 * nothing about anybody. Pure but for the random key of each sealing.
 */
import { Buffer } from 'node:buffer';
import { canonical } from './canonical.ts';
import { sha256, type JwkText } from './crypto.ts';
import { keyPair, open, publicPoint, seal, type EcJwk, type KeyPair } from './hpke.ts';

/** What of a lead is only ever kept sealed. */
export const leadFields = [
  'name',
  'email',
  'phone',
  'company',
  'interest',
  'message',
  'consentWording',
  'consentVersion',
  'attribution',
  'extra',
  'note',
] as const;
export type LeadField = (typeof leadFields)[number];

/** Sealed values by field; `attribution` and `extra` are the JSON of an object of texts. */
export type LeadValues = Partial<Record<LeadField, string>>;

/** What a sealed text is about; it is part of what is sealed, so it opens as nothing else. */
export interface SealedAbout {
  site: string;
  lead: string;
  /** `form`, or the id of the call that left a note. */
  part: string;
  /** Which fields are in it. */
  fields: readonly LeadField[];
}

export interface SealedLead extends SealedAbout {
  /** `1.{key id}.{base64url}`. */
  sealed: string;
}

export type LeadOpened = { ok: true; values: LeadValues } | { ok: false; why: 'unknown-key' | 'not-genuine' };

const FORM = '1';
const INFO = 'toolgate lead 1';

/** Which key: the first 12 characters of a hash of its public half, so that no register of keys has to be kept. */
export function leadKeyId(publicKey: Buffer): string {
  return sha256(publicKey.toString('base64url')).slice(0, 12);
}

/** Seals values with the public key (P-256 JWK as text). Throws if that is no such key: then no lead may be taken. */
export function sealLead(
  publicKey: JwkText,
  about: Omit<SealedAbout, 'fields'>,
  values: LeadValues,
): SealedLead {
  const receiver = publicPoint(parsedKey(publicKey));
  const bound: SealedAbout = { ...about, fields: fieldsOf(values) };
  const key = leadKeyId(receiver);
  const box = seal(receiver, JSON.stringify(values), { info: INFO, aad: aadOf(bound, key) });
  return { ...bound, sealed: `${FORM}.${key}.${box.toString('base64url')}` };
}

/** Opens what `sealLead` sealed, with whichever of the keys it was sealed for. */
export function openLead(keys: ReadonlyMap<string, KeyPair>, lead: SealedLead): LeadOpened {
  const [form, id, box, more] = lead.sealed.split('.');
  if (form !== FORM || id === undefined || box === undefined || more !== undefined)
    return { ok: false, why: 'not-genuine' };
  const key = keys.get(id);
  if (!key) return { ok: false, why: 'unknown-key' };
  const text = open(key, Buffer.from(box, 'base64url'), { info: INFO, aad: aadOf(lead, id) });
  if (text === undefined) return { ok: false, why: 'not-genuine' };
  return { ok: true, values: JSON.parse(text) as LeadValues };
}

/**
 * The keys that open, by id. `text`: a private P-256 JWK, or a list of them, the newest first: a former one stays until
 * what was sealed with it is gone. Throws for anything else: a fault of the settings.
 */
export function leadKeys(text: JwkText): Map<string, KeyPair> {
  const parsed = JSON.parse(text) as unknown;
  const pairs = (Array.isArray(parsed) ? parsed : [parsed]).map((jwk) => keyPair(jwk as EcJwk));
  return new Map(pairs.map((pair) => [leadKeyId(pair.publicKey), pair]));
}

function parsedKey(text: JwkText): EcJwk {
  return JSON.parse(text) as EcJwk;
}

function fieldsOf(values: LeadValues): LeadField[] {
  return leadFields.filter((field) => values[field] !== undefined);
}

function aadOf({ site, lead, part, fields }: SealedAbout, key: string): string {
  return canonical({ form: FORM, key, site, lead, part, fields: [...fields] });
}
