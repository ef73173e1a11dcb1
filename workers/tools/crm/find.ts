import type { Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { read, shown, type HubspotRecord, type Shown } from './hubspot.ts';
import type { Kind } from './kinds.ts';
import { archiveAgain } from './records.ts';

/** How far HubSpot's clock may be behind the guard's, in ms. */
const SKEW = 5_000;

/**
 * Whether a contact was created, told from what HubSpot has under its mail address now. Null: cannot be told, as when
 * somebody else made the contact, or changed it, in the meantime.
 */
export function foundCreate(
  kind: Kind,
  answer: VendorAnswer<HubspotRecord>,
  wanted: Record<string, unknown>,
  since: number,
): Outcome | null {
  if (!answer.ok) return answer.status === 404 ? failed('unavailable', 'no such record was created') : null;
  const found = shown(kind, answer.data);
  if (time(found['createdAt']) < since - SKEW) return failed('conflict', 'the record is older than the call');
  return holds(found, wanted) ? { kind: 'succeeded', output: found, undo: archiveAgain(kind, found) } : null;
}

/** Whether an update was written, told from the record as it is now. Null: it was changed, but not to these values. */
export function foundUpdate(
  kind: Kind,
  answer: VendorAnswer<HubspotRecord>,
  wanted: Record<string, unknown>,
  since: number,
): Outcome | null {
  if (!answer.ok) return null;
  const found = shown(kind, answer.data);
  if (holds(found, wanted)) return { kind: 'succeeded', output: found };
  const untouched = time(found['updatedAt']) < since - SKEW;
  return untouched ? failed('unavailable', 'the record was not changed since the call') : null;
}

/** Whether a record was archived. Null: HubSpot does not say, or knows it neither as archived nor as there. */
export async function foundArchive(vendor: HttpVendor, kind: Kind, id: string): Promise<Outcome | null> {
  const there = await read(vendor, kind, id);
  if (there.ok) return failed('unavailable', 'the record is not archived');
  if (there.status !== 404) return null;
  const gone = await read(vendor, kind, id, { archived: true });
  return gone.ok ? { kind: 'succeeded', output: shown(kind, gone.data) } : null;
}

/** Whether a record has every value that was asked for. HubSpot keeps mail addresses in lower case. */
function holds(found: Shown, wanted: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    if (value === undefined) return true;
    const expected = name === 'email' && typeof value === 'string' ? value.toLowerCase() : value;
    return found[name] === expected;
  });
}

/** NaN for what is no time, which compares as "not older". */
function time(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : NaN;
}

function failed(reason: 'unavailable' | 'conflict', detail: string): Outcome {
  return { kind: 'failed', reason, detail };
}
