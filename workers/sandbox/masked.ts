/** What a masked record looks like, so that whoever lets one in can tell that it is masked. Pure. */
import { maskText } from '../../shared/mask.ts';
import type { FieldClass, ImportShape, MaskedRecord } from './import-shapes.ts';

/** Fewer records than these that have a word in common could tell who they are. */
export const SHARED_BY = 5;
/** Instead of a word that too few have. */
export const RARE = 'Other';
/** Records in one import: they travel in one message and are kept in one row until they are approved. */
export const RECORDS_MAX = 2_000;
const WORD_MAX = 60;

/** How the n-th different value of a class is written. The domains and the number prefix belong to nobody (RFC 2606, E.164). */
export const synthetic = {
  email: (n: number) => `person${n}@masked.example`,
  phone: (n: number) => `+99900${String(n).padStart(7, '0')}`,
  name: (n: number) => `Masked${n}`,
  domain: (n: number) => `company${n}.masked.example`,
  text: (n: number) => `[text ${n}]`,
} as const;
export type Replaced = keyof typeof synthetic;

const looks: Readonly<Record<Replaced, RegExp>> = {
  email: /^person\d{1,7}@masked\.example$/,
  phone: /^\+99900\d{7}$/,
  name: /^Masked\d{1,7}$/,
  domain: /^company\d{1,7}\.masked\.example$/,
  text: /^\[text \d{1,7}\]$/,
};

export function isReplaced(cls: FieldClass): cls is Replaced {
  return typeof cls === 'string' && Object.hasOwn(synthetic, cls);
}

/** Whether a word may be kept as it is if enough records share it: short, and nothing in it that detectors know. */
export function isHarmless(word: string): boolean {
  return (
    word.length <= WORD_MAX && word.trim() !== '' && maskText(word) === word && !/\d{4}|[@/\\]/.test(word)
  );
}

/** Which words of a field enough records share. */
export function sharedWords(values: readonly unknown[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return new Set([...counts].filter(([word, n]) => n >= SHARED_BY && isHarmless(word)).map(([word]) => word));
}

export type MaskedCheck =
  | { ok: true; masked: Record<string, number> }
  /** Where something is not masked, as `contacts/3/email`. Never what stands there. */
  | { ok: false; at: string };

/**
 * Whether every record of a type is masked: known fields only, each written as its class is written. Whoever sent them says so
 * himself, and that counts for nothing.
 */
export function checkMasked(type: string, shape: ImportShape, records: readonly MaskedRecord[]): MaskedCheck {
  const masked: Record<string, number> = {};
  const words = new Map<string, ReadonlySet<string>>();
  const shared = (field: string): ReadonlySet<string> => {
    const known = words.get(field) ?? sharedWords(records.map((one) => one.fields[field]));
    words.set(field, known);
    return known;
  };
  for (const [n, { id, fields }] of records.entries()) {
    if (id !== shape.id(n + 1)) return { ok: false, at: `${type}/${n}/id` };
    for (const [field, value] of Object.entries(fields)) {
      const cls = Object.hasOwn(shape.fields, field) ? shape.fields[field] : undefined;
      // Named by us only where we know the name.
      if (cls === undefined) return { ok: false, at: `${type}/${n}/*` };
      if (!fits(value, cls, () => shared(field))) return { ok: false, at: `${type}/${n}/${field}` };
      if (isReplaced(cls)) masked[cls] = (masked[cls] ?? 0) + 1;
    }
  }
  return { ok: true, masked };
}

function fits(value: unknown, cls: FieldClass, shared: () => ReadonlySet<string>): boolean {
  if (typeof cls === 'object') return typeof value === 'string' && cls.choice.includes(value);
  switch (cls) {
    case 'number':
      return typeof value === 'string' && /^\d{1,9}$/.test(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'shared':
      return value === RARE || (typeof value === 'string' && shared().has(value));
    case 'email':
    case 'phone':
    case 'name':
    case 'domain':
    case 'text':
      return typeof value === 'string' && looks[cls].test(value);
  }
}
