import { describe, expect, test } from 'vitest';
import { findAccess, type AccessWish } from '../../../bin/lib/access.ts';

const local = {
  gate: 'http://127.0.0.1:8787',
  agents: {},
  people: {
    operator: { email: 'operator@sandbox.example', token: 'operator-token' },
    auditor: { email: 'a@sandbox.example', token: 'auditor-token' },
  },
  journalKey: '{}',
};

function find(over: Partial<AccessWish> = {}): ReturnType<typeof findAccess> {
  return findAccess({ gate: undefined, as: undefined, person: 'operator', env: {}, local, ...over });
}

describe('in whose name a command acts', () => {
  test('is the local person of the right role', () => {
    expect(find()).toEqual({ ok: true, access: { gate: 'http://127.0.0.1:8787', token: 'operator-token' } });
  });

  test('is whom --as names, if there is such a person', () => {
    expect(find({ as: 'auditor' })).toMatchObject({ access: { token: 'auditor-token' } });
    for (const as of ['nobody', '__proto__', 'constructor']) expect(find({ as }).ok).toBe(false);
  });

  test('is oneself with TOOLGATE_TOKEN, and then --as is a contradiction', () => {
    const env = { TOOLGATE_TOKEN: 'mine' };
    expect(find({ env, gate: 'https://console.acme.example' })).toMatchObject({ access: { token: 'mine' } });
    expect(find({ env, as: 'auditor' }).ok).toBe(false);
  });

  test('a local token goes to no other gate', () => {
    const found = find({ gate: 'https://console.acme.example' });
    expect(found.ok).toBe(false);
    expect(JSON.stringify(found)).not.toContain('operator-token');
    expect(find({ gate: 'http://127.0.0.1:8788' }).ok).toBe(false);
  });

  test('a real token goes nowhere in the clear but to this machine', () => {
    const env = { TOOLGATE_TOKEN: 'mine' };
    expect(find({ env, gate: 'http://console.acme.example' }).ok).toBe(false);
    expect(find({ env, gate: 'http://127.0.0.1.acme.example' }).ok).toBe(false);
    expect(find({ env, gate: 'http://localhost:8787' }).ok).toBe(true);
    expect(find({ env, gate: 'http://[::1]:8787' }).ok).toBe(true);
  });

  test('a command that acts as nobody sends no token', () => {
    expect(find({ person: null, env: { TOOLGATE_TOKEN: 'mine' } })).toEqual({
      ok: true,
      access: { gate: local.gate, token: undefined },
    });
  });

  test.each(['not a url', 'file:///etc/passwd', 'javascript:alert(1)'])('%s is no gate', (gate) => {
    expect(find({ gate }).ok).toBe(false);
  });

  test('without a local file there is a hint instead of a guess', () => {
    const found = find({ local: undefined });
    expect(found).toMatchObject({ ok: false });
    expect(JSON.stringify(found)).toContain('npm start');
  });
});
