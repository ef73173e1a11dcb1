import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Ledger extends DurableObject {}
export class LedgerIntake extends WorkerEntrypoint {}
export class LedgerDesk extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
