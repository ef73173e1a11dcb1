import { z } from 'zod';

/** `off`: this gate asks for no token. `unavailable`: Turnstile gave no usable answer, or refused our own secret. */
export type TurnstileVerdict = 'off' | 'passed' | 'missing' | 'failed' | 'unavailable';

export interface TurnstileSettings {
  TURNSTILE_SECRET?: string;
  TURNSTILE_VERIFY_URL?: string;
}

const SITEVERIFY = 'https://challenges.cloudflare.com/turnstile/v0/siteverify';
/** Longer than Turnstile takes, shorter than a person waits. */
const TIMEOUT_MS = 3_000;
/** Turnstile's words for faults that are not the visitor's. */
const notTheirs = new Set(['missing-input-secret', 'invalid-input-secret', 'bad-request', 'internal-error']);

const answer = z.object({ success: z.boolean(), 'error-codes': z.array(z.string()).default([]) });

/**
 * Verifies a form's token with Turnstile (developers.cloudflare.com/turnstile, "siteverify"). Never throws: whatever
 * goes wrong is a verdict. The visitor's address is not sent along.
 */
export async function verifyTurnstile(
  settings: TurnstileSettings,
  token: string | undefined,
): Promise<TurnstileVerdict> {
  const { TURNSTILE_SECRET: secret, TURNSTILE_VERIFY_URL: url = SITEVERIFY } = settings;
  if (!secret) return 'off';
  if (!token) return 'missing';
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ secret, response: token }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return verdictOf(await response.json());
  } catch {
    return 'unavailable'; // Time-out, no connection, or no JSON.
  }
}

function verdictOf(body: unknown): TurnstileVerdict {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return 'unavailable';
  const { success, 'error-codes': codes } = parsed.data;
  if (success) return 'passed';
  return codes.some((code) => notTheirs.has(code)) ? 'unavailable' : 'failed';
}
