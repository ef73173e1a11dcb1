import { equalSecrets } from '../../shared/crypto.ts';
import type { Site } from '../../shared/manifest.ts';

/**
 * Whether a request with this `Origin` may post for the site. None at all may: servers and old browsers send none, and
 * the list is there to keep other people's pages out, which cannot leave it out. `null` is nobody's origin.
 */
export function originAllowed(site: Pick<Site, 'origins'>, origin: string | null): boolean {
  return origin === null || site.origins.some((allowed) => new URL(allowed).origin === origin);
}

export type KeyCheck = 'live' | 'test' | 'wrong';

const LIVE = /^pk_/;

/** A site's key, or its test form: `pk_test_` in place of `pk_`. */
export function checkKey(site: Pick<Site, 'publishableKey'>, sent: string | undefined): KeyCheck {
  if (sent === undefined) return 'wrong';
  if (equalSecrets(sent, site.publishableKey)) return 'live';
  return equalSecrets(sent, testKeyOf(site)) ? 'test' : 'wrong';
}

/** The key that marks everything it sends as a test. */
export function testKeyOf({ publishableKey }: Pick<Site, 'publishableKey'>): string {
  return publishableKey.replace(LIVE, 'pk_test_');
}
