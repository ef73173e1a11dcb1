import { sensitivities, type Mode, type Sensitivity } from '../contract.ts';
import type { Measured } from '../measures.ts';
import type { FoundClaims } from '../claims.ts';
import type { Origins } from '../origins.ts';
import type { ReleaseSets } from '../releases.ts';
import { grantOf, reaches, withinHours, type Manifest } from '../manifest.ts';
import type { EntityData, Request } from './expression.ts';
import { Entity, fromJson, record, type CedarRecord, type Value } from './values.ts';

/** All that a policy may look at, as facts. */
export interface PolicyQuestion {
  agent: string;
  /** The person the agent acts for. */
  user: string | null;
  /** Full name, `crm.contact.update`. */
  action: string;
  /** Of the live contract, as is what follows down to `contract` (its hash, which the policy set must have pinned). */
  groups: readonly string[];
  sensitivity: Sensitivity;
  clearance: Sensitivity;
  irreversible: boolean;
  contract: string;
  mode: Mode;
  /** Where the guard runs: `sandbox` or `production`. */
  environment: string;
  /** Parsed input; only what Cedar has a type for reaches the policies (see `fromJson`). */
  input: Record<string, unknown>;
  /** What the tool looked up itself. */
  facts: Record<string, string | number | boolean>;
  /** What it costs and whom it touches. */
  measured: Measured;
  explained: boolean;
  /** Within the days after it was first let execute in production. */
  launchWeek: boolean;
  /** What the call's texts claim, of what the manifest forbids or doubts. */
  claims: FoundClaims;
  /** What of people it lets out. */
  releases: ReleaseSets;
  /** Where its arguments come from, and what its agent has read. */
  origins: Origins;
  /** Percent, or null when the agent gave none. */
  confidence: number | null;
  /** Unix ms. */
  now: number;
}

/** The part of a request that depends on the agent and the action only. */
export type Scope = Omit<Request, 'context'>;

/** The part that depends on the call, but for the number of approvals. */
export type Context = readonly Entry[];
type Entry = [string, Value];

/** The Cedar request that a question becomes, with its entities: also for checking decisions against real Cedar. */
export function policyRequest(manifest: Manifest, question: PolicyQuestion, approvals: number): Request {
  return withApprovals(scopeOf(manifest, question), contextOf(manifest, question), approvals);
}

export function withApprovals(scope: Scope, context: Context, approvals: number): Request {
  return { ...scope, context: record([...context, ['approvals', approvals]]) };
}

/** Principal, action and resource, and what is above them. The contract's hash covers the action's groups. */
export function scopeOf(manifest: Manifest, { agent, action, groups }: PolicyQuestion): Scope {
  const [tool = ''] = action.split('.');
  const scope = {
    principal: new Entity('Agent', agent),
    action: new Entity('Action', action),
    resource: new Entity('Tool', tool),
  };
  const above = groups.map((group) => new Entity('Action', group));
  const workflow = new Entity('Workflow', manifest.workflow);
  const entities: [Entity, CedarRecord, Entity[]][] = [
    [scope.principal, agentAttributes(manifest), [workflow]],
    [scope.action, nothing, above],
  ];
  return { ...scope, entities: new Map(entities.map(entityEntry)) };
}

function entityEntry([entity, attributes, above]: [Entity, CedarRecord, Entity[]]): [string, EntityData] {
  return [entity.key, { attributes, ancestors: new Set(above.map(({ key }) => key)) }];
}

const nothing = record([]);

function agentAttributes({ risk, sensitivity, environments }: Manifest): CedarRecord {
  return record([
    ['risk', risk],
    ['ceiling', sensitivities.indexOf(sensitivity)],
    ['environments', environments],
  ]);
}

/** What `cedar/schema.ts` promises to policies, from one question. */
export function contextOf(manifest: Manifest, question: PolicyQuestion): Context {
  const { mode, explained, confidence, user, environment, input, now, measured } = question;
  const grant = grantOf(manifest, question.action);
  const context: Entry[] = [
    ['mode', mode],
    ['granted', grant !== undefined && reaches(grant, mode)],
    ['explained', explained],
    ['environment', environment],
    ['sensitivity', sensitivities.indexOf(question.sensitivity)],
    ['clearance', sensitivities.indexOf(question.clearance)],
    ['irreversible', question.irreversible],
    ['businessHours', withinHours(manifest.hours, now)],
    ['approved', approvedOf(manifest)],
    ['fields', Object.keys(input).filter((name) => input[name] !== undefined)],
    ['input', fromJson(input) ?? nothing],
    ['facts', fromJson(question.facts) ?? nothing],
    ['launchWeek', question.launchWeek],
    ['claims', claimsOf(question.claims)],
    ['releases', releasesOf(question.releases)],
    ['session', sessionOf(question.origins)],
    ['untrusted', question.origins.untrusted],
    ['unproven', question.origins.unproven],
    ['spend', measured.spend],
    ['recipients', measured.recipients],
    ['records', measured.records],
    ['accounts', measured.accounts],
    ['campaigns', measured.campaigns],
    ['regions', measured.regions],
  ];
  if (measured.currency !== null) context.push(['currency', measured.currency]);
  if (measured.consent !== null) context.push(['consent', measured.consent]);
  if (confidence !== null) context.push(['confidence', Math.floor(confidence)]);
  if (user !== null) context.push(['user', user.toWellFormed()]);
  return context;
}

function claimsOf({ forbidden, doubtful }: FoundClaims): CedarRecord {
  const ids = (found: FoundClaims['forbidden']): string[] => [...new Set(found.map(({ claim }) => claim))];
  return record([
    ['forbidden', ids(forbidden)],
    ['doubtful', ids(doubtful)],
  ]);
}

function releasesOf({ classes, toOthers, sources }: ReleaseSets): CedarRecord {
  return record([
    ['classes', classes],
    ['toOthers', toOthers],
    ['sources', sources],
  ]);
}

function sessionOf({ readUntrusted, sensitivity }: Origins): CedarRecord {
  return record([
    ['readUntrusted', readUntrusted],
    ['sensitivity', sensitivities.indexOf(sensitivity)],
  ]);
}

function approvedOf({ approved }: Manifest): CedarRecord {
  return record([
    ['channels', approved.channels],
    ['queues', approved.queues],
    // A set that was stored before there were special queues has none.
    ['special', approved.special ?? []],
    ['accounts', approved.accounts],
    ['campaigns', approved.campaigns],
    ['regions', approved.regions],
  ]);
}
