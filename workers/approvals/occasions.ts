import type { Approval } from '../../shared/rpc.ts';
import type { Occasion } from './notice-of.ts';

/** What people are told because of a new state: that it waits (for more, or for something else than before), or is over. Pure. */
export function occasionsOf(before: Approval | null, after: Approval): Occasion[] {
  const waited = before?.status === 'waiting';
  if (after.status !== 'waiting') return waited ? [{ kind: 'over' }] : [];
  const same = waited && before.digest === after.digest && before.needs === after.needs;
  return same ? [] : [{ kind: 'asked' }];
}
