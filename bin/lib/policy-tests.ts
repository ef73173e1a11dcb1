import { z } from 'zod';
import { claimsOf, noClaims, type FoundClaims } from '../../shared/claims.ts';
import { sinkKinds } from '../../shared/marks.ts';
import { noOrigins } from '../../shared/origins.ts';
import { noReleases } from '../../shared/releases.ts';
import {
  groups,
  isIrreversible,
  modes,
  sensitivities,
  type KnownAction,
  type Mode,
} from '../../shared/contract.ts';
import { forAgent, type AgentGovernance, type Governance } from '../../shared/governance.ts';
import { manifestSchema, type Manifest } from '../../shared/manifest.ts';
import { measure, type Measured } from '../../shared/measures.ts';
import { decide, type PolicyDecision, type PolicyQuestion } from '../../shared/policy.ts';

type Catalogue = ReadonlyMap<string, KnownAction>;

/** Moments that rows may name; all shipped manifests keep business hours from 8 to 18 in Berlin. */
export const namedTimes = {
  office: '2026-11-24T10:00:00+01:00',
  night: '2026-11-24T23:00:00+01:00',
  weekend: '2026-11-22T12:00:00+01:00',
} as const;

const measured = z
  .strictObject({
    spend: z.int().min(0).describe('Money in minor units: 10000 is 100.00.'),
    currency: z.string().length(3).describe('ISO 4217.'),
    recipients: z.int().min(0).describe('People who get something of it.'),
    records: z.int().min(0).describe('Records it changes.'),
    accounts: z.array(z.string()).describe('Accounts it touches.'),
    campaigns: z.array(z.string()).describe('Campaigns it touches.'),
    regions: z.array(z.string()).describe('Regions it touches.'),
    consent: z
      .boolean()
      .describe('Whether the person concerned consented. Absent: the tool says nothing of it.'),
  })
  .partial();

const testRow = z
  .strictObject({
    says: z.string().min(5).describe('What this row shows, as one sentence.'),
    agent: z.string().describe('Whose call it is.'),
    action: z.string().optional().describe('Full name of the action. Either this or `group`.'),
    group: z
      .enum(groups)
      .optional()
      .describe('An invented action of this group, granted for executing: for tools that are not there yet.'),
    mode: z.enum(modes).optional().describe('Absent: the action’s own.'),
    input: z.record(z.string(), z.unknown()).default({}).describe('What the agent sends.'),
    facts: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe('What the tool looks up itself.'),
    measured: measured.optional().describe('What it costs and touches. Absent: as the contract measures it.'),
    explained: z.boolean().default(true).describe('Whether the agent says what the call is for.'),
    confidence: z.int().nullable().default(null).describe('Percent. Absent: the agent says nothing of it.'),
    user: z.string().optional().describe('The person whom the agent acts for.'),
    claims: z
      .strictObject({
        forbidden: z.array(z.string()).describe('Forbidden ones.'),
        doubtful: z.array(z.string()).describe('Doubtful ones.'),
      })
      .partial()
      .optional()
      .describe('Ids of claims that its texts make. Absent: as the manifest’s phrases are found in them.'),
    origins: z
      .strictObject({
        readUntrusted: z.boolean().describe('The agent has read what people outside may have written.'),
        sensitivity: z.enum(sensitivities).describe('The highest class of what it has read in clear.'),
        untrusted: z
          .array(z.enum(sinkKinds))
          .describe('Sinks with a value out of what people outside wrote.'),
        unproven: z.array(z.enum(sinkKinds)).describe('Sinks with a value that is not trusted.'),
      })
      .partial()
      .optional()
      .describe(
        'Where its arguments come from. Absent: the agent has read nothing, and nothing is in doubt.',
      ),
    releases: z
      .strictObject({
        classes: z.array(z.string()).describe('Of all that is opened.'),
        toOthers: z.array(z.string()).describe('Of what goes to a person whom it is not about.'),
        sources: z.array(z.string()).describe('From where: `typed`, or a tool.'),
      })
      .partial()
      .optional()
      .describe('What of people’s data is opened where it runs. Absent: nothing.'),
    launchWeek: z.boolean().default(false).describe('Whether the agent is in its launch week.'),
    at: z
      .union([z.enum(['office', 'night', 'weekend']), z.iso.datetime({ offset: true })])
      .default('office')
      .describe('When: `office` (a Tuesday at 10:00 in Berlin), `night` (at 23:00), `weekend`, or RFC 3339.'),
    environment: z.string().default('sandbox').describe('Where: sandbox, staging or production.'),
    sensitivity: z.enum(sensitivities).optional().describe('Of the invented action. Absent: public.'),
    clearance: z
      .enum(sensitivities)
      .optional()
      .describe('Up to which class what the invented action carries may leave by it. Absent: its own.'),
    irreversible: z.boolean().optional().describe('Whether nothing takes the invented action back.'),
    suppose: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Keys of the agent’s manifest that are different in this row.'),
    expect: z
      .enum(['allow', 'one', 'two', 'deny'])
      .describe('Allowed at once, after one or two people approved it, or denied whoever approves.'),
    by: z
      .array(z.string())
      .describe('Exactly the policies that decide it, by their ids. Empty: none permits it.'),
  })
  .refine(({ action, group }) => (action === undefined) !== (group === undefined), {
    path: ['action'],
    error: 'say either `action` or `group`',
  });

