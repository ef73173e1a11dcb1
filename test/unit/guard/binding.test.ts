import { expect, test } from 'vitest';
import { hmac } from '../../../shared/crypto.ts';
import { approvalDigest, type Bound } from '../../../workers/guard/binding.ts';

const bound: Bound = {
  call: 'call_1',
  input: '{"id":"42"}',
  body: 'b'.repeat(64),
  environment: 'sandbox',
  contract: 'c'.repeat(64),
  placeholders: [],
};
const keyed = (text: string): string => hmac('a key', text);

test('the digest of an approval is the same for the same call, whatever the order of its parts', () => {
  const other = Object.fromEntries(Object.entries(bound).reverse()) as unknown as Bound;
  expect(approvalDigest(other, keyed)).toBe(approvalDigest(bound, keyed));
});

test.each([
  ['another call', { call: 'call_2' }],
  ['another input', { input: '{"id":"43"}' }],
  ['another body', { body: 'd'.repeat(64) }],
  ['another environment', { environment: 'production' }],
  ['another contract', { contract: 'e'.repeat(64) }],
])('it is another for %s', (_what, over) => {
  expect(approvalDigest({ ...bound, ...over }, keyed)).not.toBe(approvalDigest(bound, keyed));
});

test('it is another under another key, so nobody can find an input by trying', () => {
  expect(approvalDigest(bound, (text) => hmac('another', text))).not.toBe(approvalDigest(bound, keyed));
});
