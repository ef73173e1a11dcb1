import { describe, expect, test } from 'vitest';
import { credentialFor, workflowSetting, type Credentials } from '../../../shared/tool/credentials.ts';

const two: Credentials = { read: 'X_READ_TOKEN', write: 'X_WRITE_TOKEN', header: 'x-key' };
const all = {
  X_READ_TOKEN: 'reads',
  X_WRITE_TOKEN: 'writes',
  X_READ_TOKEN_LEAD_ROUTING: 'reads-leads',
  X_WRITE_TOKEN_LEAD_ROUTING: 'writes-leads',
};
const asked = (changes: boolean, workflow?: string) => ({ changes, workflow });

describe('the credential of a request', () => {
  test.each([
    [asked(false), 'X_READ_TOKEN', 'reads'],
    [asked(true), 'X_WRITE_TOKEN', 'writes'],
    [asked(false, 'lead-routing'), 'X_READ_TOKEN_LEAD_ROUTING', 'reads-leads'],
    [asked(true, 'lead-routing'), 'X_WRITE_TOKEN_LEAD_ROUTING', 'writes-leads'],
    [asked(false, 'support'), 'X_READ_TOKEN', 'reads'],
    [asked(true, 'support'), 'X_WRITE_TOKEN', 'writes'],
  ])('of %j is %s', (request, setting, value) => {
    expect(credentialFor(two, all, request)).toEqual({ ok: true, setting, header: 'x-key', value });
  });

  test("is never the other side's when its own is missing", () => {
    const { X_WRITE_TOKEN: _, ...reads } = all;
    expect(credentialFor(two, reads, asked(true))).toEqual({
      ok: false,
      setting: 'X_WRITE_TOKEN',
      why: 'is not set',
    });
    const { X_READ_TOKEN: __, ...writes } = all;
    expect(credentialFor(two, writes, asked(false))).toMatchObject({ ok: false, setting: 'X_READ_TOKEN' });
  });

  test("of a workflow whose own is set to nothing is none: it does not fall back on everybody's", () => {
    const shut = { ...all, X_WRITE_TOKEN_LEAD_ROUTING: '' };
    expect(credentialFor(two, shut, asked(true, 'lead-routing'))).toEqual({
      ok: false,
      setting: 'X_WRITE_TOKEN_LEAD_ROUTING',
      why: 'is set to nothing',
    });
    expect(credentialFor(two, shut, asked(true, 'support'))).toMatchObject({ value: 'writes' });
  });

  test('is written as the vendor wants it', () => {
    const basic: Credentials = {
      ...two,
      prefix: 'Basic ',
      encode: (login) => Buffer.from(login).toString('base64'),
    };
    expect(credentialFor(basic, { X_READ_TOKEN: 'user:word' }, asked(false))).toMatchObject({
      value: 'Basic dXNlcjp3b3Jk',
    });
  });

  test('is a text of its own env: nothing that is inherited, and no binding', () => {
    const inherited: object = Object.create({ X_READ_TOKEN: 'inherited' });
    expect(credentialFor(two, inherited, asked(false)).ok).toBe(false);
    expect(credentialFor(two, { X_READ_TOKEN: { fetch: () => undefined } }, asked(false)).ok).toBe(false);
  });
});

test('workflows with other names have other settings', () => {
  expect(workflowSetting('X', 'lead-routing')).toBe('X_LEAD_ROUTING');
  const names = ['a-b', 'ab', 'a--b', 'a-b-', 'ab1', 'a-b1'];
  expect(new Set(names.map((name) => workflowSetting('X', name))).size).toBe(names.length);
});
