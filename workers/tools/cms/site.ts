import type { HttpVendor, HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

/** One WordPress: the way to it, and the path under which its posts are. */
export interface Site {
  http: HttpVendor;
  /** Such as `/blog/wp-json/wp/v2/posts`; undefined: the setting is no path, so nothing is asked. */
  posts: string | undefined;
}

/** Where the simulated site stands. No such host exists. */
const SANDBOX = 'https://cms.sandbox.example';

/**
 * The origin of this deployment's site: the one place that requests go to. In production it is a setting, as each site is
 * another. What is no plain `https` origin is answered with one that matches no setting, so that the tool refuses.
 */
export function siteOf({ VENDOR_MODE, VENDOR_ORIGIN = '' }: HttpVendorEnv): string {
  if (VENDOR_MODE !== 'live') return SANDBOX;
  const url = URL.canParse(VENDOR_ORIGIN) ? new URL(VENDOR_ORIGIN) : undefined;
  return url?.protocol === 'https:' && url.origin === VENDOR_ORIGIN ? VENDOR_ORIGIN : SANDBOX;
}

/** Up to eight names of folders; none may begin with a dot, which would leave the folder before it. */
const folders = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}$/;

/** The path of the site's posts, for a WordPress at the root of its host or in a folder (`/blog`). */
export function postsOf({ WORDPRESS_PATH: path = '' }: { WORDPRESS_PATH?: string }): string | undefined {
  return path === '' || folders.test(path) ? `${path}/wp-json/wp/v2/posts` : undefined;
}
