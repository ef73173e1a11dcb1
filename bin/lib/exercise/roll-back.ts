import type { RollbackPage, RollbackView } from '../../../shared/rollback/view.ts';
import { askOps, type Access } from '../client.ts';
import { followRollback, wholeRollback } from '../rollback-client.ts';
import type { TakenBack } from './take-back.ts';

const PATIENCE_MS = 60_000;

/**
 * Takes a session back by a rollback plan: asked for by the first person, approved by the others as far as its inverse actions
 * need them, and run. Null: it did not come to an end, and nothing more of it will run; then calls are undone one by one.
 */
export async function rollBack(
  [access, ...others]: readonly Access[],
  session: string,
  reason: string,
): Promise<{ id: string; taken: TakenBack[] } | null> {
  if (!access) return null;
  const body = { selection: { session }, reason, dryRun: false };
  const opened = await askOps<RollbackView>(access, 'POST', '/rollbacks', body);
  if (opened.kind !== 'ok') return null;
  const { id } = opened.value;
  const ended = (await planned(access, id)) && (await run(access, others, id, reason));
  const whole = ended ? await wholeRollback(access, id) : null;
  if (whole?.kind === 'ok') return { id, taken: takenOf(whole.value) };
  await askOps(access, 'POST', `/rollbacks/${id}/halt`, { reason, forGood: true });
  return null;
}

async function planned(access: Access, id: string): Promise<boolean> {
  const plan = await followRollback(access, id, PATIENCE_MS, () => undefined);
  return plan.kind === 'ok' && plan.value.status === 'planned';
}

async function run(access: Access, others: readonly Access[], id: string, reason: string): Promise<boolean> {
  const shown = await wholeRollback(access, id);
  const plan = shown.kind === 'ok' ? shown.value.rollback.plan : null;
  if (!plan) return false;
  const { digest, needs } = plan;
  for (const person of others.slice(0, needs))
    await askOps(person, 'POST', `/rollbacks/${id}/approval`, { digest, reason });
  const begun = await askOps(access, 'POST', `/rollbacks/${id}/run`, { digest, reason });
  if (begun.kind !== 'ok') return false;
  const end = await followRollback(access, id, PATIENCE_MS, () => undefined);
  return end.kind === 'ok' && end.value.status === 'ended';
}

function takenOf({ steps, rollback: { id } }: RollbackPage): TakenBack[] {
  return steps.map(({ step: { call, action }, state }) => {
    switch (state.kind) {
      case 'restored':
        return { call, action, outcome: 'undone', detail: `${state.lane} of ${id}` };
      case 'nothing':
        return { call, action, outcome: 'already', detail: state.why };
      case 'left':
        return {
          call,
          action,
          outcome: state.why === 'no-way-back' ? 'kept' : 'failed',
          detail: state.detail,
        };
      case 'waiting':
      case 'under-way':
        return { call, action, outcome: 'failed', detail: `${id}: ${state.kind}` };
    }
  });
}
