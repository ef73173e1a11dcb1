/** Two credentials for a while: which one a request carries first, and when the other one may be tried. */
import type { Credential } from './credentials.ts';

/** How long (ms) a credential that the vendor refused goes second. Then it is tried first again: it may be valid by now. */
const SECOND_MS = 300_000;

/** Of one isolate, in memory only: another one finds out for itself with one refused request. */
export class Rotation {
  /** When (Unix ms) a credential was refused, by its setting. */
  readonly #refused = new Map<string, number>();

  /** The credentials of a request in the order in which they are tried. `given`: the next one first, if there is one. */
  inOrder(given: readonly Credential[], now: number): readonly Credential[] {
    const [next] = given;
    if (given.length < 2 || !next || !this.#holds(next.setting, now)) return given;
    return given.toReversed();
  }

  /** The vendor knows the credential no more, or not yet. */
  refused(setting: string, now: number): void {
    this.#refused.set(setting, now);
  }

  /** The vendor did not refuse it. */
  accepted(setting: string): void {
    this.#refused.delete(setting);
  }

  #holds(setting: string, now: number): boolean {
    const since = now - (this.#refused.get(setting) ?? -Infinity);
    // Less than nothing: the clock was set back.
    return since >= 0 && since < SECOND_MS;
  }
}

/**
 * Whether a vendor's refusal says that it does not know the credential at all, so that another may do. Not where the
 * credential lacks a right: an older one with wider rights must not stand in for one that was narrowed. `text`: the
 * refusal's body, which is only looked through for these words.
 */
export function unknownCredential(status: number, text: string): boolean {
  if (/scope|permission|restricted|not.allowed/i.test(text) && !/expired|revoked/i.test(text)) return false;
  return status === 401 || /expired|revoked|inactive|suspended|invalid|malformed|not.authed/i.test(text);
}
