import type { Outcome } from '../../../shared/outcome.ts';
import {
  changeable,
  publishable,
  removable,
  trashable,
  untrashable,
  type Publication,
  type Return,
} from './before.ts';
import { stateImage, textsImage, textsOf, thereImage, wholeImage } from './images.ts';
import { shownPublished, shownState } from './shown.ts';
import type { Site } from './site.ts';
import type { Texts } from './texts.ts';
import { createPost, instant, trashPost, versionOf, writePost, type Post } from './wordpress.ts';

/** Writes a new draft. */
export async function draft(site: Site, texts: Texts): Promise<Outcome> {
  const answer = await createPost(site, { ...texts, status: 'draft' });
  if (!answer.ok) return answer.outcome;
  const images = { before: null, after: wholeImage(answer.data) };
  const undo = { action: 'cms.post.trash', input: { post: answer.data.id }, images };
  const content = { before: null, after: { ...textsOf(answer.data) } };
  return { kind: 'succeeded', output: shownState(answer.data), undo, content };
}

/** Changes the texts of a draft (`update`) or of what is on the site (`revise`), and never of the other kind. */
export async function change(
  site: Site,
  kind: 'update' | 'revise',
  post: number,
  texts: Texts,
): Promise<Outcome> {
  const before = await changeable(site, kind, post, texts);
  if (!before.ok) return before.outcome;
  const answer = await writePost(site, post, texts);
  if (!answer.ok) return answer.outcome;
  const { found, former } = before.data;
  const images = { before: textsImage(found, texts), after: textsImage(answer.data, texts) };
  const undo = { action: `cms.post.${kind}`, input: { post, ...former }, images };
  const content = { before: { ...textsOf(found) }, after: { ...textsOf(answer.data) } };
  return { kind: 'succeeded', output: shownState(answer.data), undo, content };
}

/** Publishes a draft in the version that is named. */
export async function publish(site: Site, input: Publication): Promise<Outcome> {
  const before = await publishable(site, input);
  if (!before.ok) return before.outcome;
  const { post, publishAt } = input;
  const answer = await writePost(
    site,
    post,
    publishAt === undefined
      ? { status: 'publish' }
      : { status: 'future', date_gmt: publishAt.replace('Z', '') },
  );
  if (!answer.ok) return answer.outcome;
  const images = { before: stateImage(before.data), after: stateImage(answer.data) };
  const undo = { action: 'cms.post.unpublish', input: { post, ...returning(before.data) }, images };
  // Changed nothing of it: these are the texts that were let through to the site.
  const texts = { ...textsOf(answer.data) };
  const content = { before: texts, after: texts };
  return { kind: 'succeeded', output: shownPublished(answer.data), undo, content };
}

/** Makes a draft of what is on the site or planned. Done before is done. */
export async function unpublish(site: Site, input: Return): Promise<Outcome> {
  const before = await removable(site, input);
  if (!before.ok) return before.outcome;
  const { post, to } = input;
  if (before.data.status === to) return { kind: 'succeeded', output: stateImage(before.data) };
  const answer = await writePost(site, post, { status: to });
  if (!answer.ok) return answer.outcome;
  const publishAt = before.data.status === 'future' ? instant(before.data.date_gmt) : null;
  const again = { post, version: versionOf(answer.data), ...(publishAt !== null && { publishAt }) };
  const images = { before: stateImage(before.data), after: stateImage(answer.data) };
  const undo = { action: 'cms.post.publish', input: again, images };
  return { kind: 'succeeded', output: stateImage(answer.data), undo };
}

/** Moves a draft to the trash, and nothing that is on the site. */
export async function trash(site: Site, post: number): Promise<Outcome> {
  const before = await trashable(site, post);
  if (!before.ok) return before.outcome;
  const answer = await trashPost(site, post);
  if (!answer.ok) return answer.outcome;
  const [was, is] = [stateImage(before.data), stateImage({ ...before.data, ...answer.data })];
  const undo = {
    action: 'cms.post.untrash',
    input: { post, ...returning(before.data) },
    images: { before: was, after: is },
  };
  return { kind: 'succeeded', output: wholeImage({ ...before.data, ...answer.data }), undo };
}

/** Takes a post out of the trash: it is a draft again. */
export async function untrash(site: Site, { post, to }: Return): Promise<Outcome> {
  const before = await untrashable(site, post);
  if (!before.ok) return before.outcome;
  const answer = await writePost(site, post, { status: to });
  if (!answer.ok) return answer.outcome;
  const images = { before: thereImage(before.data), after: thereImage(answer.data) };
  const undo = { action: 'cms.post.trash', input: { post }, images };
  return { kind: 'succeeded', output: stateImage(answer.data), undo };
}

/** Where a draft goes back to: one that waited for a review waits for it again. */
function returning({ status }: Post): Pick<Return, 'to'> {
  return { to: status === 'pending' ? 'pending' : 'draft' };
}
