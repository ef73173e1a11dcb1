import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class LeadInbox extends DurableObject {}
export class LeadDesk extends WorkerEntrypoint {}
export class LeadsConsole extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
