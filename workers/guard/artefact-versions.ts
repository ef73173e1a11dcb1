/** Which versions a word makes of an artefact. Pure. */
import type { ArtefactVersion, ArtefactWord } from '../../shared/artefacts.ts';
import { sha256 } from '../../shared/crypto.ts';

/** A version to be kept. */
export interface NewVersion {
  source: ArtefactVersion['source'];
  text: string;
  hash: string;
}

/**
 * The versions that a word makes after the one before it. What was there before our change and is not what we knew was changed
 * past the gate. `previous`: undefined when none is known.
 */
export function newVersions(
  previous: { hash: string } | undefined,
  { before, after, person }: Pick<ArtefactWord, 'before' | 'after' | 'person'>,
): NewVersion[] {
  const made: NewVersion[] = [];
  const was = sha256(before);
  // What a call creates was nothing before: no version is made of that.
  if (previous ? previous.hash !== was : before !== 'null')
    made.push({ source: previous ? 'vendor' : 'found', text: before, hash: was });
  if (after !== null)
    made.push({ source: person === null ? 'agent' : 'person', text: after, hash: sha256(after) });
  return made;
}
