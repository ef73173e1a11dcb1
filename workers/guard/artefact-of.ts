/** What an execute changed of an artefact, as a word to the object that keeps its versions. Pure. */
import type { ArtefactWord } from '../../shared/artefacts.ts';
import { canonical } from '../../shared/canonical.ts';
import type { KnownAction } from '../../shared/contract.ts';
import { sha256 } from '../../shared/crypto.ts';
import type { Image } from '../../shared/image.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Outcome } from '../../shared/outcome.ts';
import { recordIdOf, undoOf, type Done } from './effects.ts';

type Succeeded = Outcome & { kind: 'succeeded' };
type Artefact = NonNullable<KnownAction['artefact']>;

/**
 * The word on an execute; null: it is about no artefact, or its whole content is not known. One that changed nothing of the content,
 * such as publishing it, says what was let through.
 */
export function artefactWordOf(
  agent: string,
  done: Done,
  action: KnownAction,
  outcome: Outcome,
): ArtefactWord | null {
  if (outcome.kind !== 'succeeded' || !action.about || !action.artefact) return null;
  const raw = recordIdOf(action, done.input, outcome.output);
  const pair = contentsOf(action, action.artefact, outcome);
  if (raw === undefined || !pair) return null;
  const [before, after] = pair.map((content) => canonical(content));
  if (before === undefined || after === undefined) return null;
  if (before === after && !outcome.content) return null;
  const { id: call, person, now, keepMs } = done;
  const { record } = action.about;
  const of = { record, id: String(raw), raw: JSON.stringify(raw), agent, person, call };
  const said = { action: action.name, before, after: before === after ? null : after };
  return { key: call, ...of, at: now, ...said, keepUntil: now + keepMs };
}

/** The whole content right before and after: as the tool told it, else from the images of the undo, if those hold it all. */
function contentsOf(action: KnownAction, artefact: Artefact, outcome: Succeeded): [Image, Image] | undefined {
  const told = outcome.content ?? undoOf(action, outcome.undo)?.images;
  if (!told) return undefined;
  const [before, after] = [contentIn(told.before, artefact), contentIn(told.after, artefact)];
  return before === undefined || after === undefined ? undefined : [before, after];
}

/** The fields of an image that are the content; undefined: one of them is not told. */
export function contentIn(image: Image, { content }: Artefact): Image | undefined {
  if (image === null) return null;
  if (!content.every((field) => Object.hasOwn(image, field))) return undefined;
  return Object.fromEntries(content.map((field) => [field, image[field]]));
}

/** What the journal says of it: which artefact, and the hashes of what it was and is. */
export function artefactEntry(word: ArtefactWord | null): EntryData {
  if (!word || word.after === null) return {};
  const { record, id, before, after } = word;
  return { artefact: { record, id, before: sha256(before), after: sha256(after) } };
}
