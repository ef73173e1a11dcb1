import { z } from 'zod';
import { modes, type KnownAction, type Mode } from '../../shared/contract.ts';
import type { Grant } from '../../shared/manifest.ts';
import type { Caller } from '../../shared/rpc.ts';

/** Text that journals can hold: canonical JSON has no lone surrogates. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed(), 'is not valid Unicode');

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
});

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
}
