import { Buffer } from 'node:buffer';
import type { Store } from '../store.ts';
import { posts, revisions, type Post, type Revision } from './wordpress-data.ts';
import { gmt, page, problem, viewPost, viewRevision } from './wordpress-shapes.ts';
import { jsonObject, type Incoming, type Reply, type SimulatedVendor } from './vendor.ts';

const root = '/wp-json/wp/v2/posts';

/**
 * WordPress REST API, posts and revisions (https://developer.wordpress.org/rest-api/reference/posts/): Basic auth with an
 * application password, GMT without a zone, a revision for each change of a text, and a user whose scripts are taken out.
 * WordPress has no limits; the host before it has, and answers in HTML.
 */
export const wordpress: SimulatedVendor = {
  origin: 'https://cms.sandbox.example',
  secrets: { read: 'WORDPRESS_READ_LOGIN_SHA256', write: 'WORDPRESS_WRITE_LOGIN_SHA256' },
  types: ['posts', 'revisions'],
  seed(store) {
    for (const post of posts) put(store, post);
    for (const one of revisions) keep(store, one);
  },
  credential: ({ headers }) => {
    const [, login] = /^Basic (\S+)$/.exec(headers.get('authorization') ?? '') ?? [];
    return login === undefined ? null : Buffer.from(login, 'base64').toString();
  },
  limits: () => [{ name: 'host', max: 60, per: 10 }],
  unauthorised: ({ headers }) =>
    headers.has('authorization')
      ? problem(401, 'incorrect_password', 'The provided password is an invalid application password.')
      : problem(401, 'rest_forbidden_context', 'Sorry, you are not allowed to edit posts in this post type.'),
  forbidden: () => problem(403, 'rest_cannot_edit', 'Sorry, you are not allowed to edit this post.'),
  limited: (_, retryAfterSeconds) => ({
    status: 429,
    json: '<!doctype html><title>Too many requests</title>',
    headers: { 'content-type': 'text/html', 'retry-after': String(retryAfterSeconds) },
  }),
  broken: () => problem(500, 'internal_server_error', 'There has been a critical error on this website.'),
  handle(request, store) {
    if (request.path === root && request.method === 'GET') return list(request, store);
    if (request.path === root && request.method === 'POST') return create(request, store);
    const [, id, below, revision] =
      /^\/wp-json\/wp\/v2\/posts\/(\d+)(?:\/(revisions)(?:\/(\d+))?)?$/.exec(request.path) ?? [];
    if (id === undefined)
      return problem(404, 'rest_no_route', 'No route was found matching the URL and request method.');
    const post = store.get('posts', id)?.body as Post | undefined;
    if (!post) return problem(404, 'rest_post_invalid_id', 'Invalid post ID.');
    if (below !== undefined) return revisionsOf(request, store, post, revision);
    if (request.method === 'GET') return { status: 200, json: viewPost(request, post) };
    if (request.method === 'POST') return update(request, store, post);
    if (request.method === 'DELETE') return remove(request, store, post);
    return problem(404, 'rest_no_route', 'No route was found matching the URL and request method.');
  },
  later: {
    next: (store) => {
      const times = planned(store).map((post) => Date.parse(`${post.date_gmt}Z`));
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    run: (store, now) => {
      const due = planned(store).filter((post) => Date.parse(`${post.date_gmt}Z`) <= now);
      for (const post of due) put(store, { ...post, status: 'publish' });
      return due.map(({ id }) => `/posts/${id}`);
    },
  },
};

function planned(store: Store): Post[] {
  return all(store).filter(({ status }) => status === 'future');
}

function list(request: Incoming, store: Store): Reply {
  const { query } = request;
  const status = query.get('status') ?? 'publish';
  const words = (query.get('search') ?? '').toLowerCase();
  const found = all(store)
    .filter((post) => post.status === status)
    .filter(({ title, content }) => `${title} ${content}`.toLowerCase().includes(words))
    .sort((a, b) => b.modified_gmt.localeCompare(a.modified_gmt) || b.id - a.id);
  return page(request, found, (post) => viewPost(request, post));
}

function create(request: Incoming, store: Store): Reply {
  const values = texts(request);
  if (!values.title && !values.content && !values.excerpt)
    return problem(400, 'empty_content', 'Content, title, and excerpt are empty.');
  const now = gmt(request.now);
  const blank = { id: store.next(), title: '', content: '', excerpt: '', date_gmt: null, modified_gmt: now };
  const post = withStatus({ ...blank, status: 'draft', ...values }, request);
  put(store, post);
  return { status: 201, json: viewPost(request, post), changed: true };
}

function update(request: Incoming, store: Store, before: Post): Reply {
  const values = texts(request);
  const post = withStatus({ ...before, ...values, modified_gmt: gmt(request.now) }, request);
  put(store, post);
  const { id: parent, title, content, excerpt, modified_gmt: date_gmt } = post;
  const same = title === before.title && content === before.content && excerpt === before.excerpt;
  if (!same) keep(store, { id: store.next(), parent, title, content, excerpt, date_gmt });
  return { status: 200, json: viewPost(request, post), changed: true };
}

/** To the trash, or with `force` for good. */
function remove(request: Incoming, store: Store, post: Post): Reply {
  if (request.query.get('force') === 'true') {
    store.remove('posts', String(post.id));
    const json = { deleted: true, previous: viewPost(request, post) };
    return { status: 200, json, changed: true };
  }
  if (post.status === 'trash')
    return problem(410, 'rest_already_trashed', 'The post has already been deleted.');
  const trashed: Post = { ...post, status: 'trash', modified_gmt: gmt(request.now) };
  put(store, trashed);
  return { status: 200, json: viewPost(request, trashed), changed: true };
}

function revisionsOf(request: Incoming, store: Store, post: Post, id: string | undefined): Reply {
  if (request.method !== 'GET')
    return problem(404, 'rest_no_route', 'No route was found matching the URL and request method.');
  const kept = store.byKey('revisions', String(post.id)).map(({ body }) => body as unknown as Revision);
  if (id === undefined) return page(request, kept.reverse(), (one) => viewRevision(request, one));
  const one = kept.find((revision) => String(revision.id) === id);
  if (!one) return problem(404, 'rest_post_invalid_id', 'Invalid revision ID.');
  return { status: 200, json: viewRevision(request, one) };
}

/** What is planned for a time that has passed is public at once, and what is to be public at a later time is planned. */
function withStatus(post: Post, request: Incoming): Post {
  const { status, date_gmt } = jsonObject(request.body) ?? {};
  const wanted = typeof status === 'string' ? (status as Post['status']) : post.status;
  const set = typeof date_gmt === 'string' ? date_gmt : post.date_gmt;
  if (wanted !== 'publish' && wanted !== 'future') return { ...post, status: wanted, date_gmt: set };
  const at = set ?? gmt(request.now);
  return { ...post, date_gmt: at, status: Date.parse(`${at}Z`) > request.now ? 'future' : 'publish' };
}

/** The texts of the body, without the tags that this user may not write. */
function texts(request: Incoming): Partial<Pick<Post, 'title' | 'content' | 'excerpt'>> {
  const values = jsonObject(request.body) ?? {};
  const named = ['title', 'content', 'excerpt'].filter((name) => typeof values[name] === 'string');
  const clean = (text: unknown) => String(text).replace(/<\/?(script|iframe)\b[^>]*>/gi, '');
  // Of the three only a title is trimmed (`title_save_pre`).
  const kept = (name: string) => (name === 'title' ? clean(values[name]).trim() : clean(values[name]));
  return Object.fromEntries(named.map((name) => [name, kept(name)]));
}

function all(store: Store): Post[] {
  return store.list('posts').map(({ body }) => body as unknown as Post);
}

function put(store: Store, post: Post): void {
  store.put('posts', { id: String(post.id), key: null, body: { ...post } });
}

function keep(store: Store, revision: Revision): void {
  const { id, parent } = revision;
  store.put('revisions', { id: String(id), key: String(parent), body: { ...revision } });
}
