import { WorkerEntrypoint } from 'cloudflare:workers';
import type { ApprovalRequest, ApprovalRequests as Requests } from '../../shared/rpc.ts';
import type { Env, Taken } from './env.ts';

export { Approvals } from './approvals.ts';
export { ApprovalsIndex } from './approvals-index.ts';
export { ApprovalsDesk } from './desk.ts';

/** What guards ask for: a person's decision on a call, and later the decision itself. */
export class ApprovalRequests extends WorkerEntrypoint<Env> implements Requests {
  async request(request: ApprovalRequest): Promise<void> {
    await this.env.APPROVALS_INDEX.getByName('index').file(request.id, request.workflow);
    await this.env.APPROVALS.getByName(request.workflow).request(request);
  }

  async take(workflow: string, id: string, digest: string): Promise<Taken> {
    return this.env.APPROVALS.getByName(workflow).take(id, digest);
  }
}

export default { fetch: (): Response => new Response(null, { status: 404 }) };
