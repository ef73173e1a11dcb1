import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Env } from './env.ts';
import { frontDoor } from './front-door.ts';

export { Simulator } from './simulator.ts';

/** What the crm tool reaches as its vendor; and so on for each. */
export class HubspotVendor extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return this.env.SIMULATOR.getByName('hubspot').fetch(request);
  }
}

export class HunterVendor extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return this.env.SIMULATOR.getByName('hunter').fetch(request);
  }
}

export class SlackVendor extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return this.env.SIMULATOR.getByName('slack').fetch(request);
  }
}

export class MetaVendor extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return this.env.SIMULATOR.getByName('meta').fetch(request);
  }
}

export class ResendVendor extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return this.env.SIMULATOR.getByName('resend').fetch(request);
  }
}

export class IntercomVendor extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return this.env.SIMULATOR.getByName('intercom').fetch(request);
  }
}

export class WordpressVendor extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return this.env.SIMULATOR.getByName('wordpress').fetch(request);
  }
}

export default { fetch: frontDoor };
