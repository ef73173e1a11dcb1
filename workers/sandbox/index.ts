import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Env } from './env.ts';
import { frontDoor } from './front-door.ts';

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

export default { fetch: frontDoor };
