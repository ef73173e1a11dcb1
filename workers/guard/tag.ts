import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A tag that no text can know that was written before it: ten characters, 50 bits. */
export function newTag(): string {
  return [...randomBytes(10)].map((byte) => ALPHABET[byte % 32]).join('');
}
