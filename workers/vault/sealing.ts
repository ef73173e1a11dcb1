/** Encryption of what a vault keeps. Synchronous, so that it can stand inside a storage transaction. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Buffer } from 'node:buffer';

const IV = 12;
const TAG = 16;

/** AES-256-GCM: initialisation vector, ciphertext and tag in one. `about` is bound to it, and must be the same to open it. */
export function encrypted(key: Uint8Array, bytes: Uint8Array, about: string): Uint8Array {
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(about));
  const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return new Uint8Array(Buffer.concat([iv, body, cipher.getAuthTag()]));
}

/** What `encrypted` made. Throws when the key, the bytes or what they are about is another. */
export function decrypted(key: Uint8Array, sealed: Uint8Array, about: string): Uint8Array {
  const bytes = Buffer.from(sealed);
  if (bytes.length < IV + TAG) throw new Error('sealed bytes are cut off');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(about));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  const body = bytes.subarray(IV, bytes.length - TAG);
  return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
}

const UTF8 = 0;
const UTF16 = 1;

/** Any text as bytes, without loss: half a surrogate pair, which JSON may hold, has no UTF-8. */
export function textBytes(text: string): Uint8Array {
  const whole = text.isWellFormed();
  return new Uint8Array(
    Buffer.concat([Buffer.from([whole ? UTF8 : UTF16]), Buffer.from(text, whole ? 'utf8' : 'utf16le')]),
  );
}

/** The text that `textBytes` made bytes of. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(1)).toString(bytes[0] === UTF16 ? 'utf16le' : 'utf8');
}

/** A key for one purpose from 32 random bytes (HKDF-SHA-256). */
export function derived(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `toolgate vault ${purpose}`, 32));
}

/** A keyed hash (HMAC-SHA-256, base64url) that tells the same parts again and nothing else of them. */
export function named(key: Uint8Array, ...parts: string[]): string {
  // Each with its length, so that no two lists of parts are one text.
  const text = parts.map((part) => `${part.length}:${part}`).join('');
  // What is not whole Unicode has bytes that begin as no length does.
  return createHmac('sha256', key)
    .update(text.isWellFormed() ? text : textBytes(text))
    .digest('base64url');
}

/** 32 new random bytes. */
export function newSecret(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** As SQLite stores it: a buffer of its own. */
export function blob(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
