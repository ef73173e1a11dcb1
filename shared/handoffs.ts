import { z } from 'zod';
import type { Result } from './rpc.ts';

/** Why an agent hands a case over. `security` goes past the queue, to the incident contact. */
export const handoffKinds = ['unclassifiable', 'unverified', 'conflicting', 'security'] as const;
export type HandoffKind = (typeof handoffKinds)[number];

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed(), 'is not valid Unicode');

/** A case that an agent hands over to people, without any action. Its words are masked before they are kept. */
export const handoffSchema = z.strictObject({
  kind: z.enum(handoffKinds).describe('Why it cannot go on.'),
  about: z
    .strictObject({
      tool: z
        .string()
        .regex(/^[a-z]{1,40}$/, 'a tool such as support')
        .describe('The tool that showed it.'),
      record: z
        .string()
        .regex(/^[\w.:-]{1,64}$/, 'an id without spaces')
        .describe('Id of the record there.'),
    })
    .describe('What it is about.'),
  summary: text(1_000).describe('What the case is.'),
  tried: z.array(text(300)).max(10).default([]).describe('What the agent did about it.'),
  options: z.array(text(300)).max(10).default([]).describe('What a person could do.'),
  calls: z
    .array(z.string().regex(/^call_[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a call'))
    .max(20)
    .default([])
    .describe('Own calls that belong to it.'),
  urgent: z.boolean().default(false).describe('Whether somebody is harmed by waiting.'),
  session: text(100).optional().describe('The session that it came up in.'),
});
export type HandoffInput = z.infer<typeof handoffSchema>;

/** `reported`: a person found a call that an agent should not have made. */
export type TriageKind = HandoffKind | 'misbehaviour';
export const handoffStates = ['open', 'taken', 'resolved'] as const;

/** A case in the triage queue. Times in RFC 3339. */
export interface Handoff {
  id: string;
  kind: TriageKind;
  agent: string;
  workflow: string;
  about: HandoffInput['about'];
  summary: string;
  tried: string[];
  options: string[];
  calls: string[];
  urgent: boolean;
  session: string | null;
  /** Who reported it; null: the agent. */
  reportedBy: string | null;
  state: (typeof handoffStates)[number];
  /** Group that is asked, and those that are asked besides once it is overdue. */
  group: string;
  escalation: string[];
  escalated: number;
  reminded: number;
  /** Who took it on; null while nobody did. */
  owner: string | null;
  at: string;
  respondBy: string;
  takenAt: string | null;
  resolvedAt: string | null;
  resolution: string | null;
}

/** For guards: a handoff is taken, once, by its id. */
export interface TriageIntake {
  file(handoff: Handoff): Promise<void>;
}

/** For the console. Each method checks the person itself; `input` as it was sent. */
export interface TriageDesk {
  list(
    credential: string | null,
    filter: { workflow?: string; state?: string; kind?: string },
  ): Promise<Result<Handoff[]>>;
  get(credential: string | null, id: string): Promise<Result<Handoff>>;
  /** `{ do: take | release | resolve, note }`. */
  act(credential: string | null, id: string, input: unknown): Promise<Result<Handoff>>;
  /** Anybody's report of a call as misbehaviour: `{ call, agent, workflow, tool, action, reason }`. */
  report(credential: string | null, input: unknown): Promise<Result<Handoff>>;
}
