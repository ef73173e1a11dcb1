import { faultTrace } from '../../shared/http.ts';
import type { Env } from './env.ts';
import { credentialOf } from './request.ts';
import { visitorOf } from './visitor.ts';

/** What the ledger journals by itself when it is asked, and what says nothing of anybody: counters, live parts, signing in. */
const otherwise = /^\/(ops\/v1\/(journal|calls|pulse|status)|console\/(live|assets|sign-in|calls|journal))\b/;
const MAX_PATH = 200;

/**
 * Has an auditor's look at a page or a route journaled; the ledger checks who it is, and keeps nothing of anybody else. It is told
 * beside the answer: a ledger that is away keeps no auditor from reading, and is alerted on.
 */
export async function tellLook(request: Request, env: Env, now: number): Promise<void> {
  const { pathname } = new URL(request.url);
  if (request.method !== 'GET' || otherwise.test(pathname)) return;
  try {
    const credential = await credentialFor(pathname, request, env, now);
    if (credential !== null) await env.LEDGER.looked(credential, pathname.slice(0, MAX_PATH));
  } catch (error) {
    console.error(JSON.stringify({ alert: 'console.look-not-journaled', error: faultTrace(error) }));
  }
}

async function credentialFor(
  pathname: string,
  request: Request,
  env: Env,
  now: number,
): Promise<string | null> {
  if (pathname.startsWith('/ops/v1/')) return credentialOf(request);
  if (!pathname.startsWith('/console')) return null;
  const visiting = await visitorOf(request, env, now);
  return visiting.ok ? visiting.visitor.token : null;
}
