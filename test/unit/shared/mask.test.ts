import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineContract, knownActions, personal } from '../../../shared/contract.ts';
import { newPlaceholder } from '../../../shared/placeholder.ts';
import { mask, maskText } from '../../../shared/mask.ts';

const contract = defineContract({
  tool: 'demo',
  vendor: 'Nobody',
  summary: 'For these tests.',
  actions: {
    'thing.read': {
      summary: 'Reads.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({
        id: z.string(),
        mail: personal('email', z.email()),
        phone: personal('phone', z.string().nullable()).optional(),
        note: personal('free-text', z.string()).optional(),
        people: z.array(z.strictObject({ name: personal('name', z.string()), age: z.int() })).optional(),
        after: z.string().optional(),
        tags: z.record(z.string(), z.string()).optional(),
        either: z.union([z.string(), z.strictObject({ mail: personal('email', z.string()) })]).optional(),
      }),
      output: z.strictObject({}),
    },
  },
});
const schema = knownActions([contract]).get('demo.thing.read')?.inputSchema ?? {};

describe('masking by contract', () => {
  test('hides personal fields at any depth and keeps the rest', () => {
    const value = {
      id: '7',
      mail: 'ada@acme.example',
      phone: '+49 30 5550101',
      people: [{ name: 'Ada', age: 36 }],
      either: { mail: 'b@acme.example' },
    };
    expect(mask(value, schema)).toEqual({
      id: '7',
      mail: '[email]',
      phone: '[phone]',
      people: [{ name: '[name]', age: 36 }],
      either: { mail: '[email]' },
    });
  });

  test('leaves out what nobody classed', () => {
    expect(mask({ id: '7', secret: 'ada@acme.example' }, schema)).toEqual({ id: '7' });
  });

  test('masks mail addresses and secrets in fields without a class, for journals and for people', () => {
    const value = {
      id: 'Ada, ada@acme.example',
      after: 'Bearer abc.def',
      either: 'see ada@acme.example',
      tags: { 'ada@acme.example': 'key pat-eu1-0123456789abcdef' },
    };
    const masked = {
      id: 'Ada, [email]',
      after: '[secret]',
      either: 'see [email]',
      tags: { '[email]': 'key [secret]' },
    };
    expect(mask(value, schema)).toEqual(masked);
    expect(mask(value, schema, true)).toEqual(masked);
  });

  test.each([
    'call_01JD5KZ9V8QW7XN2T4R6M8P0AB',
    'lead_01JD00000000000000000000QA',
    '4111111111111111',
    '1730000000.123456',
    'C0LEADS001',
    'acme.example',
    '2026-11-22T10:00:00.000Z',
    'task-force-0123456789',
  ])('leaves the record id or word %j in a field without a class as it is', (id) => {
    expect(mask({ id, after: id, tags: { [id]: id } }, schema)).toEqual({
      id,
      after: id,
      tags: { [id]: id },
    });
  });

  test('tells an absent value from a hidden one', () => {
    expect(mask({ id: '7', phone: null }, schema)).toEqual({ id: '7', phone: null });
  });

  test('lets people read free text, with what looks personal in it masked, and journals nothing of it', () => {
    const value = { id: '7', note: 'Write to ada@acme.example today' };
    expect(mask(value, schema, true)).toEqual({ id: '7', note: 'Write to [email] today' });
    expect(mask(value, schema)).toEqual({ id: '7', note: '[free-text]' });
  });

  test('does not change what it is given', () => {
    const value = { id: '7', mail: 'ada@acme.example' };
    mask(value, schema);
    expect(value.mail).toBe('ada@acme.example');
  });
});

describe('masking free text', () => {
  test.each([
    ['mail ada.sommer+x@acme.example now', 'mail [email] now'],
    ['<ada@acme.example>', '<[email]>'],
    ['call +49 (170) 555-0199 today', 'call [number] today'],
    ['card 4111 1111 1111 1111', 'card [number]'],
    ['pay to DE89 3704 0044 0532 0130 00', 'pay to [number]'],
    ['hers is 12345678Z, from 192.0.2.17', 'hers is [number], from [number]'],
    ['it is AKIAIOSFODNN7EXAMPLE', 'it is [secret]'],
    ['Bearer abc.def', '[secret]'],
    ['key pat-eu1-0123456789abcdef', 'key [secret]'],
  ])('%j becomes %j', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  test.each([
    'the form says DE, 32 people',
    `ask ${newPlaceholder('secret', new Uint8Array(10).fill(7))} first`,
    'deal 9498 moved to stage 3',
    'call_01JD5KZ9V8QW7XN2T4R6M8P0AB',
    'on 2026-11-22 at 10:00',
    '1,000 employees',
  ])('%j stays as it is', (text) => expect(maskText(text)).toBe(text));

  // A look that grows with the square of the text would take minutes.
  test(
    'does not hang on a large answer that starts a thousand secrets and ends none',
    { timeout: 30_000 },
    () => {
      const hostile = [
        '-eyJ'.repeat(65_536),
        'eyJa.'.repeat(52_428),
        '-eyJ'.repeat(60_000) + '.a'.repeat(5_000),
      ];
      const masked = hostile.map((text) => mask({ id: text }, schema));
      expect(masked.map((one) => typeof (one as { id: unknown }).id)).toEqual(['string', 'string', 'string']);
    },
  );

  test('does not hang on hostile text', () => {
    const hostile = ['@'.repeat(50_000), 'a@'.repeat(25_000), '1 '.repeat(25_000), `${'a'.repeat(50_000)}@`];
    expect(hostile.map((text) => typeof maskText(text))).toEqual(['string', 'string', 'string', 'string']);
  });
});
