import type { KnownAction } from './contract.ts';
import type { Grant, Manifest } from './manifest.ts';
import type { ManifestFault } from './manifest-check.ts';
import type { Measures } from './measures.ts';
import { suggestion } from './nearest.ts';

type Catalogue = ReadonlyMap<string, KnownAction>;
type Budget = Manifest['budgets'][number];

/**
 * Whether what bounds a manifest really does: no grant goes past `sources` and `destinations`, each budget and radius counts
 * something that a granted action measures, nothing is said twice. None: it holds. Pure.
 */
export function checkBounds(manifest: Manifest, catalogue: Catalogue): ManifestFault[] {
  return [
    ...checkPlaces(manifest, catalogue),
    ...checkBudgets(manifest, catalogue),
    ...checkCurrencies(manifest),
    ...checkRadius(manifest, catalogue),
    ...twins('limits', manifest.limits, ({ action, per }) => `limit of ${action} per ${per} s`),
    ...twins('budgets', manifest.budgets, budgetName),
    ...twins('radius', manifest.radius, ({ of, per }) => `radius of ${of} per ${per}`),
    ...checkLists(manifest),
  ];
}

// ── where ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function checkPlaces(manifest: Manifest, catalogue: Catalogue): ManifestFault[] {
  const tools = [...new Set([...catalogue.values()].map(({ tool }) => tool))].sort();
  const beyond = manifest.grants.flatMap((grant, index) => {
    const key = grant.mode === 'read' ? 'sources' : 'destinations';
    const listed = manifest[key];
    const tool = toolOf(grant);
    if (!listed || listed.includes(tool)) return [];
    const detail = `${grant.mode} goes past \`${key}\`, which has no ${tool}: add it there or take the grant away`;
    return [{ path: ['grants', index, 'action'], detail }];
  });
  const unknown = (['sources', 'destinations'] as const).flatMap((key) =>
    (manifest[key] ?? []).flatMap((tool, index) => {
      if (tools.includes(tool)) return [];
      return [{ path: [key, index], detail: `there is no tool "${tool}": ${suggestion(tool, tools)}` }];
    }),
  );
  return [...unknown, ...beyond];
}

function toolOf({ action }: Grant): string {
  return action.split('.')[0] ?? '';
}

// ── how much ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A budget of what no granted action measures would never be used up, and look as if it bounded something. */
function checkBudgets({ budgets, grants }: Manifest, catalogue: Catalogue): ManifestFault[] {
  return budgets.flatMap(({ measure, each, action }, index) => {
    const path = ['budgets', index];
    const counted = action === undefined ? grants : grants.filter((grant) => grant.action === action);
    if (action !== undefined && counted.length === 0)
      return [{ path: [...path, 'action'], detail: `${action} is not granted: take the budget away` }];
    const whose = action ?? 'any granted action';
    const missing = [measure, ...(each ? [each] : [])].filter((name) => !measures(counted, catalogue, name));
    return missing.map((name) => ({
      path: [...path, name === measure ? 'measure' : 'each'],
      detail: `the contract of ${whose} measures no ${name}: ${remedy(name, grants, catalogue)}`,
    }));
  });
}

/** A budget refuses what is spent in another currency, so two of them on the same calls refuse everything. */
function checkCurrencies({ budgets }: Manifest): ManifestFault[] {
  return budgets.flatMap((budget, index) => {
    const other = budgets.slice(0, index).find((one) => clash(one, budget));
    if (!other) return [];
    const detail = `with a budget in ${other.currency} on the same calls each refuses what the other admits: keep one currency`;
    return [{ path: ['budgets', index, 'currency'], detail }];
  });
}

function clash(a: Budget, b: Budget): boolean {
  const overlap = a.action === undefined || b.action === undefined || a.action === b.action;
  return overlap && a.measure === 'spend' && b.measure === 'spend' && a.currency !== b.currency;
}

function checkRadius({ radius, grants }: Manifest, catalogue: Catalogue): ManifestFault[] {
  return radius.flatMap(({ of }, index) => {
    const name = singular[of];
    if (measures(grants, catalogue, name)) return [];
    const detail = `the contract of no granted action measures ${of}: ${remedy(name, grants, catalogue)}`;
    return [{ path: ['radius', index, 'of'], detail }];
  });
}

const singular = { accounts: 'account', campaigns: 'campaign', regions: 'region' } as const;

function measures(grants: readonly Grant[], catalogue: Catalogue, name: keyof Measures): boolean {
  return grants.some(
    ({ action, mode }) => mode !== 'read' && catalogue.get(action)?.measures?.[name] !== undefined,
  );
}

/** What of the granted actions could be counted instead, or that nothing could. */
function remedy(name: keyof Measures, grants: readonly Grant[], catalogue: Catalogue): string {
  const able = grants.filter((grant) => measures([grant], catalogue, name)).map(({ action }) => action);
  return able.length > 0 ? `of those granted, ${able.join(', ')} does` : 'take it away';
}

// ── said twice ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Of two bounds on the same thing only one can be meant. */
function twins<T>(key: string, items: readonly T[], nameOf: (item: T) => string): ManifestFault[] {
  const names = items.map(nameOf);
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    return [{ path: [key, index], detail: `there is a ${name} already: keep the one that is meant` }];
  });
}

function budgetName({ measure, currency, per, each, action = '*' }: Budget): string {
  const unit = currency === undefined ? '' : ` in ${currency}`;
  return `budget of ${measure}${unit} per ${per} of ${action} for ${each ? `each ${each}` : 'all together'}`;
}

function checkLists(manifest: Manifest): ManifestFault[] {
  const { sources = [], destinations = [], approved } = manifest;
  const lists = [
    [['sources'], sources] as const,
    [['destinations'], destinations] as const,
    ...Object.entries(approved).map(([name, list]) => [['approved', name], list] as const),
  ];
  return lists.flatMap(([path, list]) =>
    list.flatMap((name, index) => {
      if (name.trim() === '')
        return [{ path: [...path, index], detail: 'names nothing: take the entry away' }];
      if (list.indexOf(name) === index) return [];
      return [{ path: [...path, index], detail: `"${name}" is listed twice: keep one` }];
    }),
  );
}
