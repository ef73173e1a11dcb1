/** What WordPress holds, in the fields of the contract. Pure. */
import { instant, versionOf, type BriefPost, type Post } from './wordpress.ts';

export function shownBrief(found: BriefPost): Record<string, unknown> {
  return {
    post: found.id,
    title: found.title.raw,
    status: found.status,
    link: found.link ?? null,
    modifiedAt: instant(found.modified_gmt),
    publishedAt: instant(found.date_gmt),
  };
}

export function shownPost(found: Post): Record<string, unknown> {
  const { content, excerpt } = found;
  return {
    ...shownBrief(found),
    content: content.raw,
    excerpt: excerpt.raw,
    version: versionOf(found),
  };
}

/** What a change answers with. */
export function shownState(found: Post): Record<string, unknown> {
  return { post: found.id, status: found.status, version: versionOf(found) };
}

export function shownPublished(found: Post): Record<string, unknown> {
  const { id: post, status, link } = found;
  const publishAt = status === 'future' ? instant(found.date_gmt) : null;
  return { post, title: found.title.raw, status, link: link ?? null, publishAt };
}
