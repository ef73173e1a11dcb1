// toolgate new tool: import below
import { hubspot } from './hubspot.ts';
import { hunter } from './hunter.ts';
import { intercom } from './intercom.ts';
import { meta } from './meta.ts';
import { noticeMail, noticeSlack, receiver } from './notices.ts';
import { resend } from './resend.ts';
import { slack } from './slack.ts';
import { wordpress } from './wordpress.ts';
import type { SimulatedVendor } from './vendor.ts';

/** Every simulated vendor by name. By its name in small letters, as contracts say it. */
export const vendors: Readonly<Record<string, SimulatedVendor>> = {
  // toolgate new tool: vendor below
  hubspot,
  hunter,
  intercom,
  meta,
  resend,
  slack,
  wordpress,
  // After the tools' own: those are looked up by their hosts.
  'notice-slack': noticeSlack,
  'notice-mail': noticeMail,
  receiver,
};

export function vendorNamed(name: string): SimulatedVendor | undefined {
  return Object.hasOwn(vendors, name) ? vendors[name] : undefined;
}
