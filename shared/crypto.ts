import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign as signBytes,
  timingSafeEqual,
  verify as verifyBytes,
  type KeyObject,
} from 'node:crypto';
import { Buffer } from 'node:buffer';

/** SHA-256 of UTF-8 text, in lower-case hex. Synchronous, so that it can run inside a storage transaction. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** HMAC-SHA-256 of UTF-8 text under a text key, in lower-case hex. */
export function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Compares two secrets in time that depends on neither's content nor length. */
export function equalSecrets(a: string, b: string): boolean {
  // Hashing first gives both sides one length, which timingSafeEqual needs.
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

/** An Ed25519 key in the JWK form of RFC 8037, as text. With `d` it signs; without, it only verifies. */
export type JwkText = string;

const keys = new Map<string, KeyObject>();

function key(jwk: JwkText, kind: 'private' | 'public'): KeyObject {
  const slot = `${kind}:${jwk}`;
  let found = keys.get(slot);
  if (!found) {
    const parsed = JSON.parse(jwk) as { kty: string; crv: string; x: string; d?: string };
    found =
      kind === 'private'
        ? createPrivateKey({ key: parsed, format: 'jwk' })
        : createPublicKey({ key: { kty: parsed.kty, crv: parsed.crv, x: parsed.x }, format: 'jwk' });
    keys.set(slot, found);
  }
  return found;
}

/** Ed25519 signature over UTF-8 text, base64url. */
export function signText(jwk: JwkText, text: string): string {
  return Buffer.from(signBytes(null, Buffer.from(text), key(jwk, 'private'))).toString('base64url');
}

/** Whether `signature` (base64url) is the Ed25519 signature over `text`. False, never an error, for garbage. */
export function verifyText(jwk: JwkText, text: string, signature: string): boolean {
  try {
    return verifyBytes(null, Buffer.from(text), key(jwk, 'public'), Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}
