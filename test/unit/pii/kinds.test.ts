import { describe, expect, test } from 'vitest';
import { detect } from '../../../shared/pii/detect.ts';

function found(text: string): string[] {
  return detect(text).map(({ class: cls, start, end }) => `${cls}:${text.slice(start, end)}`);
}

/** Of the issuers' forms, and nobody's. */
const filler = (length: number): string => 'a1B2c3D4e5F6g7H8'.repeat(20).slice(0, length);
const hex = (length: number): string => '0123456789abcdef'.repeat(20).slice(0, length);

describe('secrets', () => {
  test.each([
    ['AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['Google', `AIza${filler(35)}`],
    ['GitHub', `ghp_${filler(36)}`],
    ['GitLab', `glpat-${filler(20)}`],
    ['npm', `npm_${filler(36)}`],
    ['Slack', `xoxb-123456789012-${filler(24)}`],
    ['Stripe', `sk_live_${filler(24)}`],
    ['SendGrid', `SG.${filler(22)}.${filler(43)}`],
    ['HubSpot', `pat-eu1-${hex(8)}-${hex(4)}-${hex(4)}`],
    ['Meta', `EAA${filler(60)}`],
    ['OpenAI', `sk-proj-${filler(40)}`],
    ['Anthropic', `sk-ant-api03-${filler(40)}`],
    ['Shopify', `shpat_${hex(32)}`],
    ['a JSON Web Token', `eyJ${filler(20)}.eyJ${filler(30)}.${filler(43)}`],
  ])('of %s are found, with nothing around them', (_, secret) => {
    expect(found(`use ${secret}, then ask`)).toEqual([`secret:${secret}`]);
  });

  test.each([
    [`Authorization: Bearer ${filler(32)}`, `secret:${filler(32)}`],
    ['password: Tr0ub4dor&3', 'secret:Tr0ub4dor&3'],
    [`api_key = "${filler(24)}"`, `secret:${filler(24)}`],
    ['postgres://app:hunter22@db.example/x', 'secret:hunter22'],
  ])('%j holds %j', (text, expected) => expect(found(text)).toContain(expected));

  test('a private key is one, from its first line to its last', () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${filler(64)}\n-----END RSA PRIVATE KEY-----`;
    expect(found(`see\n${key}\nthere`)).toEqual([`secret:${key}`]);
  });

  test.each([
    'Reset your password: see the help page',
    'the token is [redacted]',
    'our secret is good service',
    'task sk-learn and pat-tern',
  ])('%j holds none', (text) => expect(found(text)).toEqual([]));
});

describe('numbers of persons', () => {
  test.each([
    ['123-45-6788', 'US, in its groups'],
    ['12345678Z', 'Spain, by its letter'],
    ['131052-308T', 'Finland'],
    ['44051401458', 'Poland'],
    ['221 395 1837', 'NHS, alone'],
    ['AB 12 34 56 C', 'United Kingdom'],
    ['529.982.247-25', 'Brazil'],
    ['756.9217.0769.85', 'Switzerland'],
    ['11010519491231002X', 'China'],
    ['10000000146', 'Turkey'],
  ])('%s (%s)', (id) => expect(found(id)).toEqual([`national-id:${id}`]));

  test.each([
    ['12345678A', 'Spain, another letter'],
    ['131052-308U', 'Finland, another check'],
    ['44051401459', 'Poland, another check'],
    ['529.982.247-26', 'Brazil, another check'],
    ['10000000145', 'Turkey, another check'],
    ['000-12-3456', 'US, an area that there is not'],
  ])('not %s (%s)', (id) => expect(found(id).filter((one) => one.startsWith('national-id'))).toEqual([]));

  test('a form that many things have needs a word beside it', () => {
    expect(found('Order C01234567 was sent')).toEqual([]);
    expect(found('her passport C01234567 was sent')).toEqual(['national-id:C01234567']);
  });
});

describe('names', () => {
  test.each([
    ['They had two: Anna, Zorblat and Ben.', ['name:Anna', 'name:Zorblat', 'name:Ben']],
    ['my name is eva lindqvist', ['name:eva lindqvist']],
    ['Hubert J. Quillfeather wrote to us', ['name:Hubert J. Quillfeather']],
  ])('%j holds %j', (text, expected) => expect(found(text)).toEqual(expected));

  test.each([
    'Grace period ends in May',
    'We opened an office in Paris and one in Florence',
    'Miller Ltd and Smith Group signed',
    'The Jones, Smith and Davis Orchestra plays',
  ])('%j holds none', (text) => expect(found(text)).toEqual([]));
});
