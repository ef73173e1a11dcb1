/**
 * Hybrid public key encryption (RFC 9180): base mode, one message a key. DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-GCM.
 * Synchronous, so that it can run between two steps that nothing may come between; WebCrypto could not. P-256 because workerd
 * has no synchronous X25519 with a public key from outside. It is held to the RFC's own test vectors (appendix A.3).
 */
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createECDH, createHmac } from 'node:crypto';

/** The AEADs of the RFC that are used here, by its ids (table 5). */
const aeads = {
  'aes-128-gcm': { id: 1, keyBytes: 16 },
  'aes-256-gcm': { id: 2, keyBytes: 32 },
} as const;
export type Aead = keyof typeof aeads;

const CURVE = 'prime256v1';
const KEM_P256 = 0x0010;
const KDF_SHA256 = 0x0001;
/** An uncompressed point (SEC 1, 2.3.3), as the RFC writes public keys. */
const POINT_BYTES = 65;
const UNCOMPRESSED = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 32;
const nothing = Buffer.alloc(0);

/** A P-256 key pair. The platform keeps the private key, so that it need not be worked out anew each time. */
export interface KeyPair {
  /** The uncompressed point, 65 bytes. */
  publicKey: Buffer;
  /** The x-coordinate of the shared point. Throws for what is no point of the curve. */
  agree: (point: Buffer) => Buffer;
}

/** The members of an EC JWK (RFC 7518, section 6.2) that count here. */
export interface EcJwk {
  kty?: string;
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
}

/** What a message is bound to: opened with any other, it does not open. */
export interface Bound {
  /** What the keys are for; a key made for something else opens nothing here. */
  info: string;
  /** What the message is about. */
  aad: string;
}

/** The point of a P-256 JWK. Throws for any other key: a fault of the settings. */
export function publicPoint({ kty, crv, x, y }: EcJwk): Buffer {
  const parts = [x, y].map((text) => Buffer.from(text ?? '', 'base64url'));
  if (kty !== 'EC' || crv !== 'P-256' || parts.some(({ length }) => length !== 32))
    throw new Error('the key is no P-256 JWK: docs/deploy.md says how to make one');
  return Buffer.concat([Buffer.from([UNCOMPRESSED]), ...parts]);
}

/** A pair from a private P-256 JWK. Throws for any other key: a fault of the settings. */
export function keyPair(jwk: EcJwk): KeyPair {
  const publicKey = publicPoint(jwk);
  const scalar = Buffer.from(jwk.d ?? '', 'base64url');
  if (scalar.length !== 32) throw new Error('the key is not a private one');
  const held = createECDH(CURVE);
  held.setPrivateKey(scalar);
  return { publicKey, agree: (point) => held.computeSecret(point) };
}

/** A new pair, for one message. */
export function freshPair(): KeyPair {
  const held = createECDH(CURVE);
  return { publicKey: held.generateKeys(), agree: (point) => held.computeSecret(point) };
}

/**
 * Seals text for the holder of a private key. `sender` is made anew for each message; only a test vector gives one.
 * Returns the encapsulated key (65 bytes), the ciphertext and its tag in one.
 */
export function seal(
  receiver: Buffer,
  text: string,
  bound: Bound,
  aead: Aead = 'aes-256-gcm',
  sender: KeyPair = freshPair(),
): Buffer {
  const shared = sender.agree(receiver);
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
  if (message.length < POINT_BYTES + TAG_BYTES) return undefined;
  const sender = message.subarray(0, POINT_BYTES);
  const tag = message.subarray(message.length - TAG_BYTES);
  try {
    // Of what is no point of the curve no secret comes: the platform throws.
    const shared = receiver.agree(sender);
    const { key, nonce } = keySchedule(kemSecret(shared, sender, receiver.publicKey), bound.info, aead);
    const decipher = createDecipheriv(aead, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(bound.aad));
    decipher.setAuthTag(tag);
    const opened = decipher.update(message.subarray(POINT_BYTES, message.length - TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    return undefined; // Not genuine.
  }
}

/** Section 4.1: the secret that both ends come to. */
function kemSecret(shared: Buffer, sender: Buffer, receiver: Buffer): Buffer {
  const suite = Buffer.concat([Buffer.from('KEM'), twoBytes(KEM_P256)]);
  const context = Buffer.concat([sender, receiver]);
  return expand(suite, extract(suite, nothing, 'eae_prk', shared), 'shared_secret', context, SECRET_BYTES);
}

/** Section 5.1 in base mode: no pre-shared key, no authenticated sender. */
function keySchedule(secret: Buffer, info: string, aead: Aead): { key: Buffer; nonce: Buffer } {
  const { id, keyBytes } = aeads[aead];
  const ids = [KEM_P256, KDF_SHA256, id].map(twoBytes);
  const suite = Buffer.concat([Buffer.from('HPKE'), ...ids]);
  const baseMode = Buffer.from([0]);
  const noPsk = extract(suite, nothing, 'psk_id_hash', nothing);
  const context = Buffer.concat([baseMode, noPsk, extract(suite, nothing, 'info_hash', Buffer.from(info))]);
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
