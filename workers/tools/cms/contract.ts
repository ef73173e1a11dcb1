import { z } from 'zod';
import { defineContract, personal, sink, trusted, untrusted } from '../../../shared/contract.ts';

const post = z.int().min(1).max(4_294_967_295);
/** Also takes back what people wrote, so nothing is asked of it but that it is text of some length. */
const written = (max: number) =>
  personal(
    'free-text',
    z
      .string()
      .max(max)
      .regex(/^([\n\r\t]|[^\p{Cc}\p{Cs}])*$/u, 'text without control characters'),
  );
/** SHA-256 over title, content and excerpt, as `post.read` gives it: what was approved is what is published. */
const version = z.string().regex(/^[0-9a-f]{64}$/, 'the version that post.read gave');
/** UTC, `2026-12-01T09:00:00Z`. */
const time = z.iso.datetime({ precision: 0 }).length(20);
/** Which post readers get, or get no more. */
const shown = sink('account', post);
const known = trusted(z.int());
const id = trusted(z.string());
const text = trusted(z.string().nullable());
const count = z.int().min(0);
/**
 * What posts say, titles too, is never trusted: an agent writes it, and colleagues quote readers in it. If it were, an agent could
 * read its own words back as the team's.
 */
const free = untrusted(personal('free-text', z.string()));

const content = { title: written(500), content: written(100_000), excerpt: written(5_000) };
const parts = z.object(content).partial().shape;

const brief = {
  post: known,
  title: free,
  /** draft, pending, publish, future, private, trash. */
  status: id,
  link: text,
  modifiedAt: text,
  /** When it was published, or will be. Null: no time was set. */
  publishedAt: text,
};

const atLeastOne = 'at least one of title, content and excerpt is needed';
const some = (input: object): boolean => Object.keys(content).some((part) => Object.hasOwn(input, part));

/** Whether something in it runs in a reader's browser: scripts, frames, forms, handlers. See `active.ts`. */
const active = z.boolean();

/** What publishing and taking off change: the state, the texts' version, and when it is due. */
const state = z.strictObject({ post: known, status: id, version: id, publishAt: text });
/** Where a post goes back to: `pending` waits for a colleague's review. */
const to = z.enum(['draft', 'pending']).default('draft');
/** WordPress says when it was changed last, whatever it was changed back to. */
const leaves = ['modified_gmt'];

const aDraft = 101;
const published = 103;
const trashed = 107;

