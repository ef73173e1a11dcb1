import { claimsOf, type Claims, type FoundClaims } from '../../../shared/claims.ts';
import type { Fault } from '../../../shared/problems.ts';
import type { AskedCall } from '../call.ts';

type Said = Pick<AskedCall, 'action' | 'input' | 'inputText'>;

/**
 * Part of the door: claims that would stand where a placeholder does once a text is sealed. Policies and people look at the sealed
 * text, and readers get what was typed, so a claim made to look like a name or an address would pass unseen. Pure.
 */
export function hiddenClaims(typed: Said, sealed: Said, claims: Claims | undefined): Fault[] {
  const { says } = typed.action;
  if (!says || !claims || typed.inputText === sealed.inputText) return [];
  const seen = new Set(idsOf(claimsOf(says, claims, sealed.input, {})));
  const hidden = idsOf(claimsOf(says, claims, typed.input, {})).filter((id) => !seen.has(id));
  return [...new Set(hidden)].map((id) => {
    const [, claim = '', field = ''] = /^(.*)\n(.*)$/.exec(id) ?? [];
    const pointer = `/${field.replace('.', '/')}`;
    return { pointer, detail: `makes the claim ${claim} in what reads as personal data: write it otherwise` };
  });
}

function idsOf({ forbidden, doubtful }: FoundClaims): string[] {
  return [...forbidden, ...doubtful].map(({ claim, field }) => `${claim}\n${field}`);
}
