import { z } from 'zod';
import { sha256 } from '../../../shared/crypto.ts';
import type { FailureReason, Outcome } from '../../../shared/outcome.ts';
import type { VendorAnswer, VendorRequest } from '../../../shared/tool/http-vendor.ts';
import type { Site } from './site.ts';

/** `raw` is what was written; it is there in the context `edit` only, and nothing else is read. */
const raw = z.object({ raw: z.string() });
/** WordPress writes GMT without saying so, and no time as null or as a year 0. */
const gmt = z.string().nullish();

const brief = z.object({
  id: z.int(),
  status: z.string(),
  link: z.string().nullish(),
  title: raw,
  date_gmt: gmt,
  modified_gmt: gmt,
});
export type BriefPost = z.output<typeof brief>;

const post = brief.extend({ content: raw, excerpt: raw });
export type Post = z.output<typeof post>;

const briefRevision = z.object({ id: z.int(), title: raw, date_gmt: gmt });
export type BriefRevision = z.output<typeof briefRevision>;
const revision = briefRevision.extend({ content: raw, excerpt: raw });
export type Revision = z.output<typeof revision>;

/** What is asked for, so that a list of long posts stays a short answer. */
const fields = (shape: object): string => Object.keys(shape).join(',');

/** What may be written of a post. */
export interface Written {
  title?: string | undefined;
  content?: string | undefined;
  excerpt?: string | undefined;
  status?: 'draft' | 'pending' | 'publish' | 'future';
  date_gmt?: string;
}

export function readPost(site: Site, id: number): Promise<VendorAnswer<Post>> {
  return get(site, `/${id}`, post, { _fields: fields(post.shape) });
}

/** Posts, last changed first. One more than is shown tells whether there are more. */
export function listPosts(
  site: Site,
  query: { status: string; search?: string | undefined; limit: number; offset: number },
): Promise<VendorAnswer<BriefPost[]>> {
  const { status, search, limit, offset } = query;
  const order = { orderby: 'modified', order: 'desc', _fields: fields(brief.shape) };
  return get(site, '', z.array(brief), { status, search, per_page: limit + 1, offset, ...order });
}

/** The drafts that were changed last, with their texts. */
export function lastDrafts(site: Site, limit: number): Promise<VendorAnswer<Post[]>> {
  return get(site, '', z.array(post), {
    status: 'draft',
    per_page: limit,
    orderby: 'modified',
    order: 'desc',
    _fields: fields(post.shape),
  });
}

export function listRevisions(site: Site, id: number, limit: number): Promise<VendorAnswer<BriefRevision[]>> {
  const query = { per_page: limit, _fields: fields(briefRevision.shape) };
  return get(site, `/${id}/revisions`, z.array(briefRevision), query);
}

export function readRevision(site: Site, id: number, one: number): Promise<VendorAnswer<Revision>> {
  return get(site, `/${id}/revisions/${one}`, revision, { _fields: fields(revision.shape) });
}

/** Writes a new post; the caller says that it is a draft. */
export function createPost(site: Site, values: Written): Promise<VendorAnswer<Post>> {
  return write(site, '', values);
}

export function writePost(site: Site, id: number, values: Written): Promise<VendorAnswer<Post>> {
  return write(site, `/${id}`, values);
}

/** Moves a post to the trash. `force`, which would delete it, is never asked for. */
export function trashPost(site: Site, id: number): Promise<VendorAnswer<{ status: 'trash' }>> {
  return send(site, {
    method: 'DELETE',
    path: `/${id}`,
    changes: true,
    answer: z.object({ status: z.literal('trash') }),
  });
}

function get<S extends z.ZodType>(
  site: Site,
  path: string,
  answer: S,
  query: Record<string, string | number | undefined>,
): Promise<VendorAnswer<z.output<S>>> {
  return send(site, { method: 'GET', path, query: { context: 'edit', ...query }, changes: false, answer });
}

function write(site: Site, path: string, json: Written): Promise<VendorAnswer<Post>> {
  return send(site, {
    method: 'POST',
    path,
    query: { context: 'edit', _fields: fields(post.shape) },
    json,
    changes: true,
    answer: post,
  });
}

/** `path`: below the posts of the site. */
async function send<S extends z.ZodType>(
  { http, posts }: Site,
  request: VendorRequest<S>,
): Promise<VendorAnswer<z.output<S>>> {
  if (posts !== undefined) return http.send({ ...request, path: posts + request.path });
  const outcome = failed('refused', 'WORDPRESS_PATH is no path such as /blog');
  return { ok: false, status: null, outcome };
}

/** A time of WordPress as RFC 3339; null when there is none. */
export function instant(time: string | null | undefined): string | null {
  const at = Date.parse(`${time ?? ''}Z`);
  // Year 0 is how its database says "no time".
  return Number.isNaN(at) || at < 0 ? null : new Date(at).toISOString().replace('.000Z', 'Z');
}

/** What a post says, as one value: the same texts have the same version, wherever and whenever. */
export function versionOf(found: Pick<Post, 'title' | 'content' | 'excerpt'>): string {
  return sha256(JSON.stringify([found.title.raw, found.content.raw, found.excerpt.raw]));
}

export function failed(reason: FailureReason, detail: string): Outcome & { kind: 'failed' } {
  return { kind: 'failed', reason, detail };
}
