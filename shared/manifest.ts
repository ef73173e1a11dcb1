import { z } from 'zod';
import { wordsOf } from './fold.ts';
import { modeRank, modes, sensitivities, type Mode } from './contract.ts';
import { webhookFault } from './webhook-address.ts';

/** A name in governance: of an agent, a workflow, a queue. */
export const slug = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'lower-case letters, digits and hyphens');
const action = z.string().regex(/^[a-z]+(\.[a-z]+){2}$/, 'an action such as crm.contact.update');
const toolName = z.string().regex(/^[a-z]+$/, 'a tool such as crm');
const person = z.strictObject({
  name: z.string().describe('Full name.'),
  email: z.email().describe('Mail address, as in the sign-in of people.'),
});
const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'HH:MM');
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Business hours: on these days from `from` until just before `to`, on the clocks of the zone. */
const hours = z
  .strictObject({
    zone: z
      .string()
      .refine(isZone, 'an IANA time zone such as Europe/Berlin')
      .describe('IANA time zone, such as Europe/Berlin. Daylight saving is the zone’s.'),
    days: z
      .array(z.enum(days))
      .describe('Days on which it is business hours. Public holidays are not known.'),
    from: clock.describe('First minute, HH:MM.'),
    to: clock.describe('The minute after the last, HH:MM; later than `from`.'),
  })
  .refine(({ from, to }) => from < to, {
    path: ['to'],
    error: 'later than `from`; hours do not run past midnight',
  });

const grant = z.strictObject({
  action: action.describe('Full name of the action: tool.object.verb.'),
  mode: z
    .enum(modes)
    .describe(
      'Highest mode: `read` changes nothing, `propose` asks people, `execute` does. It includes those below.',
    ),
  fields: z
    .array(z.string())
    .optional()
    .describe('Input fields that the agent may set. Absent: all that the action takes.'),
  returns: z
    .array(z.string())
    .optional()
    .describe('Fields that the agent receives, at any depth by name. Absent: all that the action answers.'),
});

/** A rate: at most `max` calls in any window of `per` seconds. */
export const limitSchema = z.strictObject({
  action: z
    .string()
    .regex(/^(\*|[a-z]+(\.[a-z]+){2})$/)
    .describe('Full name of a granted action, or `*` for all calls together.'),
  max: z.int().min(0).max(100_000).describe('At most so many calls in any window of `per` seconds.'),
  per: z.int().min(1).max(86_400).describe('Length of the window in seconds.'),
});

/** What budgets count; `spend` is in minor units of `currency`. */
export const budgetMeasures = ['spend', 'recipients', 'records'] as const;

