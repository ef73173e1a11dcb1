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
  by: z.array(holder).min(1).describe('Who may ask for it: roles, or mail addresses of single people.'),
  approve: z.array(holder).min(1).describe('Who may put in force what somebody else asked for.'),
});

/** Decision rights and acceptable use: `governance/rights.yaml`. */
export const rightsSchema = z.strictObject({
  decisions: z.record(z.enum(decisions), right).describe('Who may decide what of governance.'),
  barred: z
    .strictObject({
      actions: z
        .array(z.string().regex(/^[a-z]+(\.[a-z]+){2}$/))
        .default([])
        .describe('Actions that no manifest may grant.'),
      groups: z.array(z.string()).default([]).describe('Groups of which no manifest may grant an action.'),
      above: z
        .enum(['public', 'internal', 'confidential', 'regulated', 'restricted'])
        .default('restricted')
        .describe('The sensitivity that no agent’s ceiling exceeds.'),
    })
    .prefault({})
    .describe('What no manifest may grant, whoever signs.'),
});

export type Rights = z.infer<typeof rightsSchema>;
