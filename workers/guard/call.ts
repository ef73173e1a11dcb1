import { z } from 'zod';
import { modes, type KnownAction, type Mode } from '../../shared/contract.ts';
import type { Grant } from '../../shared/manifest.ts';
import { replaced } from '../../shared/placeholder.ts';
import type { Release } from '../../shared/releases.ts';
import type { Caller } from '../../shared/rpc.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';
import type { Derived } from './derived.ts';

/**
 * Text that journals can hold: canonical JSON has no lone surrogates. Placeholders take no room, so that a text is read again in
 * its sealed form, too.
 */
const text = (max: number) =>
  z
    .string()
    .refine((value) => replaced(value, () => '').length <= max, `has at most ${max} characters`)
    .refine((value) => value.isWellFormed(), 'is not valid Unicode')
    .meta({ maxLength: max });

/** Why the agent calls, in its own words. */
export const becauseSchema = z.strictObject({
  goal: text(500).min(1),
  explanation: text(4_000).min(1),
  sources: z.array(text(500)).max(20).default([]),
});

/** The body of a call. */
export const bodySchema = z.strictObject({
  mode: z.enum(modes),
  input: z.record(z.string(), z.unknown()),
  session: text(100).min(1).optional(),
  because: becauseSchema.optional(),
  /** Percent. */
  confidence: z.int().min(0).max(100).optional(),
  model: text(100).min(1).optional(),
  /** Untrusted texts in the answer stand between marks. */
  wrap: z.boolean().optional(),
});

/** The body of an execute of what was proposed: the proposal says what, so it brings no input of its own. */
export const referenceSchema = z.strictObject({
  ...bodySchema.omit({ input: true }).shape,
  mode: z.literal('execute'),
  proposal: z.string().regex(/^call_[0-9A-HJKMNP-TV-Z]{26}$/, 'the call of a proposal'),
});

/** The proposal that a call executes, as it was kept. */
export interface Reference {
  id: string;
  /** Hash of the contract that it was proposed under. */
  contract: string;
  /** What the vendor held then: a keyed hash of each field. */
  seen: Readonly<Record<string, string>>;
  /** Unix ms. */
  expires: number;
  /** Where its arguments come from, as they came; absent: it was kept before that was looked up. */
  derived?: Derived | null | undefined;
}

/** A call that fits its contract and its grant. */
export interface AskedCall {
  caller: Caller;
  action: KnownAction;
  grant: Grant;
  workflow: string;
  /** The policy set whose manifest it fits. */
  policyVersion: string;
  mode: Mode;
  input: Record<string, unknown>;
  /** The exact text the tool will get. */
  inputText: string;
  because: z.infer<typeof becauseSchema> | null;
  confidence: number | null;
  model: string | null;
  session: string | null;
  /** Whether untrusted texts in its answer stand between marks. */
  wrap?: boolean;
  /** `traceparent` of the trace that it belongs to. */
  trace?: string;
  /** Only of an execute of what was proposed before. */
  proposal?: Reference;
  /** What the placeholders in its input stand for, once it is past the door. */
  placeholders: readonly KnownPlaceholder[];
  /** What of people it lets out where it runs, once its facts are known. */
  releases: readonly Release[];
  /** Where its arguments come from, as it came; null: that is not known. Absent: it reads, and nothing was looked up. */
  derived?: Derived | null | undefined;
}

/** A call as a refusal at the door records it: without the words that nobody has looked through. */
export function withheld(call: AskedCall): AskedCall {
  return { ...call, because: null, session: null, model: null };
}
