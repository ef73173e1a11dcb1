import { z } from 'zod';
import { modeRank, modes, sensitivities, type Mode } from './contract.ts';

const slug = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'lower-case letters, digits and hyphens');
const person = z.strictObject({ name: z.string(), email: z.email() });
const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'HH:MM');
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Business hours: on these days from `from` until just before `to`, on the clocks of the zone. */
const hours = z
  .strictObject({
    zone: z.string().refine(isZone, 'an IANA time zone such as Europe/Berlin'),
    days: z.array(z.enum(days)),
    from: clock,
    to: clock,
  })
  .refine(({ from, to }) => from < to, {
    path: ['to'],
    error: 'later than `from`; hours do not run past midnight',
  });

const grant = z.strictObject({
  action: z.string().regex(/^[a-z]+(\.[a-z]+){2}$/),
  /** Highest mode. */
  mode: z.enum(modes),
  /** Input fields the agent may set; absent: all of the contract's. */
  fields: z.array(z.string()).optional(),
  /** Output fields the agent receives, at any depth by name; absent: all of the contract's. */
  returns: z.array(z.string()).optional(),
});

/** A rate: at most `max` calls in any window of `per` seconds. */
export const limitSchema = z.strictObject({
  /** An action's full name, or `*` for all calls together. */
  action: z.string().regex(/^(\*|[a-z]+(\.[a-z]+){2})$/),
  max: z.int().min(0).max(100_000),
  /** Window in seconds. */
  per: z.int().min(1).max(86_400),
});

/** What budgets count; `spend` is in minor units of `currency`. */
export const budgetMeasures = ['spend', 'recipients', 'records'] as const;

/** A budget: what all executes together come to, at most, in any window of that length; `total`: ever. */
export const budgetSchema = z
  .strictObject({
    measure: z.enum(budgetMeasures),
    /** ISO 4217; for `spend` only, and then required. Spending in another currency is denied. */
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'three capital letters such as EUR')
      .optional(),
    max: z.int().min(0).max(1_000_000_000_000),
    per: z.enum(['hour', 'day', 'total']),
    /** Counted for each of these by itself; absent: all together. */
    each: z.enum(['campaign', 'account']).optional(),
    /** Only this action, by its full name; absent: all. */
    action: z
      .string()
      .regex(/^[a-z]+(\.[a-z]+){2}$/)
      .optional(),
  })
  .refine(({ measure, currency }) => (measure === 'spend') === (currency !== undefined), {
    path: ['currency'],
    error: 'is needed for `spend`, and only there',
  });

/** Blast radius: how many different ones all executes together may touch in any window of that length. */
const radius = z.strictObject({
  of: z.enum(['accounts', 'campaigns', 'regions']),
  max: z.int().min(0).max(100_000),
  per: z.enum(['hour', 'day']),
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
  /** After so many days a lead is deleted; absent: 90. */
  retentionDays: z.int().min(1).max(3650).optional(),
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
  /** The workflow's steps in order, and who does each: this agent, a person, a rule. */
  steps: z.array(z.strictObject({ step: slug, does: z.string().min(5), by: z.string().min(2) })).default([]),
  /** What must be true for its owner to say that it does its job. */
  acceptance: z.array(z.string().min(10)).default([]),
  owners: z.strictObject({ business: person, technical: person }),
  contacts: z.strictObject({ incident: z.email() }),
  risk: z.enum(['low', 'medium', 'high']),
  sensitivity: z.enum(sensitivities),
  /** Where it may run. An agent that nobody admitted to production stays in the sandbox. */
  environments: z.array(z.enum(['sandbox', 'staging', 'production'])).default(['sandbox']),
  hours,
  grants: z.array(grant).min(1),
  /** Tools that it may read from, and those that it may write to: no grant goes past them. Absent: those of its grants. */
  sources: z.array(z.string().regex(/^[a-z]+$/)).optional(),
  destinations: z.array(z.string().regex(/^[a-z]+$/)).optional(),
  limits: z.array(limitSchema).default([]),
  budgets: z.array(budgetSchema).default([]),
  radius: z.array(radius).default([]),
  approvals: z.strictObject({
    /** Until when a person must have decided; past it the call is denied. */
    deadlineSeconds: z.int().min(10).max(604_800),
    /** Who is asked. */
    group: slug.default('approvers'),
  }),
  model: z.strictObject({
    provider: z.string(),
    name: z.string(),
    /** Of what size or kind, so that a swap for another of its class is seen as what it is. */
    class: z.string().default('none'),
    region: z.string(),
    promptsKept: z.boolean(),
    why: z.string(),
  }),
  retentionDays: z.int().min(1),
  /** How long a person can take a call back. */
  undo: z.strictObject({ hours: z.int().min(1).max(8_760) }).default({ hours: 24 }),
  /** In production, so many days after it was first let execute, with this share (percent) of its limits and budgets. */
  leash: z
    .strictObject({ days: z.int().min(0).max(365), percent: z.int().min(1).max(100) })
    .default({ days: 7, percent: 25 }),
  /** What it may get wrong within so many days before it falls back by itself; see docs/autonomy.md. */
  errorBudget: z
    .strictObject({
      days: z.int().min(1).max(90),
      /** Percent of the decided calls that people rejected or changed. */
      overrides: z.int().min(0).max(100),
      /** Percent of the executes that failed or ended indeterminate. */
      failures: z.int().min(0).max(100),
      /** Calls that policies denied. */
      violations: z.int().min(0).max(100_000),
    })
    .default({ days: 30, overrides: 20, failures: 20, violations: 100 }),
  /** Constants the policies may compare with, such as approved channels. */
  approved: z.strictObject({
    channels: z.array(z.string()).default([]),
    queues: z.array(slug).default([]),
    accounts: z.array(z.string()).default([]),
    campaigns: z.array(z.string()).default([]),
    regions: z.array(z.string()).default([]),
  }),
  sites: z.array(site).default([]),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Grant = z.infer<typeof grant>;
export type Site = z.infer<typeof site>;

/** What is granted for an action, if anything. */
export function grantOf(manifest: Manifest, action: string): Grant | undefined {
  return manifest.grants.find((grant) => grant.action === action);
}

/** Whether a grant reaches a mode. */
export function reaches(grant: Grant, mode: Mode): boolean {
  return modeRank(mode) <= modeRank(grant.mode);
}

export type Hours = z.infer<typeof hours>;

/** Whether a moment (Unix ms) lies within the hours. Daylight saving is the zone's; public holidays are not known. */
export function withinHours(hours: Hours, now: number): boolean {
  const minute = Math.floor(now / 60_000);
  const last = latest.get(hours);
  if (last?.minute === minute) return last.within;
  const within = computeWithin(hours, now);
  latest.set(hours, { minute, within });
  return within;
}

/** The answer for the minute last asked about: formatting a date costs more than all policies together. */
const latest = new WeakMap<Hours, { minute: number; within: boolean }>();

function computeWithin({ zone, days, from, to }: Hours, now: number): boolean {
  const parts = new Map(
    formatter(zone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  const day = parts.get('weekday')?.toLowerCase();
  const time = `${parts.get('hour')}:${parts.get('minute')}`;
  return days.some((open) => open === day) && from <= time && time < to;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const fresh = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(zone, fresh);
  return fresh;
}

function isZone(zone: string): boolean {
  try {
    return formatter(zone) !== undefined;
  } catch {
    return false; // The only thing the constructor refuses here is the zone.
  }
}
