/** What an agent has read by an output that it was told. Pure. */
import type { JsonSchema, KnownAction, Sensitivity } from '../../shared/contract.ts';
import { markedLeaves, type MarkedLeaf } from '../../shared/marked.ts';
import { isPlaceholder, replaced } from '../../shared/placeholder.ts';

type Read = Pick<KnownAction, 'outputSchema' | 'sensitivity'>;

/** Whether there is any text in it that people outside may have written. Numbers and placeholders say nothing. */
export function readsStrangers({ outputSchema }: Read, output: Record<string, unknown>): boolean {
  return markedLeaves(output, outputSchema, 'x-provenance').some(
    ({ mark, value }) => mark === 'untrusted' && typeof value === 'string' && wordsIn(value) !== '',
  );
}

/**
 * The class of what it told. A contract that marks personal fields is as sensitive as it is for their sake: when none of them came
 * in clear, because they were sealed, empty or not granted, what is left is internal. One without such fields is what it says.
 */
export function classRead({ outputSchema, sensitivity }: Read, output: Record<string, unknown>): Sensitivity {
  if (sensitivity === 'public' || !marksPersonal(outputSchema)) return sensitivity;
  const clear = markedLeaves(output, outputSchema, 'x-provenance').some(inClear);
  return clear ? sensitivity : 'internal';
}

/** Of free text what is between its placeholders was read; of any other field a placeholder is all there is. */
function inClear({ personal, value }: MarkedLeaf): boolean {
  if (typeof personal !== 'string') return false;
  return typeof value === 'number' || wordsIn(value) !== '';
}

function wordsIn(text: string): string {
  return isPlaceholder(text) ? '' : replaced(text, () => '').trim();
}

function marksPersonal(schema: JsonSchema): boolean {
  const known = byContract.get(schema);
  if (known !== undefined) return known;
  const marks = JSON.stringify(schema).includes('"x-personal"');
  byContract.set(schema, marks);
  return marks;
}

/** Contracts do not change while a Worker runs. */
const byContract = new WeakMap<JsonSchema, boolean>();
