import { describe, expect, test } from 'vitest';
import {
  credentialFor,
  credentialsFor,
  nextSetting,
  workflowSetting,
  type Credentials,
} from '../../../shared/tool/credentials.ts';

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

describe('while a credential is being replaced', () => {
  const replacing = {
    ...all,
    NEXT_X_WRITE_TOKEN: 'writes-next',
    NEXT_X_READ_TOKEN_LEAD_ROUTING: 'leads-next',
  };
  const settings = (env: object, changes: boolean, workflow?: string) =>
    credentialsFor(two, env, asked(changes, workflow)).map(({ setting }) => setting);

  test('the next one comes first, of the side and the workflow that it is for and of no other', () => {
    expect(settings(replacing, true)).toEqual(['NEXT_X_WRITE_TOKEN', 'X_WRITE_TOKEN']);
    expect(settings(replacing, false)).toEqual(['X_READ_TOKEN']);
    expect(settings(replacing, true, 'lead-routing')).toEqual(['X_WRITE_TOKEN_LEAD_ROUTING']);
    expect(settings(replacing, false, 'lead-routing')).toEqual([
      'NEXT_X_READ_TOKEN_LEAD_ROUTING',
      'X_READ_TOKEN_LEAD_ROUTING',
    ]);
  });

  test('one that is set to nothing is none', () => {
    expect(settings({ ...replacing, NEXT_X_WRITE_TOKEN: '' }, true)).toEqual(['X_WRITE_TOKEN']);
  });

  test('nobody who is shut out gets in by it', () => {
    const shut = { ...replacing, X_WRITE_TOKEN: '' };
    expect(credentialsFor(two, shut, asked(true))).toMatchObject([{ ok: false, why: 'is set to nothing' }]);
  });

  test("no workflow's own credential has the name of a next one", () => {
    const names = ['next', 'lead-next', 'lead--next', 'lead', 'next-lead'];
    const own = names.map((name) => workflowSetting('X', name));
    expect(own).not.toContain(nextSetting('X'));
    for (const setting of own) expect(own).not.toContain(nextSetting(setting));
  });
});
