/** The looks that come before a change, whether it is made or only foreseen: each may refuse it. */
import type { FailureReason } from '../../../shared/outcome.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { keepable } from '../../../shared/tool/texts.ts';
import { contract } from './contract.ts';
import { textsOf } from './images.ts';
import type { Site } from './site.ts';
import type { Texts } from './texts.ts';
import { failed, readPost, versionOf, type Post } from './wordpress.ts';

export interface Publication {
  post: number;
  version: string;
  publishAt?: string | undefined;
}

/** Where a post goes that is taken off the site, or out of the trash. */
export interface Return {
  post: number;
  to: 'draft' | 'pending';
}

const drafts = ['draft', 'pending'];
const onSite = ['publish', 'future'];

/** A draft (`update`) or what is on the site (`revise`), and the texts that would be written over. */
export async function changeable(
  site: Site,
  kind: 'update' | 'revise',
  post: number,
  texts: Texts,
): Promise<VendorAnswer<{ found: Post; former: Texts }>> {
  const answer = await postOf(site, post, kind === 'update' ? drafts : onSite);
  if (!answer.ok) return answer;
  const former = textsOf(answer.data, texts);
  // Better refused than done for good: what is there may be longer than a contract takes.
  if (!contract.actions[`post.${kind}`].input.safeParse({ post, ...former }).success)
    return refused('rejected', 'the texts that are there could not be written back');
  if (!keepable({ ...former }, { ...texts }))
    return refused('rejected', 'texts of this length could not be taken back');
  return { ...answer, data: { found: answer.data, former } };
}

/** A draft that says what the version says: what people approved, and not what was written into it since. */
export async function publishable(
  site: Site,
  { post, version, publishAt }: Publication,
): Promise<VendorAnswer<Post>> {
  const found = await postOf(site, post, drafts);
  if (!found.ok) return found;
  if (versionOf(found.data) !== version)
    return refused('conflict', 'the post says something else than this version');
  if (publishAt !== undefined && Date.parse(publishAt) <= Date.now())
    return refused('rejected', 'the time to publish it has passed');
  return found;
}

/** What is on the site or planned, or is where it should go already: a cancellation may be repeated. */
export function removable(site: Site, { post, to }: Return): Promise<VendorAnswer<Post>> {
  return postOf(site, post, [...onSite, to]);
}

/** A draft: nothing that is on the site goes to the trash. */
export async function trashable(site: Site, post: number): Promise<VendorAnswer<Post>> {
  const found = await postOf(site, post, drafts);
  if (!found.ok || keepable({ ...textsOf(found.data) }, {})) return found;
  return refused('rejected', 'a post of this length could not be kept');
}

/** What is in the trash. */
export function untrashable(site: Site, post: number): Promise<VendorAnswer<Post>> {
  return postOf(site, post, ['trash']);
}

/** The post, if it is in one of these states. */
async function postOf(site: Site, id: number, states: readonly string[]): Promise<VendorAnswer<Post>> {
  const found = await readPost(site, id);
  if (!found.ok || states.includes(found.data.status)) return found;
  return refused('conflict', `the post is not ${states.join(' or ')}`);
}

function refused(
  reason: FailureReason,
  detail: string,
): { ok: false; status: null; outcome: ReturnType<typeof failed> } {
  return { ok: false, status: null, outcome: failed(reason, detail) };
}
