import { describe, expect, test } from 'vitest';
import {
  cookieOf,
  formToken,
  isFormToken,
  seal,
  SESSION_COOKIE,
  sessionCookie,
  sessionOf,
  unseal,
} from '../../../workers/console/session.ts';

const secret = 'a'.repeat(43);
const now = Date.parse('2026-11-23T00:00:00Z');
const HOUR = 3_600_000;

describe('a session', () => {
  test('ends with its credential, and after twelve hours at the latest', () => {
    expect(sessionOf('c', now + HOUR, now).until).toBe(now + HOUR);
    expect(sessionOf('c', now + 30 * 24 * HOUR, now).until).toBe(now + 12 * HOUR);
  });

  test('comes back from its cookie, in which its credential cannot be read', async () => {
    const session = sessionOf('the-credential', now + HOUR, now);
    const value = await seal(secret, session);
    expect(Buffer.from(value, 'base64url').toString('latin1')).not.toContain('the-credential');
    expect(await unseal(secret, value, now)).toEqual(session);
    expect(await seal(secret, session)).not.toBe(value);
  });

  test('is nobody’s once it is over, under another secret, or when one bit of the cookie is another', async () => {
    const value = await seal(secret, sessionOf('c', now + HOUR, now));
    expect(await unseal(secret, value, now + HOUR)).toBeNull();
    expect(await unseal('b'.repeat(43), value, now)).toBeNull();
    const bytes = Buffer.from(value, 'base64url');
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(await unseal(secret, changed.toString('base64url'), now)).toBeNull();
    }
  });

  test.each(['', 'x', '....', 'AAAA', 'a'.repeat(5_000), '{"credential":"c","until":9e15}'])(
    'is not made from %j',
    async (value) => {
      expect(await unseal(secret, value, now)).toBeNull();
    },
  );
});

describe('its cookie', () => {
  test('is kept to this host, from scripts and from other sites', () => {
    const cookie = sessionCookie('v', { credential: 'c', until: now + HOUR }, now);
    expect(cookie).toBe('__Host-toolgate=v; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=3600');
  });

  test('is found among others, and not where two claim to be it', () => {
    expect(cookieOf(`a=1; ${SESSION_COOKIE}=v; b=2`)).toBe('v');
    expect(cookieOf(`${SESSION_COOKIE}=v; ${SESSION_COOKIE}=w`)).toBeNull();
    expect(cookieOf(`x${SESSION_COOKIE}=v`)).toBeNull();
    expect(cookieOf(null)).toBeNull();
  });
});

describe('the token of a form', () => {
  test('is good for its own session only', () => {
    const token = formToken('mine');
    expect(isFormToken('mine', token)).toBe(true);
    expect(isFormToken('theirs', token)).toBe(false);
    expect(isFormToken('mine', '')).toBe(false);
    expect(token).not.toContain('mine');
  });
});
