import type { AgentToken } from './tokens.ts';

/**
 * Tokens that this isolate has verified, until they expire, so that a call costs a look-up and not a signature check.
 * Holds only tokens that were right, and at most `size` of them.
 */
export class TokenCache {
  readonly #size: number;
  readonly #tokens = new Map<string, AgentToken>();

  constructor(size = 1000) {
    this.#size = size;
  }

  /** What the token says, if it was verified for this issuer and is still valid at `now` (Unix ms). */
  get(token: string, issuer: string, now: number): AgentToken | undefined {
    const known = this.#tokens.get(token);
    if (!known || known.issuer !== issuer) return undefined;
    if (now < known.expires) return known;
    this.#tokens.delete(token);
    return undefined;
  }

  put(token: string, verified: AgentToken): void {
    // The oldest goes first: it is also the next to expire, as all tokens live equally long.
    const oldest = this.#tokens.keys().next();
    if (this.#tokens.size >= this.#size && !oldest.done) this.#tokens.delete(oldest.value);
    this.#tokens.set(token, verified);
  }

  get size(): number {
    return this.#tokens.size;
  }
}
