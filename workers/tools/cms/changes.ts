import type { z } from 'zod';
import type { Outcome } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import { shownPublished, shownState } from './shown.ts';
import {
  createPost,
  failed,
  instant,
  readPost,
  trashPost,
  versionOf,
  writePost,
  type Post,
} from './wordpress.ts';

type Texts = Omit<z.output<(typeof contract)['actions']['post.update']['input']>, 'post'>;
const parts = ['title', 'content', 'excerpt'] as const;

const drafts = ['draft', 'pending'];
const onSite = ['publish', 'future'];

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
  const before = await postOf(vendor, post, kind === 'update' ? drafts : onSite);
  if (!before.ok) return before.outcome;
  const former = formerTexts(before.data, texts);
  const undo = { action: `cms.post.${kind}`, input: { post, ...former } };
  // Better refused than done for good: what is there may be longer than a contract takes.
  if (!contract.actions[`post.${kind}`].input.safeParse(undo.input).success)
    return failed('rejected', 'the texts that are there could not be written back');
  const answer = await writePost(vendor, post, texts);
  return answer.ok ? { kind: 'succeeded', output: shownState(answer.data), undo } : answer.outcome;
}

/** Publishes a draft, if it says what the version says: what people approved, and not what was written into it since. */
export async function publish(
  vendor: HttpVendor,
  { post, version, publishAt }: { post: number; version: string; publishAt?: string | undefined },
): Promise<Outcome> {
  const before = await postOf(vendor, post, drafts);
  if (!before.ok) return before.outcome;
  if (versionOf(before.data) !== version)
    return failed('conflict', 'the post says something else than this version');
  if (publishAt !== undefined && Date.parse(publishAt) <= Date.now())
    return failed('rejected', 'the time to publish it has passed');
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

/** Makes a draft of what is on the site or planned. Done before is done: a cancellation may be repeated. */
export async function unpublish(vendor: HttpVendor, post: number): Promise<Outcome> {
  const before = await postOf(vendor, post, [...onSite, 'draft']);
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
  const before = await postOf(vendor, post, drafts);
  if (!before.ok) return before.outcome;
  const answer = await trashPost(vendor, post);
  return answer.ok ? { kind: 'succeeded', output: { post, status: answer.data.status } } : answer.outcome;
}

/** The post, if it is in one of these states. */
async function postOf(
  vendor: HttpVendor,
  id: number,
  states: readonly string[],
): Promise<VendorAnswer<Post>> {
  const found = await readPost(vendor, id);
  if (!found.ok || states.includes(found.data.status)) return found;
  return { ok: false, status: null, outcome: failed('conflict', `the post is not ${states.join(' or ')}`) };
}

/** What the parts that are about to change say now. */
function formerTexts(found: Post, texts: Texts): Texts {
  const changed = parts.filter((part) => texts[part] !== undefined);
  return Object.fromEntries(changed.map((part) => [part, found[part].raw]));
}
