/** Encryption of what a vault keeps. Synchronous, so that it can stand inside a storage transaction. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Buffer } from 'node:buffer';

const IV = 12;
const TAG = 16;

/** AES-256-GCM: initialisation vector, ciphertext and tag in one. `about` is bound to it, and must be the same to open it. */
export function encrypted(key: Uint8Array, text: string, about: string): Uint8Array {
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(about));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return new Uint8Array(Buffer.concat([iv, body, cipher.getAuthTag()]));
}

/** What `encrypted` made. Throws when the key, the text or what it is about is another. */
export function decrypted(key: Uint8Array, sealed: Uint8Array, about: string): string {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV));
  decipher.setAAD(Buffer.from(about));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  const body = bytes.subarray(IV, bytes.length - TAG);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
}

/** The keys of one agent, each from its one secret: what encrypts, and what names values and people again. */
export interface AgentKeys {
  data: Uint8Array;
  names: Uint8Array;
}

/** Derives an agent's keys (HKDF-SHA-256) from its 32 random bytes. */
export function agentKeys(secret: Uint8Array): AgentKeys {
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), purpose, 32));
  return { data: derive('toolgate vault data'), names: derive('toolgate vault names') };
}

/** A keyed hash that tells a text again and nothing else of it. */
export function named({ names }: AgentKeys, text: string): string {
  return createHmac('sha256', names).update(text).digest('base64url');
}

/** 32 new random bytes. */
export function newSecret(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}
