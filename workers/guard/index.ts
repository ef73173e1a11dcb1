import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Guard extends DurableObject {}
export class Settlement extends WorkerEntrypoint {}
export class Leases extends WorkerEntrypoint {}
export class Resumption extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
