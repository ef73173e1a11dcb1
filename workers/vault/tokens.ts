import { verifyDispatch, type DispatchClaims } from '../../shared/dispatch-token.ts';
import type { JwkText } from '../../shared/crypto.ts';

/** Tokens of calls that may open and then seal within seconds; a signature takes longer to check than all else here. */
const KEPT = 64;

/** Verifies guards' dispatch tokens, each once while it is among the last that came. */
export class VerifiedTokens {
  readonly #claims = new Map<string, DispatchClaims>();

  /** What a token claims, if a guard signed it. Whether it fits the moment is the caller's question, each time. */
  claimsOf(publicKey: JwkText, token: string): DispatchClaims | undefined {
    // The key is constant while this isolate lives; it is part of what was asked all the same.
    const asked = `${publicKey}\n${token}`;
    const known = this.#claims.get(asked);
    if (known) return known;
    const checked = verifyDispatch(publicKey, token);
    if (!checked.ok) return undefined;
    const [oldest] = this.#claims.keys();
    if (this.#claims.size >= KEPT && oldest !== undefined) this.#claims.delete(oldest);
    this.#claims.set(asked, checked.claims);
    return checked.claims;
  }
}