/** WordPress REST API, posts and their revisions (https://developer.wordpress.org/rest-api/reference/posts/). */
export const contract = defineContract({
  tool: 'cms',
  vendor: 'WordPress',
  summary: 'Posts on the site: drafts, their revisions, publishing and taking back.',
  artefacts: {
    page: {
      content: ['title', 'content', 'excerpt'],
      // A draft takes the one, what is on the site the other.
      restore: ['cms.post.update', 'cms.post.revise'],
      id: 'post',
    },
  },
  actions: {
    'post.list': {
      summary: 'Lists posts of one status, last changed first, without their texts.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({
          status: z.enum(['draft', 'pending', 'publish', 'future']).default('publish'),
          search: personal('free-text', z.string().min(1).max(200)).optional(),
          limit: z.int().min(1).max(50).default(20),
          /** `next` of the page before. */
          offset: z.int().min(0).max(100_000).default(0),
        })
        .meta({ examples: [{ status: 'draft' }] }),
      output: z.strictObject({ posts: z.array(z.strictObject(brief)), next: count.nullable() }),
    },
    'post.read': {
      summary: 'Reads one post with its texts as they were written.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ post }).meta({ examples: [{ post: aDraft }] }),
      output: z.strictObject({ ...brief, content: free, excerpt: free, version: id }),
    },
    'revision.list': {
      summary: 'Lists the revisions of a post, newest first, without their texts.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ post, limit: z.int().min(1).max(50).default(20) })
        .meta({ examples: [{ post: published }] }),
      output: z.strictObject({
        revisions: z.array(z.strictObject({ revision: known, title: free, madeAt: text })),
      }),
    },
    'revision.read': {
      summary: 'Reads what a post said in one revision.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ post, revision: post })
        .meta({ examples: [{ post: published, revision: 301 }] }),
      output: z.strictObject({
        post: known,
        revision: known,
        title: free,
        content: free,
        excerpt: free,
        madeAt: text,
      }),
    },
    'post.draft': {
      summary: 'Writes a new post as a draft, which only editors see.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ ...content, excerpt: content.excerpt.optional() })
        .meta({ examples: [{ title: 'What is new', content: '<p>Much is new.</p>' }] }),
      output: z.strictObject({ post: known, status: id, version: id }),
      undo: {
        action: 'cms.post.trash',
        how: 'Moves the draft to the trash, where it is kept for usually 30 days.',
        leaves: ['status', ...leaves],
      },
      about: { record: 'page', id: 'output.post' },
      // Told from what was changed last. WordPress writes before it answers: a margin.
      findAfter: 30,
      says: ['input.title', 'input.content', 'input.excerpt'],
      measures: { records: 1 },
    },
    'post.update': {
      summary: 'Changes the texts of a draft. Of what is published, see post.revise.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z
        .strictObject({ post, ...parts })
        .refine(some, atLeastOne)
        .meta({ examples: [{ post: aDraft, title: 'A better title' }] }),
      output: z.strictObject({ post: known, status: id, version: id }),
      undo: {
        action: 'cms.post.update',
        how: 'Writes back the texts that were there just before, read in the same call.',
        leaves,
      },
      about: { record: 'page', id: 'input.post' },
      findAfter: 30,
      says: ['input.title', 'input.content', 'input.excerpt'],
      measures: { records: 1 },
    },
    'post.revise': {
      summary: 'Changes the texts of a post that is published, or will be at its time.',
      mode: 'execute',
      groups: ['publish'],
      sensitivity: 'public',
      input: z
        .strictObject({ post: shown, ...parts })
        .refine(some, atLeastOne)
        .meta({ examples: [{ post: published, excerpt: 'In short.' }] }),
      output: z.strictObject({ post: known, status: id, version: id }),
      undo: {
        action: 'cms.post.revise',
        how: 'Writes back the texts that were there just before, read in the same call. Readers may have seen the others.',
        leaves,
      },
      about: { record: 'page', id: 'input.post' },
      findAfter: 30,
      /** Of the texts that are to be written. */
      facts: z.strictObject({ active }).meta({ examples: [{ active: false }] }),
      says: ['input.title', 'input.content', 'input.excerpt'],
      measures: { records: 1 },
    },
    'post.publish': {
      summary: 'Publishes a draft in the version that is named, at once or at a time.',
      mode: 'execute',
      groups: ['publish'],
      sensitivity: 'public',
      // No example: the version comes from the texts.
      input: z.strictObject({ post: shown, version, publishAt: time.optional() }),
      output: z.strictObject({
        post: known,
        title: free,
        status: id,
        link: text,
        /** Null: it is public now. */
        publishAt: text,
      }),
      undo: {
        action: 'cms.post.unpublish',
        how: 'Makes it a draft again. Readers, feeds and search engines may have it by then.',
        // WordPress gives a draft that was published the time of that, and keeps it.
        leaves: ['date_gmt', ...leaves],
      },
      about: { record: 'page', id: 'input.post' },
      deferred: {
        at: 'publishAt',
        cancel: { action: 'cms.post.unpublish', input: { post: 'post' }, upTo: 0 },
      },
      findAfter: 30,
      /** From the post itself, as it is now. */
      facts: z
        .strictObject({
          found: z.boolean(),
          /** The post still says what the version says. */
          current: z.boolean(),
          active,
          /** Title, content and excerpt, for the scan for claims. */
          text: free,
        })
        .meta({ examples: [{ found: true, current: true, active: false, text: 'Spring' }] }),
      says: ['facts.text'],
      measures: { records: 1 },
    },
    'post.unpublish': {
      summary: 'Takes a published post off the site, or a planned one out of the plan: it is a draft again.',
      mode: 'execute',
      groups: ['publish'],
      sensitivity: 'public',
      input: z.strictObject({ post: shown, to }).meta({ examples: [{ post: published }] }),
      output: state,
      undo: {
        action: 'cms.post.publish',
        how: 'Publishes it again, or for the time it had, if that has not passed and it says the same still.',
        leaves,
      },
      about: { record: 'page', id: 'input.post' },
      findAfter: 30,
      measures: { records: 1 },
    },
    'post.trash': {
      summary: 'Moves a draft to the trash.',
      mode: 'execute',
      groups: ['delete'],
      sensitivity: 'internal',
      input: z.strictObject({ post: shown }).meta({ examples: [{ post: aDraft }] }),
      output: z.strictObject({ post: known, status: id, title: free, content: free, excerpt: free }),
      undo: {
        action: 'cms.post.untrash',
        how: 'Takes it out of the trash, while WordPress keeps it there: usually for 30 days.',
        leaves,
      },
      about: { record: 'page', id: 'input.post' },
      findAfter: 30,
      measures: { records: 1 },
    },
    'post.untrash': {
      summary: 'Takes a post out of the trash: it is a draft, whatever it was before.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ post, to }).meta({ examples: [{ post: trashed }] }),
      output: state,
      undo: { action: 'cms.post.trash', how: 'Moves it to the trash again.', leaves },
      about: { record: 'page', id: 'input.post' },
      findAfter: 30,
      measures: { records: 1 },
    },
  },
});
