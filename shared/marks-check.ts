/** Whether the marks of a contract's fields can be kept. Pure. */
import type { z } from 'zod';
import type { Resolves } from './marks.ts';

type Json = Record<string, unknown>;
type Recipient = NonNullable<Resolves['recipient']>;

/** What is wrong with the marks of these objects; undefined: nothing. `holds`: whether a recipient is there. */
export function marksFault(
  { input, output, facts }: { input: z.ZodObject; output: z.ZodObject; facts?: z.ZodObject | undefined },
  holds: (recipient: Recipient) => boolean,
): string | undefined {
  const [taken, ...given] = [input, output, ...(facts ? [facts] : [])].map(nodesOf);
  for (const node of [taken ?? [], ...given].flat()) if (!ofText(node)) return 'classes what is no text';
  if (given.flat().some((node) => node['x-resolves'] !== undefined)) return 'resolves outside of its input';
  return taken?.map((node) => resolvesFault(node, holds)).find((fault) => fault !== undefined);
}

/** Free text that somebody not named receives could carry one person's data to another. */
function resolvesFault(node: Json, holds: (recipient: Recipient) => boolean): string | undefined {
  const mark = node['x-resolves'] as Resolves | undefined;
  if (!mark) return undefined;
  const cls = node['x-personal'];
  if (cls === undefined) return 'resolves in a field without a class';
  if (cls !== 'free-text')
    return mark.classes.every((one) => one === cls) ? undefined : 'resolves another class than its own';
  const { recipient } = mark;
  if (recipient === undefined) return 'resolves in free text and names no recipient';
  return holds(recipient) ? undefined : `has no ${recipient} to receive it`;
}

/** Placeholders are text, so whatever holds one must be. */
function ofText(node: Json): boolean {
  if (node['x-personal'] === undefined) return true;
  const types = endsOf(node).flatMap(({ type }) => type);
  return types.every((type) => type === 'string' || type === 'null');
}

function endsOf(node: Json): Json[] {
  const choices = node['anyOf'] ?? node['oneOf'];
  return Array.isArray(choices) ? (choices as Json[]).flatMap(endsOf) : [node];
}

/** Every node of an object's JSON Schema that says something of a value. */
function nodesOf(schema: z.ZodObject): Json[] {
  const found: Json[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) found.push(value as Json);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(schema.toJSONSchema({ io: 'input' }));
  return found;
}
