import { z } from 'zod';
import type { Approval } from '../../shared/rpc.ts';
import { inOrder } from './states.ts';
import type { Place, Placed } from './store.ts';

const place = z.union([
  z.strictObject({ turn: z.int(), id: z.string().max(40) }),
  z.strictObject({ over: z.string().max(40) }),
]);

/** Where a page of several workflows ended, by workflow; one that is not named was not shown yet. */
export type Cursor = Record<string, Place>;
const cursorSchema = z.record(z.string(), place);

/** A cursor as it is handed out. Pure. */
export function writeCursor(cursor: Cursor): string {
  return btoa(JSON.stringify(cursor)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The cursor that was handed out; null: this never was one. Pure. */
export function readCursor(text: string): Cursor | null {
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/'))));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** What one workflow gave, from its place on. */
export interface Dealt {
  workflow: string;
  items: Placed[];
  /** Whether it has more after those. */
  more: boolean;
}

/**
 * One page of what several workflows gave: what waits is dealt out workflow by workflow, so that none hides another; what does not
 * comes once nothing waits, the newest first. Shown with the most urgent first. `ended`: where each workflow was left. Pure.
 */
export function dealOut(
  hands: readonly Dealt[],
  limit: number,
  after: Cursor,
): { approvals: Approval[]; ended: Cursor; left: boolean } {
  const queues = hands.map((hand) => ({ ...hand, items: [...hand.items] }));
  const ended: Cursor = { ...after };
  const dealt: Approval[] = [];
  for (let turn = nextHand(queues, -1); turn !== -1 && dealt.length < limit; turn = nextHand(queues, turn)) {
    const hand = queues[turn];
    const item = hand?.items.shift();
    if (!hand || !item) break;
    ended[hand.workflow] = item.place;
    dealt.push(item.approval);
    // What it would deal next is not known here, and may be more urgent than what others have.
    if (hand.items.length === 0 && hand.more) break;
  }
  const left = queues.some(({ items, more }) => items.length > 0 || more);
  return { approvals: dealt.toSorted(inOrder), ended, left };
}

/** Whose turn it is: the next that has something waiting, else whoever has the newest of what does not; -1: nobody. */
function nextHand(queues: readonly Dealt[], last: number): number {
  for (let step = 1; step <= queues.length; step += 1) {
    const one = (last + step + queues.length) % queues.length;
    if (queues[one]?.items[0]?.approval.status === 'waiting') return one;
  }
  let newest = -1;
  for (const [one, { items }] of queues.entries()) {
    const head = items[0]?.approval.id;
    if (head !== undefined && head > (queues[newest]?.items[0]?.approval.id ?? '')) newest = one;
  }
  return newest;
}
