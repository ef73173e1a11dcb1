import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { freshPair, keyPair, open, publicPoint, seal, type KeyPair } from '../../../shared/hpke.ts';

/** A pair from the hex of RFC 9180: the scalar, and the uncompressed point. */
function pairOf(scalar: string, point: string): KeyPair {
  const [x, y, d] = [point.slice(2, 66), point.slice(66), scalar].map((hex) =>
    Buffer.from(hex, 'hex').toString('base64url'),
  );
  return keyPair({ kty: 'EC', crv: 'P-256', x: String(x), y: String(y), d: String(d) });
}

// RFC 9180, appendix A.3.1 (base mode, AES-128-GCM), sequence number 0.
const receiver = pairOf(
  'f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2',
  '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
);
const sender = pairOf(
  '4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb',
  '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
);
const bound = { info: 'Ode on a Grecian Urn', aad: 'Count-0' };
const text = 'Beauty is truth, truth beauty';
const ciphertext =
  '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434';

describe('the test vector of RFC 9180, A.3.1', () => {
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
    expect(one.subarray(0, 65).equals(two.subarray(0, 65))).toBe(false);
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
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      expect(open(mine, changed, bound), `byte ${at}`).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length += 1)
      expect(open(mine, sealed.subarray(0, length), bound)).toBeUndefined();
    expect(open(mine, Buffer.concat([sealed, Buffer.from([0])]), bound)).toBeUndefined();
  });

  test('with a sender’s key that is no point of the curve is not opened', () => {
    const message = seal(mine.publicKey, text, bound);
    for (const point of [Buffer.alloc(65), Buffer.concat([Buffer.from([4]), Buffer.alloc(64)])])
      expect(open(mine, Buffer.concat([point, message.subarray(65)]), bound)).toBeUndefined();
  });
});

test('a key that is none of P-256, or not a private one, is a fault of the settings, and said', () => {
  const { publicKey } = freshPair();
  const [x, y] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map((part) =>
    part.toString('base64url'),
  );
  const jwk = { kty: 'EC', crv: 'P-256', x: String(x), y: String(y) };
  expect(publicPoint(jwk).equals(publicKey)).toBe(true);
  for (const other of [{}, { ...jwk, crv: 'P-384' }, { ...jwk, kty: 'OKP' }, { ...jwk, x: '' }])
    expect(() => publicPoint(other)).toThrow('no P-256 JWK');
  expect(() => keyPair(jwk)).toThrow('not a private one');
});
