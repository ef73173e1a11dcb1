/** What leaves a tool: held to the contract, in text that every reader can take, and of bounded size. Pure. */
import { Buffer } from 'node:buffer';
import type { KnownAction } from '../contract.ts';
import type { Outcome, UndoPlan } from '../outcome.ts';
import { heldImage, wellFormed } from './fields.ts';
import { placesOf } from './places.ts';

/** Bytes of JSON. The guard keeps an answer in one row, and reports travel many in a message. */
const OUTPUT_MAX = 256 * 1024;
/** UTF-16 units of a detail; it is for the journal, where one line is enough. */
const DETAIL_MAX = 300;

/** Holds the output to the contract: unknown fields are dropped, wrong ones fail closed, and so does too much. */
export function held(
  outcome: Outcome,
  action: KnownAction,
  actions: ReadonlyMap<string, KnownAction>,
): Outcome {
  if (outcome.kind !== 'succeeded') return briefly(outcome);
  const parsed = action.output.safeParse(wellFormed(outcome.output));
  if (!parsed.success) return unusable(`the answer does not fit the contract at ${placesOf(parsed.error)}`);
  const fit = withUndo({ kind: 'succeeded', output: parsed.data }, outcome.undo, actions);
  return Buffer.byteLength(JSON.stringify(fit)) > OUTPUT_MAX ? unusable('the answer is too large') : fit;
}

/** An outcome with a detail that is short enough for the journal. */
export function briefly(outcome: Outcome): Outcome {
  if (outcome.kind !== 'failed' && outcome.kind !== 'indeterminate') return outcome;
  // Well-formed after the cut, which may halve a character.
  return { ...outcome, detail: outcome.detail.slice(0, DETAIL_MAX).toWellFormed() };
}

/** An undo that its own contract would refuse is no undo, so it is not promised. */
function withUndo(
  outcome: Outcome & { kind: 'succeeded' },
  undo: UndoPlan | undefined,
  actions: ReadonlyMap<string, KnownAction>,
): Outcome {
  if (!undo) return outcome;
  const input = wellFormed(undo.input) as UndoPlan['input'];
  const action = actions.get(undo.action);
  if (!action?.input.safeParse(input).success) return outcome;
  const images = undo.images && heldImages(undo.images, action);
  return { ...outcome, undo: { action: undo.action, input, ...(images && { images }) } };
}

/** Both images as the contract of the compensating action knows them; undefined: they cannot be compared with anything. */
function heldImages(
  { before, after }: NonNullable<UndoPlan['images']>,
  action: KnownAction,
): UndoPlan['images'] {
  const [was, is] = [heldImage(before, action), heldImage(after, action)];
  return was && is ? { before: was.image, after: is.image } : undefined;
}

function unusable(detail: string): Outcome {
  return briefly({ kind: 'failed', reason: 'unavailable', detail });
}
