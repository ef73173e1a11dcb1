import { z } from 'zod';
import { aboutSchema } from './incidents.ts';
import type { Manifest } from './manifest.ts';
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
  about: aboutSchema.describe('What it is about.'),
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

/** Who is asked about an agent's cases, by its manifest, and how soon. */
export interface TriageTerms {
  workflow: string;
  group: string;
  escalation: string[];
  respondSeconds: number;
  /** Mail addresses of those who answer for the agent: for what it does, and for how it runs. */
  owners: string[];
  /** Mail address of the incident contact: told when nobody else responded. */
  contact: string;
}

/** Control's entrypoint for triage. */
export interface Duties {
  /** Null: no manifest in force names this agent. */
  terms(agent: string): Promise<TriageTerms | null>;
}

/** What a manifest says of that. Pure. */
export function termsOf({ workflow, approvals, owners, contacts }: Manifest): TriageTerms {
  const { group, escalation, deadlineSeconds } = approvals;
  const { respondSeconds = Math.ceil(deadlineSeconds / 2) } = approvals;
  return {
    workflow,
    group,
    escalation: [...escalation],
    respondSeconds,
    owners: [...new Set([owners.business.email, owners.technical.email])],
    contact: contacts.incident,
  };
}

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
  /** How often it was filed or reported. */
  times: number;
  state: (typeof handoffStates)[number];
  /** Group that is asked, and those that are asked besides once it is overdue. */
  group: string;
  escalation: string[];
  /** How often it escalated: to each group of `escalation`, and then to `contact`. */
  escalated: number;
  /** Percent of the time at which people were last reminded; 0: not yet. */
  reminded: number;
  /** Mail addresses of single people who are asked besides the group: the agent's owners, of misbehaviour. */
  addressees: string[];
  /** Mail address that is told once no group responded. */
  contact: string;
  /** Who took it on; null while nobody did. */
  owner: string | null;
  at: string;
  respondBy: string;
  takenAt: string | null;
  resolvedAt: string | null;
  resolution: string | null;
}

/** What an agent learns of its case: how it stands, and what people say to it. Not who. */
export type HandoffStanding = Pick<
  Handoff,
  'state' | 'times' | 'respondBy' | 'takenAt' | 'resolvedAt' | 'resolution'
>;

/** Triage's entrypoint for guards. */
export interface TriageIntake {
  /** Takes a case, once, by its id; filed again only `times` may have grown. */
  file(handoff: Handoff): Promise<void>;
  /** Null: it was never taken there. */
  standing(workflow: string, agent: string, id: string): Promise<HandoffStanding | null>;
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
  /** Anybody's report of a call as misbehaviour, to the agent's owners: `{ call, agent, tool, action, reason }`. */
  report(credential: string | null, input: unknown): Promise<Result<Handoff>>;
}
