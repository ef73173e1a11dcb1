import { covers, type Target } from '../../flags/targets.ts';
import type { Approval, StopPreview } from '../../shared/rpc.ts';
import { json, reach, refuse } from './answer.ts';
import type { Env } from './env.ts';

/** An approval that a stop would hit, in short. */
type Hit = Pick<Approval, 'id' | 'call' | 'agent' | 'action'>;

/** What a stop of the target would hit: what control knows, and the approvals. */
export async function preview(env: Env, credential: string | null, target: string): Promise<Response> {
  const [found, waiting, approved] = await Promise.all([
    reach(async () => env.CONTROL.preview(credential, target)),
    approvals(env, credential, 'waiting'),
    approvals(env, credential, 'approved'),
  ]);
  if (!found.ok) return refuse(found.problem);
  const { target: checked }: StopPreview = found.value;
  // Null is not none: this person may not see them, or nobody could say.
  const hit = waiting && approved && { waiting: hits(checked, waiting), approved: hits(checked, approved) };
  return json({ ...found.value, approvals: hit });
}

async function approvals(env: Env, credential: string | null, status: string): Promise<Approval[] | null> {
  const found = await reach(async () => env.APPROVALS.list(credential, { status }));
  return found.ok ? found.value.approvals : null;
}

function hits(target: Target, all: readonly Approval[]): Hit[] {
  return all
    .filter((approval) => covers(target, approval))
    .map(({ id, call, agent, action }) => ({ id, call, agent, action }));
}
