import type { JwkText } from '../../shared/crypto.ts';
import { sealLead, type SealedLead } from '../../shared/lead-seal.ts';
import type { Site } from '../../shared/manifest.ts';
import { Hashes } from './hashes.ts';
import type { Draft } from './parse.ts';
import { splitDraft } from './split.ts';
import { FORM_PART, type StoredLead } from './store.ts';

/** What is kept of a form: nothing that tells who wrote it, but sealed. */
export type Kept = Pick<StoredLead, 'clear' | 'sealed' | 'fingerprint' | 'email' | 'phone'>;

/**
 * Turns what a person told a site into what may be stored. It asks nobody, so a vault that is away costs no lead; without its keys it
 * throws, and nothing is taken.
 */
export class Intake {
  readonly hashes: Hashes;
  readonly #publicKey: JwkText;
  readonly #siteId: string;
  readonly #site: () => Site | undefined;

  /** `siteKey`: the inbox's own; `site`: its settings as last known. */
  constructor(
    env: { LEAD_PUBLIC_KEY: JwkText; LEAD_HASH_KEY: string },
    siteId: string,
    siteKey: string,
    site: () => Site | undefined,
  ) {
    this.hashes = new Hashes(env.LEAD_HASH_KEY, siteKey);
    this.#publicKey = env.LEAD_PUBLIC_KEY;
    this.#siteId = siteId;
    this.#site = site;
  }

  /** Seals a form as that of a lead. */
  seal(lead: string, draft: Draft, test: boolean): Kept {
    const { clear, personal } = splitDraft(draft, this.#site());
    const about = { site: this.#siteId, lead, part: FORM_PART };
    return {
      clear,
      sealed: sealLead(this.#publicKey, about, personal),
      fingerprint: this.hashes.fingerprint(draft, test),
      email: this.hashes.email(draft.email),
      phone: this.hashes.phone(draft.phone),
    };
  }

  /** Seals the note that a call left; null: it left none. */
  note(lead: string, call: string, note: string): SealedLead | null {
    if (note === '') return null;
    return sealLead(this.#publicKey, { site: this.#siteId, lead, part: call }, { note });
  }
}
