import { setTimeout as sleep } from 'node:timers/promises';
import { isTarget, type Target } from '../../flags/targets.ts';
import type { Receipt, ReceiptPage, Stop } from '../../shared/rpc.ts';
import { askOps, type Access } from './client.ts';

/** What of a program's stop is left in force: nothing; its own, that it could not resume; or somebody else's by now. */
export type Left = 'nothing' | 'own' | 'others';

const LOOK_MS = 100;

/** Looks until it is so, for at most that long, or until somebody interrupts. */
export async function until(
  interrupted: AbortSignal,
  milliseconds: number,
  look: () => Promise<boolean>,
): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end && !interrupted.aborted;) {
    if (await look()) return;
    await sleep(LOOK_MS);
  }
}

/** The receipt once it is settled, or as far as it came within that time. */
export async function followed(
  access: Access,
  first: Receipt,
  milliseconds: number,
  interrupted: AbortSignal,
): Promise<Receipt> {
  let receipt = first;
  const look = async (): Promise<boolean> => {
    const next = await askOps<Receipt>(access, 'GET', `/receipts/${first.id}`);
    // A failed look changes nothing: the stop holds, only its confirmation is not seen yet.
    if (next.kind === 'ok') receipt = next.value;
    return receipt.status === 'settled';
  };
  if (receipt.status !== 'settled') await until(interrupted, milliseconds, look);
  return receipt;
}

/** Resumes as the first person, and as the second where that is not enough; never what somebody else stopped, too. */
export async function resumeOwn(
  people: readonly Access[],
  target: Target,
  reason: string,
  own: (receipt: Receipt) => boolean,
): Promise<Left> {
  const [access] = people;
  if (!access || !(await isStillOwn(access, target, own))) return 'others';
  for (const person of people) {
    await askOps(person, 'DELETE', `/stops/${encodeURIComponent(target)}`, { reason });
    // What is in force decides, whatever the request was answered; a failed look counts as stopped.
    const stops = await stopsOf(access);
    if (stops && !stops.some((stop) => stop.target === target)) return 'nothing';
  }
  return 'own';
}

/** What is stopped now; null: the gate does not say. */
export async function stopsOf(access: Access): Promise<Stop[] | null> {
  const answer = await askOps<{ stops: Stop[] }>(access, 'GET', '/stops');
  return answer.kind === 'ok' ? answer.value.stops.filter(({ target }) => isTarget(target)) : null;
}

/**
 * Whether the newest stop of a target is still the program's own, so that it may resume it. Whoever stops what is stopped
 * already leaves no second stop to be seen, only a receipt: a program that overlooks it would end a person's stop.
 * False, too, when the gate does not say.
 */
export async function isStillOwn(
  access: Access,
  target: Target,
  own: (receipt: Receipt) => boolean,
): Promise<boolean> {
  const path = `/receipts?target=${encodeURIComponent(target)}&limit=1`;
  const newest = await askOps<ReceiptPage>(access, 'GET', path);
  const receipt = newest.kind === 'ok' ? newest.value.receipts[0] : undefined;
  return receipt !== undefined && own(receipt);
}