/** A file of `governance/tests`: rows that the policies must answer as they say. */
export const policyTestSchema = z.array(testRow).min(1);
export type TestRow = z.infer<typeof testRow>;

/** What one row came to. `fault`: it could not be asked, with the remedy. */
export type RowResult =
  | { kind: 'pass'; row: TestRow }
  | { kind: 'fail'; row: TestRow; got: Pick<TestRow, 'expect' | 'by'> }
  | { kind: 'fault'; row: TestRow; fault: string };

/** Asks the policies what one row asks, as a guard would, and compares. Pure. */
export function runRow(governance: Governance, catalogue: Catalogue, row: TestRow): RowResult {
  const asked = askRow(governance, catalogue, row);
  if (!asked.ok) return { kind: 'fault', row, fault: asked.fault };
  const got = { expect: answerOf(asked.decision), by: asked.decision.policies.map(({ id }) => id).sort() };
  const same = got.expect === row.expect && got.by.join() === row.by.toSorted().join();
  return same ? { kind: 'pass', row } : { kind: 'fail', row, got };
}

/** Ids of policies that decide none of these rows: nothing would notice if they were gone. */
export function undecided(governance: Governance, rows: readonly TestRow[]): string[] {
  const deciding = new Set(rows.flatMap(({ by }) => by));
  return governance.policies.map(({ id }) => id).filter((id) => !deciding.has(id));
}

type Asked = { ok: true; decision: PolicyDecision } | { ok: false; fault: string };

/** What the policies decide about a row. */
export function askRow(governance: Governance, catalogue: Catalogue, row: TestRow): Asked {
  const own = supposed(governance, row);
  if (!own.ok) return own;
  const action = row.group === undefined ? catalogue.get(row.action ?? '') : inventedAction(row);
  if (!action) return { ok: false, fault: `no tool has "${row.action}"; \`group\` invents an action` };
  const granted = row.group === undefined ? own.governance : withInvented(own.governance);
  return { ok: true, decision: decide(granted, questionOf(row, action, granted.manifest)) };
}

type Supposed = { ok: true; governance: AgentGovernance } | { ok: false; fault: string };

