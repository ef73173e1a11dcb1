/** What goes out by a call: its contract's sinks with their values, and the links in its texts. Pure. */
import type { JsonSchema, KnownAction, SinkKind } from './contract.ts';
import { pointer } from './faults.ts';
import { linksIn, type Link } from './links.ts';
import { markedLeaves } from './marked.ts';
import { sinkKinds } from './marks.ts';

export interface Sink {
  /** JSON Pointer into the input, or under `/facts` into what the tool looked up. */
  pointer: string;
  kind: SinkKind;
  value: string | number;
  /** Of a link that was found in a text: the link alone. */
  link?: Link;
}

type Going = Pick<KnownAction, 'inputSchema' | 'says' | 'hasSinks'>;

/** Every sink of an input. */
export function sinksIn({ inputSchema, says = [], hasSinks }: Going, input: Record<string, unknown>): Sink[] {
  if (!hasSinks) return [];
  return [...markedSinks(input, inputSchema), ...linkSinks(says, 'input', input)];
}

/** Links in the texts that are at the vendor already and go out by the call, as its tool read them. */
export function sinksInFacts({ says = [] }: Going, facts: Readonly<Record<string, unknown>>): Sink[] {
  return linkSinks(says, 'facts', facts);
}

function markedSinks(input: Record<string, unknown>, schema: JsonSchema): Sink[] {
  return markedLeaves(input, schema, 'x-sink').flatMap(({ path, mark, value }) => {
    const kind = sinkKinds.find((known) => known === mark);
    return kind ? [{ pointer: pointer(path), kind, value }] : [];
  });
}

function linkSinks(
  says: readonly string[],
  from: 'input' | 'facts',
  values: Readonly<Record<string, unknown>>,
): Sink[] {
  const under = from === 'facts' ? ['facts'] : [];
  return says.flatMap((path) => {
    const [place, field = ''] = path.split('.');
    const text = place === from && Object.hasOwn(values, field) ? values[field] : undefined;
    if (typeof text !== 'string') return [];
    return linksIn(text).map((link): Sink => {
      return { pointer: pointer([...under, field]), kind: 'link', value: link.text, link };
    });
  });
}
