import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

/** Where Intercom keeps workspaces: https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis */
const hosts = [
  'https://api.intercom.io',
  'https://api.eu.intercom.io',
  'https://api.au.intercom.io',
] as const;

/**
 * The origin of this deployment's workspace: the one of the setting, if it is one of Intercom's three. Anything else is answered
 * with the first, which is then not the setting's, so that the tool refuses.
 */
export function hostOf({ VENDOR_ORIGIN }: HttpVendorEnv): string {
  return hosts.find((host) => host === VENDOR_ORIGIN) ?? hosts[0];
}
