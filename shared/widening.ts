import { canonical } from './canonical.ts';
import { modeRank } from './contract.ts';
import type { Governance, Policy } from './governance.ts';
import { grantOf, type Grant, type Manifest, type Site } from './manifest.ts';

/**
 * What a policy set lets happen that the one in force does not, one line each, in words for whoever answers for it; none
 * when it is surely no wider. Only what cannot allow more is left out: a forbid added; a permit, agent, grant, mode, field,
 * site or list entry taken away; a limit, deadline or retention made smaller. Everything else that changed counts, what
 * this code does not know included. `before` null: no set is in force. Pure.
 */
export function widenings(before: Governance | null, after: Governance): string[] {
  const was = before ?? { version: '', policies: [], contracts: {}, manifests: {} };
  return [
    ...policyWidenings(was.policies, after.policies),
    ...contractWidenings(was.contracts, after.contracts),
    ...manifestWidenings(was, after),
    ...otherKeys('the policy set', was, after, ['version', 'policies', 'contracts', 'manifests']),
  ];
}

// ── policies ───────────────────────────────────────────────────────────────────────────────────────────────────────

function policyWidenings(before: readonly Policy[], after: readonly Policy[]): string[] {
  const [was, is] = [byId(before), byId(after)];
  if (!was || !is)
    return ['two policies have the same id, so the sets cannot be compared: treated as widening'];
  const ids = new Set([...was.keys(), ...is.keys()]);
  return [...ids].flatMap((id) => policyWidening(id, was.get(id), is.get(id)) ?? []);
}

function policyWidening(id: string, was: Policy | undefined, is: Policy | undefined): string | undefined {
  if (!was)
    return is?.json.effect === 'permit' ? `policy ${id} added, which permits: ${is.reason}` : undefined;
  const forbade = was.json.effect === 'forbid';
  if (!is) return forbade ? `policy ${id} removed, which forbade: ${was.reason}` : undefined;
  if (ruleOf(was) === ruleOf(is)) return undefined;
  // A permit that became a forbid is a permit taken away and a forbid added.
  return forbade || is.json.effect === 'permit' ? `policy ${id} changed: treated as widening` : undefined;
}

/** The policy without what is only told about it: its reason may be put better by one person. */
function ruleOf({ json }: Policy): string {
  return canonical({ ...json, annotations: undefined });
}

function byId(policies: readonly Policy[]): Map<string, Policy> | undefined {
  const found = new Map(policies.map((policy) => [policy.id, policy]));
  return found.size === policies.length ? found : undefined;
}

function contractWidenings(before: Governance['contracts'], after: Governance['contracts']): string[] {
  return Object.entries(after).flatMap(([action, hash]) => {
    if (!Object.hasOwn(before, action)) return [`contract of ${action} added: the action can be called`];
    return before[action] === hash ? [] : [`contract of ${action} changed: treated as widening`];
  });
}

// ── manifests ──────────────────────────────────────────────────────────────────────────────────────────────────────

function manifestWidenings(before: Governance, after: Governance): string[] {
  return Object.entries(after.manifests).flatMap(([agent, is]) => {
    const was = Object.hasOwn(before.manifests, agent) ? before.manifests[agent] : undefined;
    if (!was) return added(agent, is);
    const known = Object.values(rules).flatMap((rule) => rule(was, is, after.policies));
    return [...known, ...otherKeys('', was, is, Object.keys(rules))].map((line) => `${agent} ${line}`.trim());
  });
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
    ...otherKeys('approved', was.approved, is.approved, [
      'channels',
      'queues',
      'accounts',
      'campaigns',
      'regions',
    ]),
  ],
  grants: (was, is) => is.grants.flatMap((grant) => grantWidenings(grantOf(was, grant.action), grant, is)),
  sources: same('sources'),
  destinations: same('destinations'),
  limits: limitWidenings,
  budgets: same('budgets'),
  radius: same('radius'),
  undo: same('undo'),
  leash: same('leash'),
  errorBudget: same('errorBudget'),
  approvals: (was, is) => [
    ...longer('deadline of approvals', was.approvals.deadlineSeconds, is.approvals.deadlineSeconds, 's'),
    ...otherKeys('approvals', was.approvals, is.approvals, ['deadlineSeconds']),
  ],
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

