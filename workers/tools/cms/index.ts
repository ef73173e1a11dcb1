import { Buffer } from 'node:buffer';
import type { Outcome } from '../../../shared/outcome.ts';
import { defineTool } from '../../../shared/tool/define.ts';
import type { Gate } from '../../../shared/tool/gate.ts';
import { httpVendor, type VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { isActive } from './active.ts';
import { change, draft, publish, trash, unpublish, untrash } from './changes.ts';
import { contract } from './contract.ts';
import type { Env } from './env.ts';
import { foundDraft, foundState, foundTexts, LAST } from './find.ts';
import { foreseeChange, foreseePublish, foreseeTrash, foreseeUnpublish, foreseeUntrash } from './foresee.ts';
import { seenAs, stateImage, textsImage, thereImage, wholeImage } from './images.ts';
import { shownBrief, shownPost, shownPublished } from './shown.ts';
import { postsOf, siteOf, type Site } from './site.ts';
import {
  instant,
  lastDrafts,
  listPosts,
  listRevisions,
  readPost,
  readRevision,
  versionOf,
} from './wordpress.ts';

const wordpress = httpVendor<Env>((env) => ({
  origin: siteOf(env),
  credentials: {
    read: 'WORDPRESS_READ_LOGIN',
    write: 'WORDPRESS_WRITE_LOGIN',
    header: 'authorization',
    prefix: 'Basic ',
    encode: (login) => Buffer.from(login).toString('base64'),
  },
}));

export default defineTool({
  contract,
  connect: Object.assign(
    (env: Env, gate: Gate): Site => ({ http: wordpress(env, gate), posts: postsOf(env) }),
    { about: wordpress.about },
  ),
  run: {
    'post.list': async (input, site) => {
      const answer = await listPosts(site, input);
      if (!answer.ok) return answer.outcome;
      const { limit, offset } = input;
      const next = answer.data.length > limit ? offset + limit : null;
      return { kind: 'succeeded', output: { posts: answer.data.slice(0, limit).map(shownBrief), next } };
    },
    'post.read': async ({ post }, site) => told(await readPost(site, post), shownPost),
    'revision.list': async ({ post, limit }, site) =>
      told(await listRevisions(site, post, limit), (found) => ({
        revisions: found.map(({ id, title, date_gmt }) => ({
          revision: id,
          title: title.raw,
          madeAt: instant(date_gmt),
        })),
      })),
    'revision.read': async ({ post, revision }, site) =>
      told(await readRevision(site, post, revision), ({ title, content, excerpt, date_gmt }) => ({
        post,
        revision,
        title: title.raw,
        content: content.raw,
        excerpt: excerpt.raw,
        madeAt: instant(date_gmt),
      })),
    'post.draft': async (input, site) => draft(site, input),
    'post.update': async ({ post, ...texts }, site) => change(site, 'update', post, texts),
    'post.revise': async ({ post, ...texts }, site) => change(site, 'revise', post, texts),
    'post.publish': async (input, site) => publish(site, input),
    'post.unpublish': async (input, site) => unpublish(site, input),
    'post.trash': async ({ post }, site) => trash(site, post),
    'post.untrash': async (input, site) => untrash(site, input),
  },
  preview: {
    'post.update': async ({ post, ...texts }, site) => foreseeChange(site, 'update', post, texts),
    'post.revise': async ({ post, ...texts }, site) => foreseeChange(site, 'revise', post, texts),
    'post.publish': async (input, site) => foreseePublish(site, input),
    'post.unpublish': async (input, site) => foreseeUnpublish(site, input),
    'post.trash': async ({ post }, site) => foreseeTrash(site, post),
    'post.untrash': async (input, site) => foreseeUntrash(site, input),
  },
  image: {
    'post.update': async ({ post, ...texts }, site) =>
      seenAs(await readPost(site, post), (found) => textsImage(found, texts)),
    'post.revise': async ({ post, ...texts }, site) =>
      seenAs(await readPost(site, post), (found) => textsImage(found, texts)),
    'post.publish': async ({ post }, site) => seenAs(await readPost(site, post), stateImage),
    'post.unpublish': async ({ post }, site) => seenAs(await readPost(site, post), stateImage),
    'post.trash': async ({ post }, site) => seenAs(await readPost(site, post), thereImage),
    'post.untrash': async ({ post }, site) => seenAs(await readPost(site, post), stateImage),
  },
  find: {
    'post.draft': async (input, site, { since }) => foundDraft(await lastDrafts(site, LAST), input, since),
    'post.update': async ({ post, ...texts }, site, { since }) =>
      foundTexts(await readPost(site, post), texts, since),
    'post.revise': async ({ post, ...texts }, site, { since }) =>
      foundTexts(await readPost(site, post), texts, since),
    'post.publish': async ({ post }, site) =>
      foundState(await readPost(site, post), ['publish', 'future'], ['draft', 'pending'], shownPublished),
    'post.unpublish': async ({ post, to }, site) =>
      foundState(await readPost(site, post), [to], ['publish', 'future'], stateImage),
    'post.trash': async ({ post }, site) =>
      foundState(await readPost(site, post), ['trash'], ['draft', 'pending'], wholeImage),
    'post.untrash': async ({ post, to }, site) =>
      foundState(await readPost(site, post), [to], ['trash'], stateImage),
  },
  facts: {
    'post.revise': async ({ title = '', content = '', excerpt = '' }) => ({
      active: [title, content, excerpt].some(isActive),
    }),
    'post.publish': async ({ post, version }, site) => {
      const answer = await readPost(site, post);
      if (!answer.ok && answer.status !== 404) throw new Error('WordPress cannot be asked now');
      if (!answer.ok) return { found: false, current: false, active: false, text: '' };
      const { title, content, excerpt } = answer.data;
      return {
        found: true,
        current: versionOf(answer.data) === version,
        active: [title, content, excerpt].some(({ raw }) => isActive(raw)),
        text: [title, content, excerpt].map(({ raw }) => raw).join('\n\n'),
      };
    },
  },
});

function told<T>(answer: VendorAnswer<T>, shown: (found: T) => Record<string, unknown>): Outcome {
  return answer.ok ? { kind: 'succeeded', output: shown(answer.data) } : answer.outcome;
}
