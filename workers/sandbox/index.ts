import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Simulator extends DurableObject {}
export class HubspotVendor extends WorkerEntrypoint {}
export class HunterVendor extends WorkerEntrypoint {}
export class SlackVendor extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
