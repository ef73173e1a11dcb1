import { z } from 'zod';

/** What of governance somebody may decide. A change of a policy set needs each right that it touches. */
export const decisions = [
  'create-agent',
  'connect-source',
  'connect-site',
  'widen',
  'change-rights',
] as const;

/** A role of `people.ts`, or the mail address of one person. */
const holder = z.union([
  z.enum(['operator', 'approver', 'incident-commander', 'owner', 'auditor']),
  z.email(),
]);
const right = z.strictObject({
  /** Who may ask for it. */
  by: z.array(holder).min(1),
  /** Who, besides somebody else who asked, may put it in force. */
  approve: z.array(holder).min(1),
});

/** Decision rights and acceptable use: `governance/rights.yaml`. */
export const rightsSchema = z.strictObject({
  decisions: z.record(z.enum(decisions), right),
  /** What no manifest may grant, whoever signs: actions (full names) and groups, and the sensitivity that no agent's ceiling exceeds. */
  barred: z
    .strictObject({
      actions: z.array(z.string().regex(/^[a-z]+(\.[a-z]+){2}$/)).default([]),
      groups: z.array(z.string()).default([]),
      above: z.enum(['public', 'internal', 'confidential', 'regulated', 'restricted']).default('restricted'),
    })
    .prefault({}),
});

export type Rights = z.infer<typeof rightsSchema>;
