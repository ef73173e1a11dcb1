import { Buffer } from 'node:buffer';
import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { freshPair, keyPair, open, publicBytes, seal, type KeyPair } from '../../../shared/hpke.ts';

/** A pair from the hex of RFC 9180. */
function pairOf(privateHex: string, publicHex: string): KeyPair {
  const [d, x] = [privateHex, publicHex].map((hex) => Buffer.from(hex, 'hex').toString('base64url'));
  return keyPair({ kty: 'OKP', crv: 'X25519', x: String(x), d: String(d) });
}

// RFC 9180, appendix A.1.1 (base mode, AES-128-GCM), sequence number 0.
const receiver = pairOf(
  '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
);
const sender = pairOf(
  '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
  '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
);
const bound = { info: 'Ode on a Grecian Urn', aad: 'Count-0' };
const text = 'Beauty is truth, truth beauty';
const ciphertext =
  'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a';

describe('the test vector of RFC 9180, A.1.1', () => {
  test('is what is sealed with its keys', () => {
    const sealed = seal(receiver.publicKey, text, bound, 'aes-128-gcm', sender);
    expect(sealed.toString('hex')).toBe(sender.publicKey.toString('hex') + ciphertext);
  });

  test('opens', () => {
    const message = Buffer.concat([sender.publicKey, Buffer.from(ciphertext, 'hex')]);
    expect(open(receiver, message, bound, 'aes-128-gcm')).toBe(text);
  });

  test('does not open under the other AEAD, whose id is part of the key', () => {
    const message = Buffer.concat([sender.publicKey, Buffer.from(ciphertext, 'hex')]);
    expect(open(receiver, message, bound)).toBeUndefined();
  });
});

describe('a sealed text', () => {
  const mine = freshPair();

  test('opens with its key and what it is bound to, and is never twice the same', () => {
    const [one, two] = [seal(mine.publicKey, 'Grüße 🎈', bound), seal(mine.publicKey, 'Grüße 🎈', bound)];
    expect(open(mine, one, bound)).toBe('Grüße 🎈');
    expect(one.equals(two)).toBe(false);
    expect(one.subarray(0, 32).equals(two.subarray(0, 32))).toBe(false);
  });

  test('does not open with another key, purpose or subject', () => {
    const sealed = seal(mine.publicKey, text, bound);
    expect(open(freshPair(), sealed, bound)).toBeUndefined();
    expect(open(mine, sealed, { ...bound, info: 'another' })).toBeUndefined();
    expect(open(mine, sealed, { ...bound, aad: 'Count-1' })).toBeUndefined();
  });

  test('does not open with any one bit changed, shortened or lengthened', () => {
    const sealed = seal(mine.publicKey, 'a', bound);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      // The highest bit of an X25519 key is ignored by its definition, and counts here all the same: the key is in the context.
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      expect(open(mine, changed, bound), `byte ${at}`).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length += 1)
      expect(open(mine, sealed.subarray(0, length), bound)).toBeUndefined();
    expect(open(mine, Buffer.concat([sealed, Buffer.from([0])]), bound)).toBeUndefined();
  });

  test('with a sender’s key of small order is not opened', () => {
    expect(open(mine, Buffer.alloc(60), bound)).toBeUndefined();
  });
});

test('a key that is no X25519 key is a fault of the settings, and said', () => {
  const ed25519 = { kty: 'OKP', crv: 'Ed25519', x: mineX() };
  expect(() => publicBytes(ed25519)).toThrow('no X25519 JWK');
  expect(() => publicBytes({})).toThrow('no X25519 JWK');
});

function mineX(): string {
  const { privateKey } = freshPair();
  return String(createPublicKey(privateKey).export({ format: 'jwk' }).x);
}
