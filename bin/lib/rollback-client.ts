import { setTimeout as sleep } from 'node:timers/promises';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import { askOps, type Access, type GateAnswer } from './client.ts';

const LOOK_MS = 500;

/** A rollback with all of its steps, page by page. */
export async function wholeRollback(access: Access, id: string): Promise<GateAnswer<RollbackPage>> {
  const first = await pageOf(access, id, 0);
  if (first.kind !== 'ok') return first;
  const { rollback, steps } = first.value;
  for (let { next } = first.value; next !== null;) {
    const page = await pageOf(access, id, next);
    if (page.kind !== 'ok') return page;
    steps.push(...page.value.steps);
    next = page.value.next;
  }
  return { kind: 'ok', value: { rollback, steps, next: null } };
}

async function pageOf(access: Access, id: string, from: number): Promise<GateAnswer<RollbackPage>> {
  return askOps(access, 'GET', `/rollbacks/${encodeURIComponent(id)}?from=${from}`);
}

/** Looks until it is done with what it does, or patience ends; `changed` is called with each state that is new. */
export async function followRollback(
  access: Access,
  id: string,
  patienceMs: number,
  changed: (view: RollbackView) => void,
): Promise<GateAnswer<RollbackView>> {
  const until = Date.now() + patienceMs;
  let last = '';
  for (;;) {
    // A page from far behind the last step: the view, and no steps.
    const page = await pageOf(access, id, 1_000_000);
    // A failed look changes nothing: the rollback goes on by itself.
    if (page.kind === 'refused' || (page.kind === 'unreachable' && Date.now() > until)) return page;
    if (page.kind === 'ok') {
      const { rollback } = page.value;
      const state = JSON.stringify([rollback.status, rollback.counts]);
      if (state !== last) changed(rollback);
      last = state;
      if (!isBusy(rollback) || Date.now() > until) return { kind: 'ok', value: rollback };
    }
    await sleep(LOOK_MS);
  }
}

function isBusy({ status, counts }: RollbackView): boolean {
  return status === 'planning' || status === 'running' || (status === 'halted' && counts.underWay > 0);
}
