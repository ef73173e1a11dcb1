/** What of people an agent put into a call: what it typed, and which placeholders it used. Pure. */
import { canonical } from '../../../shared/canonical.ts';
import type { Resolves } from '../../../shared/contract.ts';
import { faultsOf } from '../../../shared/faults.ts';
import { classOf, placeholderClass, placeholdersIn, type Placeholder } from '../../../shared/placeholder.ts';
import type { Fault } from '../../../shared/problems.ts';
import type { KnownPlaceholder, TypedItem } from '../../../shared/vault.ts';
import type { AskedCall } from '../call.ts';
import { placesIn, withTexts, type Place } from '../places.ts';
import { deny, go, type Step } from './step.ts';

/** One text of a call that may hold something personal. */
export interface TypedText extends TypedItem {
  /** JSON Pointer into the body. */
  pointer: string;
}

/** One placeholder that would be opened, and where. */
export interface Use {
  placeholder: Placeholder;
  /** JSON Pointer into the body. */
  pointer: string;
  /** Inside a text, which somebody receives. */
  inText: boolean;
  resolves: Resolves | null;
}

export interface Collected {
  typed: TypedText[];
  uses: Use[];
  /** Every placeholder of the call, those that are only spoken of included. */
  placeholders: Placeholder[];
}

/** What a call holds of people. Denies a placeholder that stands where none may. */
export function collect(call: AskedCall): Step<Collected> {
  const places = placesIn(call.input, call.action.inputSchema).map(inInput);
  const errors = places.flatMap(misplaced);
  if (errors.length > 0) return deny({ kind: 'invalid', errors });
  const words = wordsOf(call);
  const typed = [...places.flatMap(typedAt), ...words];
  const uses = places.flatMap(usesAt);
  const spoken = words.flatMap(({ value }) => placeholdersIn(value));
  const placeholders = [...new Set([...uses.map(({ placeholder }) => placeholder), ...spoken])];
  return go({ typed, uses, placeholders });
}

function inInput(place: Place): Place {
  return { ...place, pointer: `/input${place.pointer}` };
}

function misplaced({ pointer, text, class: cls }: Place): Fault[] {
  const found = placeholdersIn(text);
  if (found.length === 0 || cls === 'free-text') return [];
  if (cls === null) return [{ pointer, detail: 'takes no placeholder' }];
  const own = classOf(text);
  if (own === undefined)
    return [{ pointer, detail: 'takes a placeholder by itself only, with nothing around it' }];
  return own === placeholderClass(cls) ? [] : [{ pointer, detail: `takes placeholders of ${cls} only` }];
}

function typedAt({ pointer, text, class: cls }: Place): TypedText[] {
  if (cls === null || text === '' || classOf(text) !== undefined) return [];
  return [{ pointer, class: cls, value: text }];
}

function usesAt({ pointer, text, class: cls, resolves }: Place): Use[] {
  const inText = cls === 'free-text';
  return placeholdersIn(text).map((placeholder) => ({ placeholder, pointer, inText, resolves }));
}

/** What an agent says besides its input: read by people, and opened nowhere. */
function wordsOf({ because, session, model }: AskedCall): TypedText[] {
  const said: [string, string | null][] = [
    ['/because/goal', because?.goal ?? null],
    ['/because/explanation', because?.explanation ?? null],
    ...(because?.sources ?? []).map((text, at): [string, string] => [`/because/sources/${at}`, text]),
    ['/session', session],
    ['/model', model],
  ];
  return said.flatMap(([pointer, value]) => (value ? [{ pointer, class: 'free-text', value }] : []));
}

/**
 * Whether each placeholder may be opened where it stands. `known`: what the vault says of those that it knows. Whom a text goes to
 * is another step. What the agent typed itself may be opened wherever it could be typed.
 */
export function admissible(
  { uses, placeholders }: Collected,
  known: ReadonlyMap<Placeholder, KnownPlaceholder>,
): Fault[] {
  const used = uses.flatMap((use) => useFault(use, known.get(use.placeholder)));
  const opened = new Set(uses.map(({ placeholder }) => placeholder));
  const spoken = placeholders.filter((one) => !opened.has(one) && !known.has(one));
  return [...used, ...(spoken.length > 0 ? [{ pointer: '', detail: unknown }] : [])];
}

const unknown =
  'holds a placeholder that is not known here, or not any more: read the record again, and pass on what that answer gives';

function useFault({ pointer, inText, resolves }: Use, known: KnownPlaceholder | undefined): Fault[] {
  if (!known) return [{ pointer, detail: unknown }];
  if (known.typed || resolves?.classes.includes(known.class)) return [];
  if (!resolves) return [{ pointer, detail: 'opens no placeholders that an answer gave' }];
  const kinds = resolves.classes.join(', ');
  return [{ pointer, detail: inText ? `opens only: ${kinds}` : `takes placeholders of ${kinds} only` }];
}

/** The call as it is kept from here on: `said` by the pointers of what was typed. Denies what fits its contract no longer. */
export function sealed(
  call: AskedCall,
  said: ReadonlyMap<string, string>,
  known: ReadonlyMap<Placeholder, KnownPlaceholder>,
): Step<AskedCall> {
  const { inputSchema } = call.action;
  const kept = withTexts(
    call.input,
    inputSchema,
    ({ pointer, text }) => said.get(`/input${pointer}`) ?? text,
  );
  const input = kept as Record<string, unknown>;
  const inputText = canonical(input);
  const unfit = inputText === call.inputText ? [] : refitFaults(call, input, inputText);
  if (unfit.length > 0) return deny({ kind: 'invalid', errors: unfit });
  const word = (pointer: string, text: string): string => said.get(pointer) ?? text;
  const { because, session, model } = call;
  return go({
    ...call,
    input,
    inputText,
    because: because && {
      goal: word('/because/goal', because.goal),
      explanation: word('/because/explanation', because.explanation),
      sources: because.sources.map((text, at) => word(`/because/sources/${at}`, text)),
    },
    session: session && word('/session', session),
    model: model && word('/model', model),
    placeholders: placeholdersIn(inputText).map((one) => known.get(one) ?? typedNow(one)),
  });
}

/** It is read again when people have approved it, and at the tool: as the very same text. */
function refitFaults({ action }: AskedCall, input: unknown, inputText: string): Fault[] {
  const again = action.input.safeParse(input);
  if (again.success && canonical(again.data) === inputText) return [];
  const at = again.success ? [{ pointer: '' }] : faultsOf(again.error);
  const detail = 'does not fit any more once what is personal in it stands as a placeholder: make it shorter';
  return at.map(({ pointer }) => ({ pointer: `/input${pointer}`, detail }));
}

/** Of what was typed just now nothing else can be known. */
function typedNow(placeholder: Placeholder): KnownPlaceholder {
  const cls = classOf(placeholder);
  if (cls === undefined) throw new Error('a vault that seals gives placeholders');
  return { placeholder, class: cls, subject: null, source: 'typed', typed: true };
}
