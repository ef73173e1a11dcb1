import type { Outcome } from '../../../shared/outcome.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { shown, type MetaCampaign } from './meta.ts';

/** How far Meta's clock may be behind the guard's, in ms; it gives whole seconds. */
const SKEW = 5_000;

/** Whether a change was written, told from the campaign as it is now. Null: it was changed, but not to this. */
export function foundChange(
  answer: VendorAnswer<MetaCampaign>,
  since: number,
  wanted: Record<string, unknown>,
  output: Record<string, unknown>,
): Outcome | null {
  if (!answer.ok) return null;
  const found = shown(answer.data);
  if (Object.entries(wanted).every(([field, value]) => found[field] === value))
    return { kind: 'succeeded', output };
  // NaN when Meta gives no time, which compares as "not older".
  const untouched = Date.parse(String(found['updatedAt'])) < since - SKEW;
  if (!untouched) return null;
  return { kind: 'failed', reason: 'unavailable', detail: 'the campaign was not changed since the call' };
}
