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
  owners: z.strictObject({ business: person, technical: person }),
  contacts: z.strictObject({ incident: z.email() }),
  risk: z.enum(['low', 'medium', 'high']),
  sensitivity: z.enum(sensitivities),
  /** Where it may run. An agent that nobody admitted to production stays in the sandbox. */
  environments: z.array(z.enum(['sandbox', 'staging', 'production'])).default(['sandbox']),
  hours,
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
