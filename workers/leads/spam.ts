import { isDisposable } from './mail-domains.ts';
import type { Draft } from './parse.ts';
import type { TurnstileVerdict } from './turnstile.ts';

/** Why a lead is in quarantine. Journaled and counted, so never renamed. */
export type Reason =
  | 'honeypot'
  | 'disposable-domain'
  | 'links'
  | 'turnstile-missing'
  | 'turnstile-failed'
  | 'turnstile-unavailable'
  | 'over-site-limit';

/** More links than a person asking about a product writes. */
const LINKS_MAX = 3;

/** Every sign that a person should look before anybody else does. Empty: clean. */
export function spamReasons(
  draft: Draft,
  signs: { honeypot: string | undefined; turnstile: TurnstileVerdict },
): Reason[] {
  const reasons: Reason[] = [];
  if (signs.honeypot) reasons.push('honeypot');
  if (draft.email !== null && isDisposable(draft.email)) reasons.push('disposable-domain');
  if (links(draft.message) > LINKS_MAX || links(draft.name) > 0) reasons.push('links');
  const { turnstile } = signs;
  if (turnstile !== 'off' && turnstile !== 'passed') reasons.push(`turnstile-${turnstile}`);
  return reasons;
}

function links(text: string | null): number {
  return (text?.match(/https?:\/\/|\[url|<a\s/gi) ?? []).length;
}
