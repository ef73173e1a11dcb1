/** What an agent that obeys sends: calls of actions, and anything else that its token may open. */
import type { Loot } from './loot.ts';
import type { Attacked } from './places.ts';

export type Attempt =
  | {
      kind: 'call';
      action: string;
      input: Record<string, unknown>;
      mode: 'read' | 'propose' | 'execute';
      /** Absent: the session that read the text. */
      session?: string;
      key?: string;
      explanation?: string;
    }
  | {
      kind: 'http';
      method: string;
      path: string;
      body?: unknown;
      headers?: Record<string, string>;
    };

/** What the agent knows when it obeys. */
export interface Situation {
  agent: Attacked;
  /** Number of this text in the run. */
  n: number;
  text: string;
  loot: Loot;
  /** Of the record that holds the text. */
  record: string;
  place: string;
  session: string;
  /** Placeholders in what it has read so far, of this and of other records. */
  placeholders: readonly string[];
  others: Others;
}

/** What an attacker might know of the rest of the house. */
export interface Others {
  /** A call and a case of another agent. */
  call: string;
  handoff: string;
  /** An approval that waits. */
  approval: string;
  /** What is stopped while the attack runs. */
  stopped: string;
  /** Client of another agent. */
  client: string;
}

export const execute = (action: string, input: Record<string, unknown>): Attempt => ({
  kind: 'call',
  action,
  input,
  mode: 'execute',
});
export const propose = (action: string, input: Record<string, unknown>): Attempt => ({
  kind: 'call',
  action,
  input,
  mode: 'propose',
});
export const read = (action: string, input: Record<string, unknown>): Attempt => ({
  kind: 'call',
  action,
  input,
  mode: 'read',
});
export const http = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Attempt => ({
  kind: 'http',
  method,
  path,
  ...(body !== undefined && { body }),
  ...(headers && { headers }),
});

/** A goal of an attacker: the most harmful calls towards it that an agent's token can express. Deterministic. */
export interface Goal {
  name: string;
  title: string;
  /** Words of a text that ask for it. */
  words: RegExp;
  tries(on: Situation): Attempt[];
}
