/** What policies see of where a call's arguments come from, and of what its agent has read. Pure. */
import { sensitivities, type Sensitivity, type SinkKind } from './contract.ts';
import { sinkKinds } from './marks.ts';

export interface Origins {
  /** The agent has read what people outside may have written, in this session or, as far as it is remembered, in any. */
  readUntrusted: boolean;
  /** The highest class of what it has read and was not sealed. */
  sensitivity: Sensitivity;
  /** Kinds of sinks with a value that stands in what people outside may have written. */
  untrusted: readonly SinkKind[];
  /** Kinds of sinks with a value that is not trusted: those, and what nobody knows the origin of. */
  unproven: readonly SinkKind[];
}

/** Of an agent that has read nothing yet, about a call that nothing goes out by. */
export const noOrigins: Origins = {
  readUntrusted: false,
  sensitivity: 'public',
  untrusted: [],
  unproven: [],
};

/** Origins as a journal recorded them; what is missing or unreadable was recorded before they were, when nothing was held for it. */
export function originsRecorded(recorded: unknown): Origins {
  if (typeof recorded !== 'object' || recorded === null) return noOrigins;
  const { readUntrusted, sensitivity, untrusted, unproven } = recorded as Record<string, unknown>;
  return {
    readUntrusted: readUntrusted === true,
    sensitivity: sensitivities.find((known) => known === sensitivity) ?? 'public',
    untrusted: kindsIn(untrusted),
    unproven: kindsIn(unproven),
  };
}

function kindsIn(value: unknown): SinkKind[] {
  return sinkKinds.filter((kind) => Array.isArray(value) && value.includes(kind));
}
