/** What executes would change on the site, told from what it holds now. */
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import { differing } from '../../../shared/tool/texts.ts';
import {
  changeable,
  publishable,
  removable,
  trashable,
  untrashable,
  type Publication,
  type Return,
} from './before.ts';
import type { Site } from './site.ts';
import type { Texts } from './texts.ts';
import { versionOf } from './wordpress.ts';

export async function foreseeChange(
  site: Site,
  kind: 'update' | 'revise',
  post: number,
  texts: Texts,
): Promise<Foreseen | Outcome> {
  const answer = await changeable(site, kind, post, texts);
  if (!answer.ok) return answer.outcome;
  const { found, former } = answer.data;
  const { status } = found;
  const { before, after, cut } = differing({ ...former }, { ...texts });
  return {
    kind: 'foreseen',
    // With the version of all that is there, so that a change outside of what is shown is a change, too.
    before: { post, status, version: versionOf(found), ...before },
    after: { post, status, ...after },
    sideEffects: [
      ...(kind === 'revise' && status === 'publish' ? ['Readers see it at once.'] : []),
      ...(cut ? ['Long texts are shown in part, from where they first differ.'] : []),
    ],
  };
}

export async function foreseePublish(site: Site, input: Publication): Promise<Foreseen | Outcome> {
  const found = await publishable(site, input);
  if (!found.ok) return found.outcome;
  const { post, version, publishAt = null } = input;
  const { status, title } = found.data;
  const same = { post, version, title: title.raw.slice(0, 500) };
  const effect =
    publishAt === null ? 'Readers, feeds and search engines get it at once.' : 'It is public then.';
  return {
    kind: 'foreseen',
    before: { ...same, status, publishAt: null },
    after: { ...same, status: publishAt === null ? 'publish' : 'future', publishAt },
    sideEffects: [effect],
  };
}

export async function foreseeUnpublish(site: Site, input: Return): Promise<Foreseen | Outcome> {
  const found = await removable(site, input);
  if (!found.ok) return found.outcome;
  const { post, to } = input;
  const { status } = found.data;
  const sideEffects = status === 'publish' ? ['Links to it lead nowhere.'] : [];
  return { kind: 'foreseen', before: { post, status }, after: { post, status: to }, sideEffects };
}

export async function foreseeTrash(site: Site, post: number): Promise<Foreseen | Outcome> {
  const found = await trashable(site, post);
  if (!found.ok) return found.outcome;
  const sideEffects = ['WordPress deletes what is in the trash for good, usually after 30 days.'];
  const before = { post, status: found.data.status };
  return { kind: 'foreseen', before, after: { post, status: 'trash' }, sideEffects };
}

export async function foreseeUntrash(site: Site, { post, to }: Return): Promise<Foreseen | Outcome> {
  const found = await untrashable(site, post);
  if (!found.ok) return found.outcome;
  return { kind: 'foreseen', before: { post, status: found.data.status }, after: { post, status: to } };
}
