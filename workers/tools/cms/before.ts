/** The looks that come before a change, whether it is made or only foreseen: each may refuse it. */
import type { z } from 'zod';
import type { FailureReason, UndoPlan } from '../../../shared/outcome.ts';
import type { HttpVendor, VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { contract } from './contract.ts';
import { failed, readPost, versionOf, type Post } from './wordpress.ts';

export type Texts = Omit<z.output<(typeof contract)['actions']['post.update']['input']>, 'post'>;
export interface Publication {
  post: number;
  version: string;
  publishAt?: string | undefined;
}
const parts = ['title', 'content', 'excerpt'] as const;

const drafts = ['draft', 'pending'];
const onSite = ['publish', 'future'];

/** A draft (`update`) or what is on the site (`revise`), and how its texts are written back after a change. */
export async function changeable(
  vendor: HttpVendor,
  kind: 'update' | 'revise',
  post: number,
  texts: Texts,
): Promise<VendorAnswer<{ found: Post; former: Texts; undo: UndoPlan }>> {
  const answer = await postOf(vendor, post, kind === 'update' ? drafts : onSite);
  if (!answer.ok) return answer;
  const changed = parts.filter((part) => texts[part] !== undefined);
  const former: Texts = Object.fromEntries(changed.map((part) => [part, answer.data[part].raw]));
  const undo = { action: `cms.post.${kind}`, input: { post, ...former } };
  // Better refused than done for good: what is there may be longer than a contract takes.
  if (!contract.actions[`post.${kind}`].input.safeParse(undo.input).success)
    return refused('rejected', 'the texts that are there could not be written back');
  return { ...answer, data: { found: answer.data, former, undo } };
}

/** A draft that says what the version says: what people approved, and not what was written into it since. */
export async function publishable(
  vendor: HttpVendor,
  { post, version, publishAt }: Publication,
): Promise<VendorAnswer<Post>> {
  const found = await postOf(vendor, post, drafts);
  if (!found.ok) return found;
  if (versionOf(found.data) !== version)
    return refused('conflict', 'the post says something else than this version');
  if (publishAt !== undefined && Date.parse(publishAt) <= Date.now())
    return refused('rejected', 'the time to publish it has passed');
  return found;
}

/** What is on the site or planned, or a draft already: a cancellation may be repeated. */
export function removable(vendor: HttpVendor, post: number): Promise<VendorAnswer<Post>> {
  return postOf(vendor, post, [...onSite, 'draft']);
}

/** A draft: nothing that is on the site goes to the trash. */
export function trashable(vendor: HttpVendor, post: number): Promise<VendorAnswer<Post>> {
  return postOf(vendor, post, drafts);
}

/** The post, if it is in one of these states. */
async function postOf(
  vendor: HttpVendor,
  id: number,
  states: readonly string[],
): Promise<VendorAnswer<Post>> {
  const found = await readPost(vendor, id);
  if (!found.ok || states.includes(found.data.status)) return found;
  return refused('conflict', `the post is not ${states.join(' or ')}`);
}

function refused(
  reason: FailureReason,
  detail: string,
): { ok: false; status: null; outcome: ReturnType<typeof failed> } {
  return { ok: false, status: null, outcome: failed(reason, detail) };
}
