import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Control extends DurableObject {}
export class Leasing extends WorkerEntrypoint {}
export class Sites extends WorkerEntrypoint {}
export class ControlDesk extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
