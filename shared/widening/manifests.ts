import { claimWidenings } from './claims.ts';
import { modeRank } from '../contract.ts';
import type { Governance, Policy } from '../governance.ts';
import { reviewsOf } from '../reviews.ts';
import { grantOf, manifestSchema, type Grant, type Manifest, type Site } from '../manifest.ts';
import { budgetWidenings, grantsAny, isNoWeaker, limitWidenings, radiusWidenings, rate } from './bounds.ts';
import { list, onlyHolds } from './lists.ts';
import { changed, longer, otherKeys, own, shorter } from './words.ts';

/** What each agent may do that it could not before, one line each. */
export function manifestWidenings(before: Governance, after: Governance): string[] {
  return Object.entries(after.manifests).flatMap(([agent, is]) => {
    const was = filled(own(before.manifests, agent));
    if (!was) return added(agent, is);
    const known = Object.values(rules).flatMap((rule) => rule(was, is, after.policies));
    return [...known, ...otherKeys('', was, is, Object.keys(rules))].map((line) => `${agent} ${line}`.trim());
  });
}

/** A set that was stored before a key existed says of it what the key's default says. */
function filled(was: Manifest | undefined): Manifest | undefined {
  const parsed = manifestSchema.safeParse(was);
  return parsed.success ? parsed.data : was;
}

function added(agent: string, { grants, sites }: Manifest): string[] {
  return [
    `agent ${agent} added`,
    ...grants.map(({ action, mode }) => `${agent} gains ${mode} on ${action}`),
    ...sites.map(({ id }) => `${agent} gains the site ${id}`),
  ];
}

/** What a change of one key of the manifest allows more of. A new key does not compile until it has a rule. */
type Rule = (was: Manifest, is: Manifest, policies: readonly Policy[]) => string[];

const rules: { [Key in keyof Manifest]-?: Rule } = {
  agent: same('agent'),
  // A number that says nothing about rights.
  version: () => [],
  mission: same('mission'),
  workflow: same('workflow'),
  // Told to people, and read by no check.
  steps: () => [],
  acceptance: () => [],
  owners: same('owners'),
  contacts: same('contacts'),
  // Policies may hold either side of these, so neither direction is surely narrower.
  risk: same('risk'),
  sensitivity: same('sensitivity'),
  hours: same('hours'),
  model: same('model'),
  environments: (was, is, policies) =>
    list('environments', 'environment', was.environments, is.environments, policies),
  approved: (was, is, policies) => [
    ...list('approved', 'approved channel', was.approved.channels, is.approved.channels, policies),
    ...list('approved', 'approved queue', was.approved.queues, is.approved.queues, policies),
    ...list('approved', 'approved account', was.approved.accounts, is.approved.accounts, policies),
    ...list('approved', 'approved campaign', was.approved.campaigns, is.approved.campaigns, policies),
    ...list('approved', 'approved region', was.approved.regions, is.approved.regions, policies),
    ...list('approved', 'special queue', was.approved.special, is.approved.special, policies),
    ...list('approved', 'approved host', was.approved.hosts, is.approved.hosts, policies),
    ...otherKeys('approved', was.approved, is.approved, [
      'channels',
      'queues',
      'special',
      'hosts',
      'accounts',
      'campaigns',
      'regions',
    ]),
  ],
  grants: (was, is) => is.grants.flatMap((grant) => grantWidenings(grantOf(was, grant.action), grant, is)),
  sources: (was, is) => reach('source', sourcesOf(was), sourcesOf(is)),
  destinations: (was, is) => reach('destination', destinationsOf(was), destinationsOf(is)),
  limits: (was, is) => limitWidenings(was.limits, is.limits, grantsAny(is)),
  budgets: (was, is) => budgetWidenings(was.budgets, is.budgets, grantsAny(is)),
  radius: radiusWidenings,
  // A person's right, which the agent gains by when it ends sooner.
  undo: (was, is) => [
    ...shorter('undo window', was.undo.hours, is.undo.hours, 'hours'),
    ...otherKeys('undo', was.undo, is.undo, ['hours']),
  ],
  claims: claimWidenings,
  leash: leashWidenings,
  errorBudget: errorBudgetWidenings,
  approvals: (was, is) => [
    ...longer('deadline of approvals', was.approvals.deadlineSeconds, is.approvals.deadlineSeconds, 's'),
    ...(was.approvals.group === is.approvals.group
      ? []
      : [`approvals are asked of ${is.approvals.group}, no longer of ${was.approvals.group}`]),
    ...escalationWidenings(was.approvals, is.approvals),
    ...otherKeys('approvals', was.approvals, is.approvals, [
      'deadlineSeconds',
      'group',
      'respondSeconds',
      'escalation',
    ]),
  ],
  reviews: reviewWidenings,
  // Another address learns which calls there were; none learns less.
  webhook: (was, is) => (is.webhook === undefined ? [] : changed('webhook', was.webhook, is.webhook)),
  retentionDays: (was, is) => longer('retention', was.retentionDays, is.retentionDays, 'days'),
  sites: (was, is) =>
    is.sites.flatMap((site) =>
      siteWidenings(
        was.sites.find(({ id }) => id === site.id),
        site,
        was.retentionDays,
        is.retentionDays,
      ),
    ),
};

