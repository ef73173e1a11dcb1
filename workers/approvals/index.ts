import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Approvals extends DurableObject {}
export class ApprovalRequests extends WorkerEntrypoint {}
export class ApprovalsDesk extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 404 }) };
