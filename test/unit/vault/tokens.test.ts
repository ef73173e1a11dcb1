import { expect, test } from 'vitest';
import { signDispatch } from '../../../shared/dispatch-token.ts';
import { VerifiedTokens } from '../../../workers/vault/tokens.ts';
import { openFault } from '../../../workers/vault/asks.ts';
import { keys } from '../journal/support.ts';
import { NOW } from './support.ts';

const token = (call: string, rest: { opens?: string[] } = {}): string =>
  signDispatch(keys.privateKey, {
    purpose: 'run',
    tool: 'crm',
    agent: 'lead-router',
    call,
    action: 'crm.contact.read',
    contract: 'hash',
    input: 'hash',
    epoch: 1,
    startBefore: NOW + 2_000,
    intentAt: NOW,
    ...rest,
  });

test('a token that was verified once is no pass for another one', () => {
  const verified = new VerifiedTokens();
  const one = token('call_1');
  expect(verified.claimsOf(keys.publicKey, one)?.call).toBe('call_1');
  expect(verified.claimsOf(keys.publicKey, one)?.call).toBe('call_1');
  expect(verified.claimsOf(keys.publicKey, `${one}x`)).toBeUndefined();
  const [body] = token('call_2').split('.');
  expect(verified.claimsOf(keys.publicKey, `${body}.${one.split('.')[1]}`)).toBeUndefined();
  for (let n = 0; n < 100; n += 1) verified.claimsOf(keys.publicKey, token(`call_${n}`));
  expect(verified.claimsOf(keys.publicKey, one)?.call).toBe('call_1');
});

test('placeholders open only if the token names each, in time, and not too many', () => {
  const verified = new VerifiedTokens();
  const claims = verified.claimsOf(keys.publicKey, token('call_1', { opens: ['a'] }));
  if (!claims) throw new Error('it is signed');
  expect(openFault(claims, ['a'], NOW)).toBeNull();
  expect(openFault(claims, ['a', 'b'], NOW)).toMatch('does not name');
  expect(openFault(claims, ['a'], NOW + 2_000)).toMatch('time');
  expect(openFault({ ...claims, startBefore: Number.NaN }, ['a'], NOW)).toMatch('time');
  expect(
    openFault(
      claims,
      Array.from({ length: 1_001 }, () => 'a'),
      NOW,
    ),
  ).toMatch('more than 1000');
});
