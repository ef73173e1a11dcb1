import type { Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { changeable, publishable, removable, trashable, type Publication, type Texts } from './before.ts';
import { shownPublished, shownState } from './shown.ts';
import { createPost, instant, trashPost, versionOf, writePost } from './wordpress.ts';

/** Writes a new draft. */
export async function draft(vendor: HttpVendor, texts: Texts): Promise<Outcome> {
  const answer = await createPost(vendor, { ...texts, status: 'draft' });
  if (!answer.ok) return answer.outcome;
  const undo = { action: 'cms.post.trash', input: { post: answer.data.id } };
  return { kind: 'succeeded', output: shownState(answer.data), undo };
}

/** Changes the texts of a draft (`update`) or of what is on the site (`revise`), and never of the other kind. */
export async function change(
  vendor: HttpVendor,
  kind: 'update' | 'revise',
  post: number,
  texts: Texts,
): Promise<Outcome> {
  const before = await changeable(vendor, kind, post, texts);
  if (!before.ok) return before.outcome;
  const answer = await writePost(vendor, post, texts);
  if (!answer.ok) return answer.outcome;
  return { kind: 'succeeded', output: shownState(answer.data), undo: before.data.undo };
}

/** Publishes a draft in the version that is named. */
export async function publish(vendor: HttpVendor, input: Publication): Promise<Outcome> {
  const before = await publishable(vendor, input);
  if (!before.ok) return before.outcome;
  const { post, publishAt } = input;
  const answer = await writePost(
    vendor,
    post,
    publishAt === undefined
      ? { status: 'publish' }
      : { status: 'future', date_gmt: publishAt.replace('Z', '') },
  );
  if (!answer.ok) return answer.outcome;
  const undo = { action: 'cms.post.unpublish', input: { post } };
  return { kind: 'succeeded', output: shownPublished(answer.data), undo };
}

/** Makes a draft of what is on the site or planned. Done before is done. */
export async function unpublish(vendor: HttpVendor, post: number): Promise<Outcome> {
  const before = await removable(vendor, post);
  if (!before.ok) return before.outcome;
  const { status, date_gmt } = before.data;
  if (status === 'draft') return { kind: 'succeeded', output: { post, status } };
  const answer = await writePost(vendor, post, { status: 'draft' });
  if (!answer.ok) return answer.outcome;
  const publishAt = status === 'future' ? instant(date_gmt) : null;
  const input = { post, version: versionOf(answer.data), ...(publishAt !== null && { publishAt }) };
  const output = { post, status: answer.data.status };
  return { kind: 'succeeded', output, undo: { action: 'cms.post.publish', input } };
}

/** Moves a draft to the trash, and nothing that is on the site. */
export async function trash(vendor: HttpVendor, post: number): Promise<Outcome> {
  const before = await trashable(vendor, post);
  if (!before.ok) return before.outcome;
  const answer = await trashPost(vendor, post);
  return answer.ok ? { kind: 'succeeded', output: { post, status: answer.data.status } } : answer.outcome;
}