/** What fewer people look at, or later. */
function reviewWidenings(before: Manifest, after: Manifest): string[] {
  const [was, is] = [reviewsOf(before), reviewsOf(after)];
  return [
    ...shorter('share of calls that are sampled for review', was.sample, is.sample, '%'),
    ...shorter('share of approved calls that are audited', was.audit, is.audit, '%'),
    ...longer('time for reviews', was.respondDays, is.respondDays, 'days'),
    ...otherKeys('reviews', was, is, ['sample', 'audit', 'respondDays']),
  ];
}

function same(key: keyof Manifest): Rule {
  return (was, is) => changed(key, was[key], is[key]);
}

function grantWidenings(was: Grant | undefined, grant: Grant, { grants }: Manifest): string[] {
  const { action, mode } = grant;
  // The first grant of an action is the one that counts; a second one would be read nowhere.
  if (grants.find((first) => first.action === action) !== grant) return [`grants ${action} twice`];
  if (!was) return [`gains ${mode} on ${action}`];
  return [
    ...(modeRank(mode) > modeRank(was.mode) ? [`gains ${mode} on ${action}, where it had ${was.mode}`] : []),
    ...fields(`may set the field`, action, was.fields, grant.fields),
    ...fields(`receives the field`, action, was.returns, grant.returns),
    ...otherKeys(`grant of ${action}`, was, grant, ['action', 'mode', 'fields', 'returns']),
  ];
}

function fields(does: string, action: string, was: string[] | undefined, is: string[] | undefined): string[] {
  // Absent: all of the contract's.
  if (!was) return [];
  if (!is) return [`${does.replace('the field', 'every field')} of ${action}`];
  return is.filter((name) => !was.includes(name)).map((name) => `${does} ${name} of ${action}`);
}

/** Tools that the manifest lets it read from, listed or by its grants. */
function sourcesOf({ sources, grants }: Manifest): string[] {
  return sources ?? toolsOf(grants.filter(({ mode }) => mode === 'read'));
}

function destinationsOf({ destinations, grants }: Manifest): string[] {
  return destinations ?? toolsOf(grants.filter(({ mode }) => mode !== 'read'));
}

function toolsOf(grants: readonly Grant[]): string[] {
  return [...new Set(grants.map(({ action }) => action.split('.')[0] ?? ''))];
}

/** Without a list its grants are the bound, and each further grant counts by itself. */
function reach(entry: string, was: readonly string[], is: readonly string[]): string[] {
  return is.filter((tool) => !was.includes(tool)).map((tool) => `gains the ${entry} ${tool}`);
}

/** A longer leash with a smaller share bounds more, as far as policies hold back in launch week and never let go. */
function leashWidenings(was: Manifest, is: Manifest, policies: readonly Policy[]): string[] {
  const { leash } = is;
  const read = policies.every((policy) => onlyHolds(policy, 'launchWeek'));
  return [
    ...shorter('launch week', was.leash.days, leash.days, 'days'),
    ...(leash.days > was.leash.days && !read
      ? ['launch week made longer, which a policy reads another way: treated as widening']
      : []),
    ...longer('share of limits in launch week', was.leash.percent, leash.percent, '%'),
    ...otherKeys('leash', was.leash, leash, ['days', 'percent']),
  ];
}

/** Whoever is asked besides may decide: more groups, sooner, is more. Half of the deadline when nothing is said. */
function escalationWidenings(was: Manifest['approvals'], is: Manifest['approvals']): string[] {
  const come = is.escalation.filter((group) => !was.escalation.includes(group));
  const kept = is.escalation.filter((group) => !come.includes(group));
  const order = was.escalation.filter((group) => kept.includes(group));
  const before = was.respondSeconds ?? was.deadlineSeconds / 2;
  const now = is.respondSeconds ?? is.deadlineSeconds / 2;
  return [
    ...come.map((group) => `approvals are asked of ${group}, too, when nobody responds`),
    ...changed('order of escalation', order, kept),
    ...(is.escalation.length > 0 ? shorter('time to respond', before, now, 's') : []),
  ];
}

function errorBudgetWidenings({ errorBudget: was }: Manifest, { errorBudget: is }: Manifest): string[] {
  return [
    // Over other days the same share is another number of mistakes, more or fewer.
    ...changed('days of the error budget', was.days, is.days),
    ...longer('error budget of overrides', was.overrides, is.overrides, '%'),
    ...longer('error budget of failures', was.failures, is.failures, '%'),
    ...longer('error budget of violations', was.violations, is.violations, 'calls'),
    ...otherKeys('error budget', was, is, ['days', 'overrides', 'failures', 'violations']),
  ];
}

function siteWidenings(was: Site | undefined, is: Site, daysBefore: number, daysAfter: number): string[] {
  const name = `site ${is.id}`;
  if (!was) return [`gains the ${name}`];
  const origins = is.origins.filter((origin) => !was.origins.includes(origin));
  const limits = (['perAddress', 'perSite'] as const).filter((key) => !isNoWeaker(is[key], was[key]));
  return [
    ...origins.map((origin) => `takes leads of ${name} from ${origin}`),
    ...limits.map((key) => `limit ${key} of ${name} raised from ${rate(was[key])} to ${rate(is[key])}`),
    ...longer(`retention of ${name}`, was.retentionDays ?? daysBefore, is.retentionDays ?? daysAfter, 'days'),
    ...otherKeys(name, was, is, ['origins', 'perAddress', 'perSite', 'retentionDays']),
  ];
}
