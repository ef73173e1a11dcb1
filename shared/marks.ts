/** What a contract says of single fields: whose data they hold, whose words, and which placeholders are opened in them. */
import { z } from 'zod';
import {
  newPlaceholder,
  placeholderClass,
  placeholderPattern,
  type PlaceholderClass,
} from './placeholder.ts';

/** What kind of person's data a field holds. */
export type PersonalClass = 'email' | 'phone' | 'name' | 'address' | 'account' | 'free-text';

/** A field's schema, or the same that also takes a placeholder. */
export type OrPlaceholder<T extends z.ZodType> = T | z.ZodUnion<readonly [T, z.ZodString]>;

/**
 * Marks a field as personal: agents get a placeholder in place of what it holds, and journals, logs and approval views a mask.
 * The mark travels in the JSON Schema as `x-personal`, so it is part of the contract's hash. Where the schema would refuse a
 * placeholder of the class, it becomes one that takes either; of free text nothing changes, as placeholders stand inside it.
 */
export function personal<T extends z.ZodType>(cls: 'free-text', schema: T): T;
export function personal<T extends z.ZodType<string | null>>(cls: PersonalClass, schema: T): OrPlaceholder<T>;
export function personal<T extends z.ZodType>(
  cls: PersonalClass,
  schema: T,
): T | z.ZodUnion<readonly [T, z.ZodString]> {
  const marks = { ...schema.meta(), 'x-personal': cls };
  const sample = newPlaceholder(placeholderClass(cls), new Uint8Array(10));
  if (cls === 'free-text' || schema.safeParse(sample).success) return schema.meta(marks);
  const placeholder = z.string().regex(placeholderPattern(placeholderClass(cls)), 'no placeholder');
  return z.union([schema, placeholder], { error: firstFault }).meta(marks);
}

/** Of a value that is neither, what is wrong with it as a value: that is what its sender meant. */
function firstFault({ errors }: { errors?: readonly (readonly { message?: string }[])[] }): string {
  return errors?.[0]?.[0]?.message ?? 'does not fit';
}

/** How a value is written into a field, so that it stays a value there. */
export const formats = ['text', 'html', 'url', 'header'] as const;
export type Format = (typeof formats)[number];

/** Which placeholders of an answer may be opened in an input field. */
export interface Resolves {
  classes: readonly PlaceholderClass[];
  format: Format;
  /** Free text only: the input field or fact that says who receives it. Opened is only what is about that person. */
  recipient?: `input.${string}` | `facts.${string}`;
}

/**
 * Marks an input field as one in which placeholders that an answer gave may be opened: as its whole value, or inside free text,
 * which names its `recipient`. Without the mark only what the agent typed itself is opened there.
 * The mark travels in the JSON Schema as `x-resolves`, along with words for whoever writes an agent.
 */
export function resolves<T extends z.ZodType>(
  classes: readonly PlaceholderClass[],
  format: Format,
  schema: T,
  { recipient }: Pick<Resolves, 'recipient'> = {},
): T {
  const mark: Resolves = { classes, format, ...(recipient !== undefined && { recipient }) };
  return schema.meta({ ...schema.meta(), 'x-resolves': mark, description: wordsOf(mark) });
}

/** What an agent is told of a field that resolves placeholders. */
function wordsOf({ classes, recipient }: Resolves): string {
  const kinds = classes.join(', ');
  return recipient === undefined
    ? `A value, or a placeholder from an earlier answer as the whole of it: ${kinds}.`
    : `May hold placeholders from earlier answers about the person that ${recipient} names: ${kinds}.`;
}

/** Whose words a text is: the vendor's or the team's own, or anybody's who can write to them. */
export type Provenance = 'trusted' | 'untrusted';

/**
 * Marks a field of an output as the team's own or the vendor's: an id, a time, a name that only colleagues give. The mark
 * travels in the JSON Schema as `x-provenance`, so it is part of the contract's hash.
 */
export function trusted<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), 'x-provenance': 'trusted' satisfies Provenance });
}

/** Marks a field of an output as what people outside may have written: hostile text must be expected in it. */
export function untrusted<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), 'x-provenance': 'untrusted' satisfies Provenance });
}

/** What somebody gets into their hand who chooses the value of a field: see `sink`. */
export const sinkKinds = ['recipient', 'link', 'amount', 'account'] as const;
export type SinkKind = (typeof sinkKinds)[number];

/**
 * Marks a field of an execute's input by which harm leaves: who gets something (`recipient`), an address that readers are sent to
 * (`link`), money (`amount`), or which account, campaign, segment, record or role is acted on (`account`). Policies see whether
 * its value is trusted. Links in texts that go out need no mark: they are found in what `says` names. The mark travels in the
 * JSON Schema as `x-sink`, so it is part of the contract's hash.
 */
export function sink<T extends z.ZodType>(kind: SinkKind, schema: T): T {
  return schema.meta({ ...schema.meta(), 'x-sink': kind });
}
