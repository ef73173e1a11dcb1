import type { Outcome } from '../../../shared/outcome.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { shownState } from './shown.ts';
import { parts, type Texts } from './texts.ts';
import { failed, instant, type Post } from './wordpress.ts';

/** How far the site's clock may be behind the guard's, in ms; it gives whole seconds. */
const SKEW = 5_000;
/** Drafts that are looked through. */
export const LAST = 20;

/**
 * The draft that a call wrote, told from the drafts that were changed last. No draft changed since: it was not written. Some,
 * but not just one that says this: it cannot be told, as WordPress may keep a text otherwise than it was sent.
 */
export function foundDraft(answer: VendorAnswer<Post[]>, texts: Texts, since: number): Outcome | null {
  if (!answer.ok) return null;
  const recent = answer.data.filter((one) => !isBefore(one, since));
  if (recent.length === 0) return failed('unavailable', 'no draft was written since the call');
  const [ours, twin] = recent.filter((one) => says(one, texts));
  // All of them are recent: the one may be among those that were not listed.
  if (!ours || twin || recent.length >= LAST) return null;
  return { kind: 'succeeded', output: shownState(ours) };
}

/** Whether texts were written, told from the post as it is now. Null: it was changed, but not to these. */
export function foundTexts(answer: VendorAnswer<Post>, texts: Texts, since: number): Outcome | null {
  if (!answer.ok) return null;
  if (says(answer.data, texts)) return { kind: 'succeeded', output: shownState(answer.data) };
  return isBefore(answer.data, since)
    ? failed('unavailable', 'the post was not changed since the call')
    : null;
}

/** Whether a post came into one of these states, told from the post as it is now. */
export function foundState(
  answer: VendorAnswer<Post>,
  done: readonly string[],
  undone: readonly string[],
  output: (found: Post) => Record<string, unknown>,
): Outcome | null {
  if (!answer.ok) return null;
  const { status } = answer.data;
  if (done.includes(status)) return { kind: 'succeeded', output: output(answer.data) };
  return undone.includes(status) ? failed('unavailable', `the post is ${status}`) : null;
}

function says(found: Post, texts: Texts): boolean {
  return parts.every((part) => texts[part] === undefined || found[part].raw === texts[part]);
}

/** False for a post without a time: it may be of this call. */
function isBefore(found: Post, since: number): boolean {
  return Date.parse(instant(found.modified_gmt) ?? '') < since - SKEW;
}
