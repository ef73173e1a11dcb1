import { hmac } from '../../shared/crypto.ts';
import { personKey, type PersonKey } from '../../shared/erasure.ts';
import { fingerprint } from './dedupe.ts';
import { senderOf } from './limits.ts';
import type { Draft } from './parse.ts';

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

  /** Of a mail address, as an erasure compares them; null: none. */
  email(address: string | null): string | null {
    const key = address === null ? null : personKey(address);
    return key?.kind === 'email' ? this.person(key) : null;
  }

  /** Of a phone number, as an erasure compares them; null: none, or too short to be one person's. */
  phone(number: string | null): string | null {
    // People write words beside it, too.
    const key = number === null ? null : personKey(number.normalize('NFKC').replace(/\D/g, ''));
    return key?.kind === 'phone' ? this.person(key) : null;
  }

  /** Of what an erasure names a person by. */
  person({ kind, value }: PersonKey): string {
    return hmac(this.#key, `${kind} ${value}`);
  }
}
