import { faultTrace } from '../../shared/http.ts';
import type { Env } from './env.ts';

/** What the ledger journals by itself when it is asked, and what says nothing of anybody: counters and live parts. */
const otherwise = /^\/(ops\/v1\/(journal|calls|pulse|status)|console\/(live|calls|journal))\b/;
const MAX_PATH = 200;

/**
 * Has an auditor's look at a page or a route journaled; the ledger checks who it is, and keeps nothing of anybody else. It is told
 * beside the answer: a ledger that is away keeps no auditor from reading, and is alerted on.
 */
export async function tellLook(request: Request, env: Env, credential: string | null): Promise<void> {
  const { pathname } = new URL(request.url);
  if (credential === null || request.method !== 'GET' || otherwise.test(pathname)) return;
  try {
    await env.LEDGER.looked(credential, pathname.slice(0, MAX_PATH));
  } catch (error) {
    console.error(JSON.stringify({ alert: 'console.look-not-journaled', error: faultTrace(error) }));
  }
}