/** The agent's share of the policies is that of the supposed manifest: a supposed grant brings the policies about it. */
function supposed(governance: Governance, { agent, suppose }: TestRow): Supposed {
  const own = forAgent(governance, agent);
  const { manifest } = own;
  if (!manifest) return { ok: false, fault: `there is no manifest of "${agent}"` };
  if (!suppose) return { ok: true, governance: own };
  const parsed = manifestSchema.safeParse({ ...manifest, ...merged(manifest, suppose) });
  if (parsed.success) {
    const manifests = { ...governance.manifests, [agent]: parsed.data };
    return { ok: true, governance: forAgent({ ...governance, manifests }, agent) };
  }
  const [issue] = parsed.error.issues;
  return { ok: false, fault: `suppose.${issue?.path.join('.')}: ${issue?.message}` };
}

/** One level deep: a row that supposes approved accounts keeps the approved channels. */
function merged(manifest: Manifest, suppose: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(suppose).map(([key, value]) => {
    const own: unknown = Object.hasOwn(manifest, key) ? manifest[key as keyof Manifest] : undefined;
    return [key, isPlain(own) && isPlain(value) ? { ...own, ...value } : value];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const INVENTED = 'future.thing.do';

type Asking = Pick<
  KnownAction,
  'name' | 'groups' | 'sensitivity' | 'clearance' | 'hash' | 'mode' | 'measures' | 'says' | 'undo'
>;

function inventedAction({ group, sensitivity = 'public', ...row }: TestRow): Asking {
  const own = group === undefined ? [] : [group];
  return {
    name: INVENTED,
    groups: own,
    sensitivity,
    clearance: row.clearance ?? sensitivity,
    ...(row.irreversible === true && { undo: { irreversible: 'as the row says' } }),
    hash: 'pinned',
    mode: 'execute',
  };
}

function withInvented(governance: AgentGovernance): AgentGovernance {
  const { manifest } = governance;
  if (!manifest) return governance;
  const grants = [...manifest.grants, { action: INVENTED, mode: 'execute' as Mode }];
  return {
    ...governance,
    contracts: { ...governance.contracts, [INVENTED]: 'pinned' },
    manifest: { ...manifest, grants },
  };
}

function questionOf(row: TestRow, action: Asking, manifest: Manifest | null): PolicyQuestion {
  const { agent, input, facts, explained, confidence, environment, launchWeek } = row;
  return {
    agent,
    user: row.user ?? null,
    action: action.name,
    groups: action.groups,
    sensitivity: action.sensitivity,
    clearance: action.clearance,
    irreversible: isIrreversible(action),
    contract: action.hash,
    mode: row.mode ?? action.mode,
    environment,
    input,
    facts,
    measured: measuredOf(row, action),
    launchWeek,
    claims: claimsIn(row, action, manifest),
    releases: { ...noReleases, ...given(row.releases) },
    origins: { ...noOrigins, ...given(row.origins) },
    explained,
    confidence,
    now: Date.parse(row.at in namedTimes ? namedTimes[row.at as keyof typeof namedTimes] : row.at),
  };
}

function claimsIn({ claims, input, facts }: TestRow, action: Asking, manifest: Manifest | null): FoundClaims {
  const found = manifest ? claimsOf(action.says, manifest.claims, input, facts) : noClaims;
  const named = (ids: string[] | undefined): FoundClaims['forbidden'] | undefined =>
    ids?.map((claim) => ({ claim, field: '', reason: '', instead: '' }));
  return {
    forbidden: named(claims?.forbidden) ?? found.forbidden,
    doubtful: named(claims?.doubtful) ?? found.doubtful,
  };
}

/** What a row says, without what it leaves out. */
function given<T extends object>(said: T | undefined): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(said ?? {}).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function measuredOf({ measured, input, facts }: TestRow, action: Asking): Measured {
  const own = measure(action, input, facts);
  return { ...own, ...given(measured) };
}

function answerOf(decision: PolicyDecision): TestRow['expect'] {
  if (decision.kind !== 'approval') return decision.kind;
  return decision.needs === 1 ? 'one' : 'two';
}
