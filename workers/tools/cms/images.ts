/** What WordPress holds of what an action would change, by which a later change is seen. */
import type { Image } from '../../../shared/image.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import { parts, type Texts } from './texts.ts';
import { instant, versionOf, type Post } from './wordpress.ts';

/** Of a change of texts: those that it names, to the byte. */
export function textsImage(found: Post, texts: Texts): NonNullable<Image> {
  return { post: found.id, ...textsOf(found, texts) };
}

/** Of publishing and taking off: the state, when it is due, and all that it says. */
export function stateImage(found: Post): NonNullable<Image> {
  const { id: post, status, date_gmt } = found;
  return {
    post,
    status,
    version: versionOf(found),
    publishAt: status === 'future' ? instant(date_gmt) : null,
  };
}

/** Of the trash: the state and the texts themselves, since a draft is what it says. */
export function wholeImage(found: Post): NonNullable<Image> {
  return { post: found.id, status: found.status, ...textsOf(found) };
}

/** Of what the trash takes back, such as a new draft: what lies in the trash is not there, as it was not before. */
export function thereImage(found: Post): Image {
  return found.status === 'trash' ? null : wholeImage(found);
}

/** What was read as a look: a post that is not there is one, and an answer that tells nothing is none. */
export function seenAs(answer: VendorAnswer<Post>, image: (found: Post) => Image): Seen {
  if (answer.ok) return { kind: 'image', image: image(answer.data) };
  return answer.status === 404 ? { kind: 'image', image: null } : answer.outcome;
}

/** The texts of a post as they were written: all, or those that are named. */
export function textsOf(found: Post, named?: Texts): Texts {
  const which = parts.filter((part) => !named || named[part] !== undefined);
  return Object.fromEntries(which.map((part) => [part, found[part].raw]));
}
