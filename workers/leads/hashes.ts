import { hmac } from '../../shared/crypto.ts';
import { fingerprint } from './dedupe.ts';
import { senderOf } from './limits.ts';
import type { Draft } from './parse.ts';

/** How a person is named who wants to be forgotten. */
export interface Subject {
  email?: string;
  phone?: string;
}

/**
 * By which an inbox knows something again without keeping it. The key is the Worker's secret, so a copy of the storage finds
 * no address by trying; the site's own key beside it keeps two sites apart.
 */
export class Hashes {
  readonly #key: string;

  constructor(secret: string, siteKey: string) {
    // Without it every guess could be checked by whoever holds the storage: then no lead may be taken.
    if (!secret) throw new Error('LEAD_HASH_KEY is not set: docs/deploy.md says how to make one');
    this.#key = hmac(secret, siteKey);
  }

  /** Of all that a person said: the same lead sent twice. */
  fingerprint(draft: Draft, test: boolean): string {
    return fingerprint(this.#key, draft, test);
  }

  /** Of a sender's network address. */
  sender(address: string): string {
    return hmac(this.#key, `sender ${senderOf(address)}`);
  }

  /** Of a mail address, whatever its case; null: none. */
  email(address: string | null | undefined): string | null {
    const plain = address?.normalize('NFKC').trim().toLowerCase();
    return plain ? hmac(this.#key, `email ${plain}`) : null;
  }

  /** Of a phone number by its digits, since everybody spaces it differently; null: none. `00` and `+` are the same. */
  phone(number: string | null | undefined): string | null {
    const digits = number?.normalize('NFKC').replace(/\D/g, '').replace(/^00/, '');
    return digits ? hmac(this.#key, `phone ${digits}`) : null;
  }
}
