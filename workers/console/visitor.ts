import { decodeJwt } from 'jose';
import { checkPerson, roles, type Person } from '../../shared/people.ts';
import type { Env } from './env.ts';
import { cookieOf, formToken, unseal } from './session.ts';

/** Whoever looks at a page: for show, and to pass the credential on. Each desk checks it again. */
export interface Visitor extends Pick<Person, 'email' | 'roles'> {
  token: string;
  /** What each form of this visitor carries. */
  csrf: string;
}

export type Visiting = { ok: true; visitor: Visitor } | { ok: false; why: 'nobody' | 'no-role' };

/**
 * Who asks for a page: by what Cloudflare Access asserts, or in the sandbox by the session cookie. A bearer token is for
 * `/ops/v1` and counts nothing here, as the cookie counts nothing there.
 */
export async function visitorOf(request: Request, env: Env, now: number): Promise<Visiting> {
  const token = request.headers.get('cf-access-jwt-assertion') ?? (await ofCookie(request, env, now));
  if (token === null || token.length > 16_384) return { ok: false, why: 'nobody' };
  const check = await checkPerson(token, roles, env);
  if (!check.ok) return { ok: false, why: check.code === 'forbidden' ? 'no-role' : 'nobody' };
  const { email, roles: held } = check.person;
  return { ok: true, visitor: { email, roles: held, token, csrf: formToken(token) } };
}

async function ofCookie(request: Request, env: Env, now: number): Promise<string | null> {
  if (env.ENVIRONMENT !== 'sandbox' || !env.SESSION_KEY) return null;
  const cookie = cookieOf(request.headers.get('cookie'));
  const session = cookie === null ? null : await unseal(env.SESSION_KEY, cookie, now);
  return session?.credential ?? null;
}

/** When a credential that was checked ends, in Unix ms; one that names no end has ended. */
export function endOf(credential: string): number {
  return (decodeJwt(credential).exp ?? 0) * 1000;
}
