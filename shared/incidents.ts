import { z } from 'zod';

/** A record at a vendor that a word of an agent is about. */
export const aboutSchema = z.strictObject({
  tool: z
    .string()
    .regex(/^[a-z]{1,40}$/, 'a tool such as support')
    .describe('The tool that showed it.'),
  record: z
    .string()
    .regex(/^[\w.:-]{1,64}$/, 'an id without spaces')
    .describe('Id of the record there.'),
});

/** What an agent flags: a security issue that it came upon, and where. Its words are masked before they are kept. */
export const flagSchema = z.strictObject({
  kind: z.literal('security').describe('What it is.'),
  about: aboutSchema.describe('Where it came up.'),
  summary: z.string().min(5).max(1_000).describe('What it is, in a few sentences, without personal data.'),
});
export type Flag = z.infer<typeof flagSchema>;

export const acknowledgeSchema = z.strictObject({ reason: z.string().trim().min(1).max(500) });

/**
 * How word gets to the contact: it did, it is on its way, or nobody is told but by whoever watches the alerts. The last was said
 * before there was a notifier: the list itself was the sandbox's mailbox.
 */
export const deliveries = ['told', 'waiting', 'by-hand', 'sandbox-mailbox'] as const;

/** A flagged incident as people see it. Times in RFC 3339. */
export interface Incident {
  id: string;
  agent: string;
  workflow: string | null;
  kind: Flag['kind'];
  about: Flag['about'];
  /** Masked. */
  summary: string;
  /** How often it was flagged until somebody acknowledged it. */
  times: number;
  at: string;
  /** The incident contact of the manifest; null: no manifest was known then. */
  contact: string | null;
  delivery: (typeof deliveries)[number];
  /** When the notifier had it delivered; null: not yet, or not by itself. */
  notifiedAt: string | null;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
}
