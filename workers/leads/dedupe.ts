import { canonical } from '../../shared/canonical.ts';
import { hmac } from '../../shared/crypto.ts';
import type { Draft } from './parse.ts';

/** How long the same content is taken for the same lead. */
export const SAME_LEAD_MS = 10 * 60_000;

/**
 * What makes two submissions the same: all that the person said, whatever its case and spacing. Campaign parameters,
 * page and consent wording are left out; a test is never the same as a real one. Keyed, so that it tells nothing.
 */
export function fingerprint(key: string, draft: Draft, test: boolean): string {
  const { attribution: _, consent, ...said } = draft;
  return hmac(key, canonical(folded({ ...said, consent: consent.given, test })));
}

function folded(value: unknown): unknown {
  if (typeof value === 'string') return value.toLowerCase().replace(/\s+/g, ' ').trim();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, folded(item)]));
}
