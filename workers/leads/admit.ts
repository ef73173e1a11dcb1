/** Whether a form may come in at all, in order: origin, key, fields. Pure. */
import type { Site } from '../../shared/manifest.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Pair } from './body.ts';
import { readDraft, said, sortFields, type Draft } from './parse.ts';
import { checkKey, originAllowed } from './site-access.ts';

/** A form as it arrived. */
export interface Submission {
  pairs: Pair[];
  /** The `Origin` header. */
  origin: string | null;
  /** The key, when a header carried it. */
  key: string | null;
  referer: string | null;
  /** The sender's network address; kept only as a keyed hash, and only as long as a limit needs it. */
  address: string;
}

export type Admitted =
  | { ok: true; draft: Draft; test: boolean; honeypot: string | undefined; turnstile: string | undefined }
  | { ok: false; problem: Problem };

export function admitForm(site: Site, form: Submission): Admitted {
  if (!originAllowed(site, form.origin)) return refused('The origin of this page is not on the site’s list.');
  const sorted = sortFields(form.pairs, site);
  const key = checkKey(site, form.key ?? sorted.known.get('publishableKey'));
  if (key === 'wrong') return refused('The publishable key is missing or is not the site’s.');
  const read = readDraft(sorted, site, form.referer);
  if (!read.ok) return { ok: false, problem: { code: 'invalid', errors: read.faults } };
  const { known } = sorted;
  return {
    ok: true,
    draft: read.draft,
    test: key === 'test' || said(known.get('test')),
    honeypot: known.get('honeypot'),
    turnstile: known.get('turnstile'),
  };
}

function refused(detail: string): Admitted {
  return { ok: false, problem: { code: 'site-refused', detail } };
}