type Limit = Manifest['limits'][number];

/** Each limit of before must be kept by one of after, unless its action is no longer granted. */
function limitWidenings(was: Manifest, is: Manifest): string[] {
  const counts = ({ action }: Limit): boolean => action === '*' || grantOf(is, action) !== undefined;
  const gone = was.limits.filter((limit) => counts(limit) && !is.limits.some((now) => keeps(now, limit)));
  return gone.map((limit) => {
    const now = is.limits.find(({ action }) => action === limit.action);
    const name = limit.action === '*' ? 'limit of all calls together' : `limit of ${limit.action}`;
    return now ? `${name} raised from ${rate(limit)} to ${rate(now)}` : `${name} (${rate(limit)}) removed`;
  });
}

/** At most as many in a window at least as long: then no shorter window holds more either. */
function keeps(now: Limit, limit: Limit): boolean {
  return (now.action === limit.action || now.action === '*') && isNoWeaker(now, limit);
}

function isNoWeaker(now: Rate, before: Rate): boolean {
  return now.max <= before.max && now.per >= before.per;
}

type Rate = { max: number; per: number };

function rate({ max, per }: Rate): string {
  return `${max} per ${per} s`;
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

// ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function longer(name: string, was: number, is: number, unit: string): string[] {
  return is > was ? [`${name} raised from ${was} to ${is} ${unit}`] : [];
}

function changed(name: string, was: unknown, is: unknown): string[] {
  return canonical(was ?? null) === canonical(is ?? null) ? [] : [`${name} changed: treated as widening`];
}

/** Every key that is not judged above, in either of the two: whoever adds one and no rule for it needs a second person. */
function otherKeys(of: string, was: object, is: object, known: readonly string[]): string[] {
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys]
    .filter((key) => !known.includes(key))
    .flatMap((key) => changed(`${of} ${key}`.trim(), at(was, key), at(is, key)));
}

function at(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/** A list that admits: more entries are wider, and fewer are narrower only as far as all policies read it so. */
function list(
  attribute: string,
  entry: string,
  was: readonly string[],
  is: readonly string[],
  policies: readonly Policy[],
): string[] {
  const gained = is.filter((name) => !was.includes(name)).map((name) => `gains the ${entry} ${name}`);
  const lost = was.filter((name) => !is.includes(name));
  if (lost.length === 0 || policies.every((policy) => onlyAdmits(policy, attribute))) return gained;
  const read = `which a policy reads another way: treated as widening`;
  return [...gained, ...lost.map((name) => `loses the ${entry} ${name}, ${read}`)];
}

/**
 * Whether a policy allows no more when a list loses entries: it says nothing of the list, or forbids unless the list
 * contains something. A permit that names it counts as another way: with the entry, it may have failed, which denies.
 */
function onlyAdmits({ json }: Policy, attribute: string): boolean {
  return json.conditions.every(
    ({ kind, body }) =>
      !mentions(body, attribute) || (json.effect === 'forbid' && kind === 'unless' && grows(body, attribute)),
  );
}

/** Whether an expression of Cedar's JSON form can only become true, never false, by the list's growing. */
function grows(body: unknown, attribute: string): boolean {
  if (!mentions(body, attribute)) return true;
  if (typeof body !== 'object' || body === null || Object.keys(body).length !== 1) return false;
  const [[operator, value] = ['', null]] = Object.entries(body) as [string, unknown][];
  if (typeof value !== 'object' || value === null) return false;
  const { left, right } = value as { left?: unknown; right?: unknown };
  if (operator === '&&' || operator === '||') return grows(left, attribute) && grows(right, attribute);
  return operator === 'contains' && isPath(left) && !mentions(right, attribute);
}

function isPath(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if ('Var' in body) return true;
  return '.' in body && isPath((body['.'] as { left?: unknown } | null)?.left);
}

/** Looks for the name anywhere, so that no way of reaching an attribute is missed. */
function mentions(body: unknown, attribute: string): boolean {
  return JSON.stringify(body).includes(JSON.stringify(attribute));
}
