/** What an agent files beside its calls, flags and cases: read, and with its words sealed before any of them is kept. */
import type { z } from 'zod';
import { faultsOf } from '../../shared/faults.ts';
import type { HandoffInput } from '../../shared/handoffs.ts';
import type { Flag } from '../../shared/incidents.ts';
import { parsedJson } from '../../shared/parsed-json.ts';
import type { Answer } from '../../shared/rpc.ts';
import { problemAnswer } from './problem-answer.ts';
import { mangledFaults } from './steps/mangled.ts';

/** Texts sealed, in their order; null: the vault does not answer. */
export type Seal = (texts: readonly string[]) => Promise<string[] | null>;

/** A body as this schema has it; refused (422): what does not fit it, and what holds a placeholder that is not whole. */
export function readFiled<T>(
  schema: z.ZodType<T>,
  text: string,
): { ok: true; value: T } | { ok: false; answer: Answer } {
  const parsed = schema.safeParse(parsedJson(text));
  const errors = parsed.success ? mangledFaults(parsed.data) : faultsOf(parsed.error);
  if (!parsed.success || errors.length > 0)
    return { ok: false, answer: problemAnswer({ code: 'invalid', errors }) };
  return { ok: true, value: parsed.data };
}

/** A flag with its words sealed. Nothing keeps an agent from raising the alarm: without the vault it is raised without them. */
export async function sealedFlag(flag: Flag, seal: Seal): Promise<Flag> {
  const [summary = WITHHELD] = (await seal([flag.summary])) ?? [];
  return { ...flag, summary };
}

/** A case with its words sealed; null: the vault does not answer, so that it cannot be kept. A security issue never waits for that. */
export async function sealedHandoff(input: HandoffInput, seal: Seal): Promise<HandoffInput | null> {
  const { summary, tried, options, session } = input;
  const said = [summary, ...tried, ...options, ...(session === undefined ? [] : [session])];
  const sealed = await seal(said);
  if (!sealed) return input.kind === 'security' ? withheld(input) : null;
  const [first = WITHHELD, ...rest] = sealed;
  return {
    ...input,
    summary: first,
    tried: rest.splice(0, tried.length),
    options: rest.splice(0, options.length),
    ...(session !== undefined && { session: rest[0] ?? '' }),
  };
}

/** A case without anything that the agent wrote freely. */
function withheld(input: HandoffInput): HandoffInput {
  const { session: _, ...rest } = input;
  return { ...rest, summary: WITHHELD, tried: [], options: [] };
}

const WITHHELD = 'What it says could not be sealed when it came, and was not kept: look at the record.';
