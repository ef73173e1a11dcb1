import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Env } from './env.ts';
import { frontDoor } from './front-door.ts';
import { noticeMail, noticeSlack } from './vendors/notices.ts';

export { Simulator } from './simulator.ts';

/** What a tool reaches as its vendor: that vendor's simulator. */
function doorTo(vendor: string) {
  return class extends WorkerEntrypoint<Env> {
    override async fetch(request: Request): Promise<Response> {
      return this.env.SIMULATOR.getByName(vendor).fetch(request);
    }
  };
}

// toolgate new tool: entrypoint below
export class HubspotVendor extends doorTo('hubspot') {}
export class HunterVendor extends doorTo('hunter') {}
export class SlackVendor extends doorTo('slack') {}
export class MetaVendor extends doorTo('meta') {}
export class ResendVendor extends doorTo('resend') {}
export class IntercomVendor extends doorTo('intercom') {}
export class WordpressVendor extends doorTo('wordpress') {}

/** What the notifier reaches as the world outside: by host its Slack app, its mail account, and else a receiver of webhooks. */
export class NoticeVendors extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { origin } = new URL(request.url);
    const known: Record<string, string> = {
      [noticeSlack.origin]: 'notice-slack',
      [noticeMail.origin]: 'notice-mail',
    };
    return this.env.SIMULATOR.getByName(known[origin] ?? 'receiver').fetch(request);
  }
}

export default { fetch: frontDoor };
