/** Long texts that a tool writes over: what is shown of them, and whether they can be kept. Pure. */
import { Buffer } from 'node:buffer';

/** Texts by the field that holds each; undefined and null: none. */
export type Texts = Readonly<Record<string, string | null | undefined>>;

/** UTF-16 units of a text that are shown. A preview is small, and holds each text up to four times. */
const SHOWN = 1_500;
/** What stands before the first difference, for the sense of it. */
const LEAD = 200;

/** Bytes of JSON. What a vendor holds of a record is kept up to 128 KiB. */
const KEPT_MAX = 125 * 1024;

/** The texts that are in both, before and after; long ones from a little before their first difference. */
export function differing(
  former: Texts,
  texts: Texts,
): { before: Record<string, string>; after: Record<string, string>; cut: boolean } {
  const before: Record<string, string> = {};
  const after: Record<string, string> = {};
  let cut = false;
  for (const [name, will] of Object.entries(texts)) {
    const was = former[name];
    if (typeof was !== 'string' || typeof will !== 'string') continue;
    const long = Math.max(was.length, will.length) > SHOWN;
    const from = long ? Math.max(0, firstDifference(was, will) - LEAD) : 0;
    before[name] = was.slice(from, from + SHOWN);
    after[name] = will.slice(from, from + SHOWN);
    cut ||= long;
  }
  return { before, after, cut };
}

/**
 * Whether the texts before and after a change can be kept: a change is refused where they cannot, since nothing could tell then
 * whether it may be taken back, or bring back what was there.
 */
export function keepable(former: Texts, texts: Texts): boolean {
  return [former, texts].every((one) => Buffer.byteLength(JSON.stringify(one)) <= KEPT_MAX);
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
