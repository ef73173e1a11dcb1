/** Placeholders in what a tool is asked to do: which there are, whether they may stand there, and the text with them opened. Pure. */
import type { JsonSchema } from '../contract.ts';
import { classOf, holdsMangled, placeholdersIn, replaced, type Placeholder } from '../placeholder.ts';
import { escaped } from './escape.ts';
import { mapTexts, type Leaf } from './leaves.ts';

/** Values by placeholder, as the vault opened them. */
export type Values = Readonly<Record<Placeholder, string>>;

/** Placeholders of one call; more are no call that anybody means. */
const OPENS_MAX = 500;

/**
 * The placeholders of an input. Refused is one that was changed on its way, and one where its field takes none: of a class's
 * field it is the whole value, in free text it stands inside. `kept`: the input is what the gate itself kept to take something
 * back with, in which every text may hold some, also whole texts.
 */
export function placeholdersOf(
  input: unknown,
  schema: JsonSchema,
  kept: boolean,
): { ok: true; placeholders: Placeholder[] } | { ok: false; why: string } {
  const found = new Set<Placeholder>();
  let why: string | undefined;
  mapTexts(input, schema, (leaf) => {
    why ??= faultOf(leaf, kept);
    for (const one of placeholdersIn(leaf.text)) found.add(one);
    return leaf.text;
  });
  if (found.size > OPENS_MAX) why ??= 'there are too many placeholders';
  return why === undefined ? { ok: true, placeholders: [...found] } : { ok: false, why };
}

function faultOf({ text, path, cls }: Leaf, kept: boolean): string | undefined {
  if (holdsMangled(text)) return `${path} holds a placeholder that was changed`;
  if (kept) return undefined;
  const found = placeholdersIn(text);
  if (found.length === 0) return undefined;
  if (cls === undefined) return `${path} takes no placeholder`;
  if (found.some((one) => classOf(one) === 'text')) return `${path} takes no whole text`;
  return cls === 'free-text' || classOf(text) === cls ? undefined : `${path} takes one placeholder of ${cls}`;
}

/** Where in an input a placeholder was opened, and what stands there now. */
export interface Opened {
  /** The name of the field. */
  field: string;
  /** As it was asked, and as the vendor gets it. */
  sealed: string;
  text: string;
  /** What was written in place of each placeholder. */
  written: { placeholder: Placeholder; value: string }[];
}

/**
 * The input with every placeholder opened, escaped for its field. Refused when one is not known any more, or when something is left
 * that reads as a placeholder.
 */
export function openedInput(
  input: unknown,
  schema: JsonSchema,
  values: Values,
  kept: boolean,
):
  | { ok: true; input: unknown; opened: Opened[] }
  | { ok: false; reason: 'forgotten' | 'refused'; why: string } {
  const opened: Opened[] = [];
  let fault: { reason: 'forgotten' | 'refused'; why: string } | undefined;
  const result = mapTexts(input, schema, (leaf) => {
    const one = openedLeaf(leaf, values);
    if (!one) {
      fault ??= {
        reason: 'forgotten',
        why: `what a placeholder in ${leaf.path} stands for is not kept any more`,
      };
      return leaf.text;
    }
    if (one.written.length === 0) return leaf.text;
    // What the gate kept goes back where it came from as it was, whatever it reads like.
    if (!kept && (holdsMangled(one.text) || placeholdersIn(one.text).length > 0))
      fault ??= { reason: 'refused', why: `${leaf.path} would hold a placeholder` };
    opened.push(one);
    return one.text;
  });
  return fault ? { ok: false, ...fault } : { ok: true, input: result, opened };
}

function openedLeaf({ text, path, resolves }: Leaf, values: Values): Opened | undefined {
  const written: Opened['written'] = [];
  let known = true;
  const result = replaced(text, (placeholder) => {
    const value = Object.hasOwn(values, placeholder) ? values[placeholder] : undefined;
    if (value === undefined) known = false;
    // A whole text has its form already: it comes back as it was.
    const format = classOf(placeholder) === 'text' ? 'text' : (resolves?.format ?? 'text');
    const shown = escaped(value ?? '', format);
    written.push({ placeholder, value: shown });
    return shown;
  });
  return known ? { field: fieldOf(path), sealed: text, text: result, written } : undefined;
}

/** The last name of a path. */
export function fieldOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
