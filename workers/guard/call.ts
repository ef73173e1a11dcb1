import { z } from 'zod';
import { modes, type KnownAction, type Mode } from '../../shared/contract.ts';
import type { Grant } from '../../shared/manifest.ts';
import type { Caller } from '../../shared/rpc.ts';

/** Why the agent calls, in its own words. */
export const becauseSchema = z.strictObject({
  goal: z.string().min(1).max(500),
  explanation: z.string().min(1).max(4_000),
  sources: z.array(z.string().max(500)).max(20).default([]),
});

/** The body of a call. */
export const bodySchema = z.strictObject({
  mode: z.enum(modes),
  input: z.record(z.string(), z.unknown()),
  session: z.string().min(1).max(100).optional(),
  because: becauseSchema.optional(),
  /** Percent. */
  confidence: z.int().min(0).max(100).optional(),
  model: z.string().min(1).max(100).optional(),
});

/** A call that fits its contract and its grant. */
export interface AskedCall {
  caller: Caller;
  action: KnownAction;
  grant: Grant;
  workflow: string;
  mode: Mode;
  input: Record<string, unknown>;
  /** The exact text the tool will get. */
  inputText: string;
  because: z.infer<typeof becauseSchema> | null;
  confidence: number | null;
  model: string | null;
  session: string | null;
}
