import type { Target } from '../../flags/targets.ts';
import type { Receipt, ReceiptPage } from '../../shared/rpc.ts';
import { askOps, type Access } from './client.ts';

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
