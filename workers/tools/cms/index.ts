import { Buffer } from 'node:buffer';
import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import { httpVendor, type VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { isActive } from './active.ts';
import { change, draft, publish, trash, unpublish } from './changes.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foundDraft, foundState, foundTexts, LAST } from './find.ts';
import { foreseeChange, foreseePublish, foreseeTrash, foreseeUnpublish } from './foresee.ts';
import { shownBrief, shownPost, shownPublished } from './shown.ts';
import { siteOf } from './site.ts';
import {
  instant,
  lastDrafts,
  listPosts,
  listRevisions,
  readPost,
  readRevision,
  versionOf,
} from './wordpress.ts';

export default defineTool({
  contract,
  connect: httpVendor<Env>((env) => ({
    origin: siteOf(env),
    credentials: {
      read: 'WORDPRESS_READ_LOGIN',
      write: 'WORDPRESS_WRITE_LOGIN',
      header: 'authorization',
      prefix: 'Basic ',
      encode: (login) => Buffer.from(login).toString('base64'),
    },
  })),
  run: {
    'post.list': async (input, vendor) => {
      const answer = await listPosts(vendor, input);
      if (!answer.ok) return answer.outcome;
      const { limit, offset } = input;
      const next = answer.data.length > limit ? offset + limit : null;
      return { kind: 'succeeded', output: { posts: answer.data.slice(0, limit).map(shownBrief), next } };
    },
    'post.read': async ({ post }, vendor) => told(await readPost(vendor, post), shownPost),
    'revision.list': async ({ post, limit }, vendor) =>
      told(await listRevisions(vendor, post, limit), (found) => ({
        revisions: found.map(({ id, title, date_gmt }) => ({
          revision: id,
          title: title.raw,
          madeAt: instant(date_gmt),
        })),
      })),
    'revision.read': async ({ post, revision }, vendor) =>
      told(await readRevision(vendor, post, revision), ({ title, content, excerpt, date_gmt }) => ({
        post,
        revision,
        title: title.raw,
        content: content.raw,
        excerpt: excerpt.raw,
        madeAt: instant(date_gmt),
      })),
    'post.draft': async (input, vendor) => draft(vendor, input),
    'post.update': async ({ post, ...texts }, vendor) => change(vendor, 'update', post, texts),
    'post.revise': async ({ post, ...texts }, vendor) => change(vendor, 'revise', post, texts),
    'post.publish': async (input, vendor) => publish(vendor, input),
    'post.unpublish': async ({ post }, vendor) => unpublish(vendor, post),
    'post.trash': async ({ post }, vendor) => trash(vendor, post),
  },
  preview: {
    'post.update': async ({ post, ...texts }, vendor) => foreseeChange(vendor, 'update', post, texts),
    'post.revise': async ({ post, ...texts }, vendor) => foreseeChange(vendor, 'revise', post, texts),
    'post.publish': async (input, vendor) => foreseePublish(vendor, input),
    'post.unpublish': async ({ post }, vendor) => foreseeUnpublish(vendor, post),
    'post.trash': async ({ post }, vendor) => foreseeTrash(vendor, post),
  },
  find: {
    'post.draft': async (input, vendor, { since }) =>
      foundDraft(await lastDrafts(vendor, LAST), input, since),
    'post.update': async ({ post, ...texts }, vendor, { since }) =>
      foundTexts(await readPost(vendor, post), texts, since),
    'post.revise': async ({ post, ...texts }, vendor, { since }) =>
      foundTexts(await readPost(vendor, post), texts, since),
    'post.publish': async ({ post }, vendor) =>
      foundState(await readPost(vendor, post), ['publish', 'future'], ['draft', 'pending'], shownPublished),
    'post.unpublish': async ({ post }, vendor) =>
      foundState(await readPost(vendor, post), ['draft'], ['publish', 'future'], ({ status }) => ({
        post,
        status,
      })),
    'post.trash': async ({ post }, vendor) =>
      foundState(await readPost(vendor, post), ['trash'], ['draft', 'pending'], ({ status }) => ({
        post,
        status,
      })),
  },
  facts: {
    'post.revise': async ({ title = '', content = '', excerpt = '' }) => ({
      active: [title, content, excerpt].some(isActive),
    }),
    'post.publish': async ({ post, version }, vendor) => {
      const answer = await readPost(vendor, post);
      if (!answer.ok && answer.status !== 404) throw new Error('WordPress cannot be asked now');
      if (!answer.ok) return { found: false, current: false, active: false };
      const { title, content, excerpt } = answer.data;
      return {
        found: true,
        current: versionOf(answer.data) === version,
        active: [title, content, excerpt].some(({ raw }) => isActive(raw)),
      };
    },
  },
});

function told<T>(answer: VendorAnswer<T>, shown: (found: T) => Record<string, unknown>): Outcome {
  return answer.ok ? { kind: 'succeeded', output: shown(answer.data) } : answer.outcome;
}
