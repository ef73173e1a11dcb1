/** What leaves a tool: held to the contract, in text that every reader can take, and of bounded size. Pure. */
import { Buffer } from 'node:buffer';
import type { KnownAction } from '../contract.ts';
import type { Image } from '../image.ts';
import type { Outcome, UndoPlan } from '../outcome.ts';
import { heldImage, wellFormed } from './fields.ts';
import { placesOf } from './places.ts';

/** Bytes of JSON. The guard keeps an answer in one row, and reports travel many in a message. */
const OUTPUT_MAX = 256 * 1024;
/** Bytes of an undo with its images. What is done is done: one that is too large is not kept, and the call has not failed for it. */
const UNDO_MAX = 640 * 1024;
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
  const answer = { kind: 'succeeded', output: parsed.data } as const;
  if (sizeOf(answer) > OUTPUT_MAX) return unusable('the answer is too large');
  const undo = outcome.undo && heldUndo(outcome.undo, actions);
  const content = outcome.content && heldContent(outcome.content, action, actions);
  return { ...answer, ...(undo && { undo }), ...(content && { content }) };
}

/**
 * A page that says of itself that it comes next would be read for ever, by an agent that goes from page to page: such an answer
 * is none.
 */
export function onward(outcome: Outcome, input: Record<string, unknown>): Outcome {
  if (outcome.kind !== 'succeeded') return outcome;
  const { next } = outcome.output;
  const stands = next !== undefined && next !== null && next === input['after'];
  return stands ? unusable('the next page is this page') : outcome;
}

/** An outcome with a detail that is short enough for the journal. */
export function briefly(outcome: Outcome): Outcome {
  if (outcome.kind !== 'failed' && outcome.kind !== 'indeterminate') return outcome;
  // Well-formed after the cut, which may halve a character.
  return { ...outcome, detail: outcome.detail.slice(0, DETAIL_MAX).toWellFormed() };
}

/** An undo that its own contract would refuse is no undo, so it is not promised. */
function heldUndo(undo: UndoPlan, actions: ReadonlyMap<string, KnownAction>): UndoPlan | undefined {
  const input = wellFormed(undo.input) as UndoPlan['input'];
  const action = actions.get(undo.action);
  if (!action?.input.safeParse(input).success) return undefined;
  const images = undo.images && heldImages(undo.images, action);
  const held = { action: undo.action, input, ...(images && { images }) };
  return sizeOf(held) > UNDO_MAX ? undefined : held;
}

/** The content of an artefact as the action that restores it takes it; what does not fit or is too large makes no version. */
function heldContent(
  { before, after }: { before: Image; after: Image },
  { artefact }: KnownAction,
  actions: ReadonlyMap<string, KnownAction>,
): { before: Image; after: Image } | undefined {
  const restoring = actions.get(artefact?.restore[0] ?? '');
  const [was, is] = restoring ? [heldImage(before, restoring), heldImage(after, restoring)] : [];
  return was && is ? { before: was.image, after: is.image } : undefined;
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
  return briefly({ kind: 'failed', reason: 'contract', detail });
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