/** A budget: what all executes together come to, at most, in any window of that length; `total`: ever. */
export const budgetSchema = z
  .strictObject({
    measure: z
      .enum(budgetMeasures)
      .describe('What is counted: money, people who get something, or records that are changed.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'three capital letters such as EUR')
      .optional()
      .describe('ISO 4217, such as EUR. For `spend` only, and then required: spending in another is denied.'),
    max: z
      .int()
      .min(0)
      .max(1_000_000_000_000)
      .describe('At most so much. Money is in minor units: 50000 is 500.00.'),
    per: z.enum(['hour', 'day', 'total']).describe('In any window of that length. `total`: ever.'),
    each: z
      .enum(['campaign', 'account'])
      .optional()
      .describe('Counted for each campaign or account by itself. Absent: all together.'),
    action: action.optional().describe('Only this granted action. Absent: all executes together.'),
  })
  .refine(({ measure, currency }) => (measure === 'spend') === (currency !== undefined), {
    path: ['currency'],
    error: 'is needed for `spend`, and only there',
  });

/** Blast radius: how many different ones all executes together may touch in any window of that length. */
const radius = z.strictObject({
  of: z.enum(['accounts', 'campaigns', 'regions']).describe('What is counted, each once.'),
  max: z.int().min(0).max(100_000).describe('At most so many different ones.'),
  per: z.enum(['hour', 'day']).describe('In any window of that length.'),
});

const rate = z.strictObject({
  max: z.int().min(1).describe('At most so many leads in any window of `per` seconds.'),
  per: z.int().min(1).describe('Length of the window in seconds.'),
});

const siteRule = z.strictObject({
  id: slug.describe('Name of the rule; each lead that it routes names it.'),
  when: z
    .strictObject({
      country: z.array(z.string().length(2)).optional().describe('One of these countries, ISO 3166 alpha-2.'),
      maxEmployees: z.int().optional().describe('At most so many employees.'),
      maxValue: z.int().optional().describe('At most this value, in minor units.'),
      interest: z.array(z.string()).optional().describe('One of these interests.'),
    })
    .describe('Every condition given must hold; what the form does not say never does.'),
  queue: slug.describe('Where the lead goes: one of `approved.queues`.'),
});

/** A site that posts leads, and the rules that route its plain cases without an agent. */
const site = z.strictObject({
  id: slug.describe('Name of the site; its leads are posted to it.'),
  name: z.string().describe('What people call it.'),
  publishableKey: z
    .string()
    .regex(/^pk_[a-z0-9]{8,40}$/)
    .describe('Sent by the form. Public by nature: it names the site and opens nothing.'),
  origins: z.array(z.url()).describe('Pages that may post from a browser.'),
  thankYou: z.url().optional().describe('Where a plain form is sent after posting.'),
  fieldNames: z
    .record(z.string(), z.string())
    .default({})
    .describe('Our name of a form field -> the site’s own name for it.'),
  consentVersion: z.string().describe('Wording of the consent box; a new wording gets a new version.'),
  responseSeconds: z
    .int()
    .min(5)
    .max(86_400)
    .describe('A lead that nobody routed by then goes to the human queue.'),
  perAddress: rate.describe('Limit for one network address.'),
  perSite: rate.describe('Limit for the whole site.'),
  retentionDays: z
    .int()
    .min(1)
    .max(3650)
    .optional()
    .describe('After so many days a lead is deleted. Absent: 90.'),
  rules: z.array(siteRule).default([]).describe('The first rule that fits routes the lead at once.'),
});

/** Something that a text must not say, or not without a person's look. */
const claim = z.strictObject({
  id: slug.describe('Name of the claim; the agent is told it, and the journal names it.'),
  phrases: z
    .array(
      z
        .string()
        .min(2)
        .max(200)
        .refine((phrase) => wordsOf(phrase).length > 0, 'holds no word'),
    )
    .min(1)
    .describe('Words in a row, in any language. `guarant*` is any word that begins so, `*` any one word.'),
  reason: z.string().min(5).describe('Why it must not be said.'),
  instead: z.string().min(3).describe('What may be said instead; the agent is told it.'),
});

const names = (what: string) => z.array(z.string()).default([]).describe(what);

/** One agent's mission, owners and rights: `governance/manifests/*.yaml`. What it does not grant is denied. */
export const manifestSchema = z.strictObject({
  agent: slug.describe('Name of the agent, and of this file.'),
  version: z.int().min(1).describe('Raise it with each change. People refer to it; it changes no right.'),
  mission: z.string().min(20).describe('What it is for and, as important, what it never does.'),
  workflow: slug.describe('The one business process it belongs to. Its agents can be stopped together.'),
  steps: z
    .array(
      z.strictObject({
        step: slug.describe('Name of the step.'),
        does: z.string().min(5).describe('What happens in it.'),
        by: z.string().min(2).describe('Who does it: this agent, a person, a rule.'),
      }),
    )
    .default([])
    .describe('The workflow’s steps in order, and who does each.'),
  acceptance: z
    .array(z.string().min(10))
    .default([])
    .describe('What must be true for its owner to say that it does its job.'),
  owners: z
    .strictObject({
      business: person.describe('Answers for what it does.'),
      technical: person.describe('Answers for how it runs.'),
    })
    .describe('Who answers for it.'),
  contacts: z
    .strictObject({ incident: z.email().describe('Who is told when something goes wrong.') })
    .describe('Whom to reach.'),
  risk: z
    .enum(['low', 'medium', 'high'])
    .describe('Risk class. The higher it is, the more its calls are held for people.'),
  sensitivity: z
    .enum(sensitivities)
    .describe('Ceiling: the most sensitive data it may touch. No action above it can be granted.'),
  environments: z
    .array(z.enum(['sandbox', 'staging', 'production']))
    .default(['sandbox'])
    .describe('Where it may run. Without `production` no call of it reaches a real vendor.'),
  hours: hours.describe('Business hours. Outside them, high-impact calls need two people.'),
  grants: z.array(grant).min(1).describe('Its rights. What is not listed is denied.'),
  sources: z
    .array(toolName)
    .optional()
    .describe('Tools that it may read from: no grant goes past them. Absent: those of its grants.'),
  destinations: z
    .array(toolName)
    .optional()
    .describe('Tools that it may write or propose to: no grant goes past them. Absent: those of its grants.'),
  limits: z.array(limitSchema).default([]).describe('How many calls, at most.'),
  budgets: z
    .array(budgetSchema)
    .default([])
    .describe('How much money, how many people and records, at most.'),
  radius: z
    .array(radius)
    .default([])
    .describe('Blast radius: how many different accounts, campaigns and regions it may touch, at most.'),
  claims: z
    .strictObject({
      forbidden: z.array(claim).default([]).describe('What its texts must not say, whoever approves.'),
      doubtful: z.array(claim).default([]).describe('What its texts say only after a person looked at it.'),
    })
    .default({ forbidden: [], doubtful: [] })
    .describe('Looked for by the gate in what readers and people outside would get. See docs/claims.md.'),
  approvals: z
    .strictObject({
      deadlineSeconds: z
        .int()
        .min(10)
        .max(604_800)
        .describe('Until when a person must have decided; past it the call is denied.'),
      group: slug
        .default('approvers')
        .describe(
          'Who is asked: a group of governance/people.yaml. One that is not there: whoever may decide at all.',
        ),
      respondSeconds: z
        .int()
        .min(5)
        .max(604_800)
        .optional()
        .describe(
          'Until when the group should have decided; past it the next group is asked, too. Absent: half of the deadline.',
        ),
      escalation: z
        .array(slug)
        .max(5)
        .default([])
        .describe('Groups that are asked besides, one after another, evenly over what is left of the time.'),
    })
    .describe('What happens when a call is held for people.'),
  reviews: z
    .strictObject({
      sample: z
        .int()
        .min(0)
        .max(100)
        .default(5)
        .describe('Percent of its executes that needed nobody: people look at them afterwards.'),
      audit: z
        .int()
        .min(0)
        .max(100)
        .default(20)
        .describe('Percent of its approved executes, the riskiest: somebody else looks at them again.'),
      respondDays: z
        .int()
        .min(1)
        .max(90)
        .default(5)
        .describe('Within how many days; past it the group and the owners are told.'),
    })
    .default({ sample: 5, audit: 20, respondDays: 5 })
    .describe('Which of its calls are looked at after they ran. The agent cannot know which.'),
  model: z
    .strictObject({
      provider: z.string().describe('Who runs the model.'),
      name: z.string().describe('Which model.'),
      class: z
        .string()
        .default('none')
        .describe('Of what size or kind, so that a swap for another of its class is seen as what it is.'),
      region: z.string().describe('Where it runs.'),
      promptsKept: z.boolean().describe('Whether the provider keeps what it is asked, or trains on it.'),
      why: z.string().describe('Why this one.'),
    })
    .describe('The model behind the agent.'),
  retentionDays: z
    .int()
    .min(1)
    .describe('How many days its records are kept. So far only leads of its sites are deleted by it.'),
  undo: z
    .strictObject({ hours: z.int().min(1).max(8_760).describe('Hours.') })
    .default({ hours: 24 })
    .describe('How long a person can take a call back after it ended; its undo plan is kept for as long.'),
  leash: z
    .strictObject({
      days: z.int().min(0).max(365).describe('Days.'),
      percent: z.int().min(1).max(100).describe('Share of its limits and budgets that holds meanwhile.'),
    })
    .default({ days: 7, percent: 25 })
    .describe('Launch week: in production, so many days after it was first let execute.'),
  errorBudget: z
    .strictObject({
      days: z.int().min(1).max(90).describe('Counted over the last so many days.'),
      overrides: z
        .int()
        .min(0)
        .max(100)
        .describe('Percent of the decided calls that people rejected or changed.'),
      failures: z
        .int()
        .min(0)
        .max(100)
        .describe('Percent of the executes that failed or ended indeterminate.'),
      violations: z.int().min(0).max(100_000).describe('Calls that policies denied.'),
    })
    .default({ days: 30, overrides: 20, failures: 20, violations: 100 })
    .describe('What it may get wrong before it falls back a mode by itself; see docs/autonomy.md.'),
  approved: z
    .strictObject({
      channels: names('Chat channels that it may write to.'),
      queues: z.array(slug).default([]).describe('Queues that it may route leads to.'),
      special: z
        .array(slug)
        .default([])
        .describe(
          'Queues for conversations that hold payment, health or account matters: they go nowhere else.',
        ),
      accounts: names('Accounts at vendors that it may touch.'),
      campaigns: names('Campaigns that it may touch.'),
      regions: names('Regions that its calls may concern.'),
      hosts: z
        .array(
          z
            .string()
            .max(253)
            .regex(
              /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$/,
              'a host name in lower case',
            ),
        )
        .default([])
        .describe(
          'Hosts that its texts may lead to, besides its own sites; a host above or below one is another.',
        ),
    })
    .describe('The only destinations that policies let it use. An empty list: none.'),
  webhook: z
    .string()
    .max(500)
    .superRefine((address, context) => {
      const fault = webhookFault(address);
      if (fault !== null) context.addIssue({ code: 'custom', message: fault });
    })
    .optional()
    .describe(
      'Address that is told by a signed request when a call that waited for people has ended: its id and how, nothing else. https, by name.',
    ),
  sites: z.array(site).default([]).describe('Sites that post leads for it.'),
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
