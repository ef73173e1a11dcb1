import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

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
