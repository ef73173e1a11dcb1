import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineContract, personal, resolves, type Action } from '../../../shared/contract.ts';
import { newPlaceholder } from '../../../shared/placeholder.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const email = newPlaceholder('email', new Uint8Array(10).fill(7));
const phone = newPlaceholder('phone', new Uint8Array(10).fill(7));

describe('a field of a class', () => {
  const field = personal('email', z.email().max(254));

  test('takes a value that fits, or a placeholder of its class', () => {
    expect(field.safeParse('ada@acme.example').success).toBe(true);
    expect(field.safeParse(email).success).toBe(true);
  });

  test('takes no placeholder of another class, none with something beside it, and nothing else', () => {
    for (const wrong of [phone, `${email} `, `${email}@acme.example`, 'ada', '[[email:]]'])
      expect(field.safeParse(wrong).success, wrong).toBe(false);
  });

  test('says what is wrong with a value, as if there were no placeholders', () => {
    expect(field.safeParse('ada').error?.issues[0]?.message).toBe('Invalid email address');
  });

  test('stays as it is where it takes a placeholder anyway, and where it is free text', () => {
    expect(personal('name', z.string().max(100))).toBeInstanceOf(z.ZodString);
    expect(personal('free-text', z.string().regex(/^[a-z]$/)).safeParse(email).success).toBe(false);
  });
});

describe('marks that cannot be kept are refused', () => {
  const action = (input: z.ZodObject, more: Partial<Action> = {}): Action => ({
    summary: 'Reads what there is.',
    mode: 'read',
    groups: [],
    sensitivity: 'internal',
    input,
    output: z.strictObject({}),
    ...more,
  });
  const define = (read: Action) => () =>
    defineContract({ tool: 'any', vendor: 'Any', summary: 'Anything at all.', actions: { 'a.read': read } });
  const text = personal('free-text', z.string().max(10));

  test('a class on what is no text', () => {
    const list = personal('free-text', z.array(z.string()));
    expect(define(action(z.strictObject({ list })))).toThrow('classes what is no text');
    expect(define(action(z.strictObject({}), { output: z.strictObject({ list }) }))).toThrow('no text');
  });

  test('free text that does not say who receives it, or names what is not there', () => {
    expect(define(action(z.strictObject({ text: resolves(['name'], 'text', text) })))).toThrow(
      'no recipient',
    );
    const to = resolves(['name'], 'text', text, { recipient: 'input.to' });
    expect(define(action(z.strictObject({ text: to })))).toThrow('no input.to');
    expect(define(action(z.strictObject({ text: to, to: z.email() })))).not.toThrow();
  });

  test('a field without a class, one of another class, and an output', () => {
    const other = resolves(['phone'], 'text', personal('email', z.email()));
    expect(define(action(z.strictObject({ other })))).toThrow('another class');
    const plain = resolves(['phone'], 'text', z.string());
    expect(define(action(z.strictObject({ plain })))).toThrow('without a class');
    const mark = resolves(['phone'], 'text', personal('phone', z.string()));
    expect(define(action(z.strictObject({}), { output: z.strictObject({ mark }) }))).toThrow('outside');
  });
});

describe('what the shipped tools resolve', () => {
  const fields = [...catalogue.values()].flatMap(({ name, inputSchema }) =>
    Object.entries(inputSchema['properties'] as Record<string, Record<string, unknown>>)
      .filter(([, field]) => field['x-resolves'] !== undefined)
      .map(([field]) => `${name} ${field}`),
  );

  test('nothing of what many people read: chat, pages and broadcasts', () => {
    expect(fields.filter((field) => /^(chat|cms|ads|leads)\.|^email\.broadcast/.test(field))).toEqual([]);
  });

  test('no sender, no note and no search by words', () => {
    expect(fields.filter((field) => / (from|note|query|word|reason)$/.test(field))).toEqual([]);
  });

  test('the address of whom a look-up or a mail is about', () => {
    expect(fields).toEqual(
      expect.arrayContaining([
        'crm.contact.search email',
        'email.message.send to',
        'email.contact.read email',
      ]),
    );
  });
});
