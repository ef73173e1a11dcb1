import { z } from 'zod';
import { modes, sensitivities } from './contract.ts';

const slug = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'lower-case letters, digits and hyphens');
const person = z.strictObject({ name: z.string(), email: z.email() });
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');

const grant = z.strictObject({
  action: z.string().regex(/^[a-z]+(\.[a-z]+){2}$/),
  /** Highest mode. */
  mode: z.enum(modes),
  /** Input fields the agent may set; absent: all of the contract's. */
  fields: z.array(z.string()).optional(),
  /** Output fields the agent receives, at any depth by name; absent: all of the contract's. */
  returns: z.array(z.string()).optional(),
});

const limit = z.strictObject({
  /** An action's full name, or `*` for all calls together. */
  action: z.string().regex(/^(\*|[a-z]+(\.[a-z]+){2})$/),
  max: z.int().min(0).max(100_000),
  /** Window in seconds. */
  per: z.int().min(1).max(86_400),
});

/** A site that posts leads, and the rules that route its plain cases without an agent. */
const site = z.strictObject({
  id: slug,
  name: z.string(),
  /** Sent by the form; public by nature. */
  publishableKey: z.string().regex(/^pk_[a-z0-9]{8,40}$/),
  origins: z.array(z.url()),
  thankYou: z.url().optional(),
  /** Form field name of ours -> the site's own name for it. */
  fieldNames: z.record(z.string(), z.string()).default({}),
  consentVersion: z.string(),
  /** A lead nobody routed by then goes to the human queue. */
  responseSeconds: z.int().min(5).max(86_400),
  perAddress: z.strictObject({ max: z.int().min(1), per: z.int().min(1) }),
  perSite: z.strictObject({ max: z.int().min(1), per: z.int().min(1) }),
  rules: z
    .array(
      z.strictObject({
        id: slug,
        /** Every condition given must hold. */
        when: z.strictObject({
          country: z.array(z.string().length(2)).optional(),
          maxEmployees: z.int().optional(),
          maxValue: z.int().optional(),
          interest: z.array(z.string()).optional(),
        }),
        queue: slug,
      }),
    )
    .default([]),
});

/** One agent's mission, owners and rights: `governance/manifests/*.yaml`. What it does not grant is denied. */
export const manifestSchema = z.strictObject({
  agent: slug,
  version: z.int().min(1),
  mission: z.string().min(20),
  workflow: slug,
  owners: z.strictObject({ business: person, technical: person }),
  contacts: z.strictObject({ incident: z.email() }),
  risk: z.enum(['low', 'medium', 'high']),
  sensitivity: z.enum(sensitivities),
  hours: z.strictObject({
    zone: z.string(),
    days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
    from: clock,
    to: clock,
  }),
  grants: z.array(grant).min(1),
  limits: z.array(limit).default([]),
  approvals: z.strictObject({
    /** Until when a person must have decided; past it the call is denied. */
    deadlineSeconds: z.int().min(10).max(604_800),
  }),
  model: z.strictObject({
    provider: z.string(),
    name: z.string(),
    region: z.string(),
    promptsKept: z.boolean(),
    why: z.string(),
  }),
  retentionDays: z.int().min(1),
  /** Constants the policies may compare with, such as approved channels. */
  approved: z.strictObject({ channels: z.array(z.string()).default([]), queues: z.array(slug).default([]) }),
  sites: z.array(site).default([]),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Grant = z.infer<typeof grant>;
export type Site = z.infer<typeof site>;

/** What is granted for an action, if anything. */
export function grantOf(manifest: Manifest, action: string): Grant | undefined {
  return manifest.grants.find((grant) => grant.action === action);
}

const order = { read: 0, propose: 1, execute: 2 } as const;

/** Whether a grant reaches a mode. */
export function reaches(grant: Grant, mode: keyof typeof order): boolean {
  return order[mode] <= order[grant.mode];
}
