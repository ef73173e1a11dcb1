/**
 * Hybrid public key encryption (RFC 9180): base mode, one message a key. DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-GCM.
 * Synchronous, so that it can run between two steps that nothing may come between; WebCrypto could not. It is held to the
 * RFC's own test vectors (appendix A.1).
 */
import { Buffer } from 'node:buffer';
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/** The AEADs of the RFC that are used here, by its ids (table 5). */
const aeads = {
  'aes-128-gcm': { id: 1, keyBytes: 16 },
  'aes-256-gcm': { id: 2, keyBytes: 32 },
} as const;
export type Aead = keyof typeof aeads;

const KEM_X25519 = 0x0020;
const KDF_SHA256 = 0x0001;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 32;
const nothing = Buffer.alloc(0);

/** An X25519 key pair. `publicKey`: the 32 bytes of RFC 7748. */
export interface KeyPair {
  privateKey: KeyObject;
  publicKey: Buffer;
}

/** What a message is bound to: opened with any other, it does not open. */
export interface Bound {
  /** What the keys are for; a key made for something else opens nothing here. */
  info: string;
  /** What the message is about. */
  aad: string;
}

/** The 32 bytes of a key from its X25519 public JWK (RFC 8037). Throws for any other key: a fault of the settings. */
export function publicBytes({ kty, crv, x }: { kty?: string; crv?: string; x?: string }): Buffer {
  const bytes = Buffer.from(x ?? '', 'base64url');
  if (kty !== 'OKP' || crv !== 'X25519' || bytes.length !== 32)
    throw new Error('the key is no X25519 JWK: make one with toolgate start, or as docs/deploy.md says');
  return bytes;
}

/** A pair from an X25519 private JWK. Throws for any other key: a fault of the settings. */
export function keyPair(jwk: { kty?: string; crv?: string; x?: string; d?: string }): KeyPair {
  const publicKey = publicBytes(jwk);
  return { publicKey, privateKey: createPrivateKey({ key: { ...jwk }, format: 'jwk' }) };
}

/** A new pair, for one message. */
export function freshPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: publicBytes(publicKey.export({ format: 'jwk' })) };
}

/**
 * Seals text for the holder of a private key. `sender` is made anew for each message; only a test vector gives one.
 * Returns the encapsulated key (32 bytes), the ciphertext and its tag in one.
 */
export function seal(
  receiver: Buffer,
  text: string,
  bound: Bound,
  aead: Aead = 'aes-256-gcm',
  sender: KeyPair = freshPair(),
): Buffer {
  const shared = diffieHellman({ privateKey: sender.privateKey, publicKey: imported(receiver) });
  const { key, nonce } = keySchedule(kemSecret(shared, sender.publicKey, receiver), bound.info, aead);
  const cipher = createCipheriv(aead, key, nonce);
  cipher.setAAD(Buffer.from(bound.aad));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([sender.publicKey, sealed, cipher.getAuthTag()]);
}

/** Opens what `seal` made; undefined for what was not sealed for this key and bound to just this, or was changed since. */
export function open(
  receiver: KeyPair,
  message: Buffer,
  bound: Bound,
  aead: Aead = 'aes-256-gcm',
): string | undefined {
  if (message.length < 32 + TAG_BYTES) return undefined;
  const sender = message.subarray(0, 32);
  const tag = message.subarray(message.length - TAG_BYTES);
  try {
    // Of a key of small order no secret comes: the platform throws (RFC 7748, section 6.1).
    const shared = diffieHellman({ privateKey: receiver.privateKey, publicKey: imported(sender) });
    const { key, nonce } = keySchedule(kemSecret(shared, sender, receiver.publicKey), bound.info, aead);
    const decipher = createDecipheriv(aead, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(bound.aad));
    decipher.setAuthTag(tag);
    const opened = decipher.update(message.subarray(32, message.length - TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    return undefined; // Not genuine.
  }
}

function imported(publicKey: Buffer): KeyObject {
  const key = { kty: 'OKP', crv: 'X25519', x: publicKey.toString('base64url') };
  return createPublicKey({ key, format: 'jwk' });
}

/** Section 4.1: the secret that both ends come to. */
function kemSecret(shared: Buffer, sender: Buffer, receiver: Buffer): Buffer {
  const suite = Buffer.concat([Buffer.from('KEM'), twoBytes(KEM_X25519)]);
  const context = Buffer.concat([sender, receiver]);
  return expand(suite, extract(suite, nothing, 'eae_prk', shared), 'shared_secret', context, SECRET_BYTES);
}

/** Section 5.1 in base mode: no pre-shared key, no authenticated sender. */
function keySchedule(secret: Buffer, info: string, aead: Aead): { key: Buffer; nonce: Buffer } {
  const { id, keyBytes } = aeads[aead];
  const ids = [KEM_X25519, KDF_SHA256, id].map(twoBytes);
  const suite = Buffer.concat([Buffer.from('HPKE'), ...ids]);
  const baseMode = Buffer.from([0]);
  const noPsk = extract(suite, nothing, 'psk_id_hash', nothing);
  const context = Buffer.concat([
    baseMode,
    noPsk,
    extract(suite, nothing, 'info_hash', Buffer.from(info)),
  ]);
  const schedule = extract(suite, secret, 'secret', nothing);
  return {
    key: expand(suite, schedule, 'key', context, keyBytes),
    nonce: expand(suite, schedule, 'base_nonce', context, NONCE_BYTES),
  };
}

/** `LabeledExtract` of section 4. */
function extract(suite: Buffer, salt: Buffer, label: string, material: Buffer): Buffer {
  return hmac(salt, [Buffer.from('HPKE-v1'), suite, Buffer.from(label), material]);
}

/** `LabeledExpand` of section 4, for at most one block of the hash: nothing here needs more. */
function expand(suite: Buffer, key: Buffer, label: string, info: Buffer, bytes: number): Buffer {
  const text = [twoBytes(bytes), Buffer.from('HPKE-v1'), suite, Buffer.from(label), info, Buffer.from([1])];
  return hmac(key, text).subarray(0, bytes);
}

function hmac(key: Buffer, parts: readonly Buffer[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(parts)).digest();
}

function twoBytes(number: number): Buffer {
  return Buffer.from([number >> 8, number & 0xff]);
}
