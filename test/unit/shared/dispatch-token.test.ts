import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signDispatch, verifyDispatch, type DispatchClaims } from '../../../shared/dispatch-token.ts';

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const text = (key: typeof privateKey): string => JSON.stringify(key.export({ format: 'jwk' }));
  return { secret: text(privateKey), open: text(publicKey) };
};
const [old, next, other] = [pair(), pair(), pair()];
const claims: DispatchClaims = {
  purpose: 'run',
  tool: 'crm',
  agent: 'one',
  call: 'call_1',
  action: 'crm.company.read',
  contract: 'c',
  input: 'i',
  epoch: 1,
  startBefore: 2,
  intentAt: 1,
};
const holds = (keys: string, by: { secret: string }): boolean =>
  verifyDispatch(keys, signDispatch(by.secret, claims)).ok;

describe('while the key of dispatch tokens is replaced', () => {
  const both = `[${old.open},${next.open}]`;

  test('tokens by either key are taken, and by no other', () => {
    expect([holds(both, old), holds(both, next), holds(both, other)]).toEqual([true, true, false]);
  });

  test('one key alone is a key as before, and takes no other', () => {
    expect([holds(next.open, next), holds(next.open, old)]).toEqual([true, false]);
  });

  test.each(['[]', '[', '[null]', '["x"]', ''])('a setting that is %j takes nothing', (keys) => {
    expect(holds(keys, old)).toBe(false);
  });
});
