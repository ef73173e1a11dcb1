import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Target } from '../../flags/targets.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Env } from './env.ts';
import { slackHook } from './slack-hook.ts';

export { Approvals } from './approvals.ts';
export { ApprovalsIndex } from './approvals-index.ts';
export { ApprovalsDesk } from './desk.ts';
export { ReviewDesk, TriageDesk } from './triage-desk.ts';
export { ReviewIntake, TriageIntake } from './triage-intake.ts';
export { Triage } from './triage-object.ts';
export { TriageIndex } from './triage-index.ts';

/** What guards ask for: a person's decision on a call, and later the decision itself. */
export class ApprovalRequests extends WorkerEntrypoint<Env> implements rpc.ApprovalRequests {
  async request(request: rpc.ApprovalRequest): Promise<void> {
    await this.env.APPROVALS_INDEX.getByName('index').file(request.id, request.workflow, request.agent);
    await this.env.APPROVALS.getByName(request.workflow).request(request);
  }

  async take(workflow: string, id: string, digests: string[]): Promise<rpc.Taken> {
    return this.env.APPROVALS.getByName(workflow).take(id, digests);
  }

  async reopen(workflow: string, id: string, digest: string, more: rpc.MoreNeeded): Promise<boolean> {
    return this.env.APPROVALS.getByName(workflow).reopen(id, digest, more);
  }

  async void(workflow: string, id: string, digest: string, stoppedBy: Target | null): Promise<void> {
    await this.env.APPROVALS.getByName(workflow).void(id, digest, stoppedBy);
  }
}

/** What control tells: each stop, so that what was approved before it does not run after it. */
export class StopNotices extends WorkerEntrypoint<Env> implements rpc.StopNotices {
  async stopped(target: Target, epoch: number): Promise<void> {
    const all = await this.env.APPROVALS_INDEX.getByName('index').workflows();
    const concerned = all.filter((name) => !target.startsWith('workflow:') || target === `workflow:${name}`);
    await Promise.all(
      concerned.map(async (name) => this.env.APPROVALS.getByName(name).stopped(target, epoch)),
    );
  }
}

/** Slack's buttons, and nothing else. */
export default { fetch: slackHook };
