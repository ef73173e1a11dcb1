import { sensitivities, type JsonSchema, type KnownAction } from './contract.ts';
import type { Grant, Manifest } from './manifest.ts';
import { checkBounds } from './manifest-bounds-check.ts';
import { suggestion } from './nearest.ts';

type Catalogue = ReadonlyMap<string, KnownAction>;

/** A fault of a manifest, where in it, and its remedy. */
export interface ManifestFault {
  path: readonly PropertyKey[];
  detail: string;
}

/**
 * What a manifest's schema cannot see: that the rights it grants exist in the tools' contracts, and that its parts agree.
 * Whoever writes the file and whoever puts it in force ask the same. None: it holds. Pure.
 */
export function checkManifest(manifest: Manifest, catalogue: Catalogue): ManifestFault[] {
  const faults = manifest.grants.flatMap((grant, index) => {
    return checkGrant(grant, manifest, catalogue).map(({ path, detail }) => ({
      path: ['grants', index, ...path],
      detail,
    }));
  });
  return [
    ...faults,
    ...checkTwins(manifest),
    ...checkLimits(manifest),
    ...checkRules(manifest),
    ...checkBounds(manifest, catalogue),
  ];
}

/** What no two manifests may both have: an agent, a site, a site's key. In words. */
export function uniqueNames({ agent, sites }: Manifest): string[] {
  return [
    `agent "${agent}"`,
    ...sites.map(({ id }) => `site "${id}"`),
    ...sites.map((site) => `key "${site.publishableKey}"`),
  ];
}

function checkGrant(grant: Grant, manifest: Manifest, catalogue: Catalogue): ManifestFault[] {
  const action = catalogue.get(grant.action);
  if (!action) {
    return [
      {
        path: ['action'],
        detail: `no tool has "${grant.action}": ${suggestion(grant.action, [...catalogue.keys()])}`,
      },
    ];
  }
  const faults: ManifestFault[] = [];
  if (action.mode === 'read' && grant.mode !== 'read') {
    faults.push({ path: ['mode'], detail: `${grant.action} only reads: grant it \`read\`` });
  }
  if (sensitivities.indexOf(action.sensitivity) > sensitivities.indexOf(manifest.sensitivity)) {
    const detail = `${grant.action} is ${action.sensitivity}, above this agent's ceiling (${manifest.sensitivity})`;
    faults.push({ path: ['action'], detail: `${detail}: raise \`sensitivity\` or take the grant away` });
  }
  faults.push(...unknownFields('fields', grant.fields, propertiesOf(action.inputSchema)));
  faults.push(...unknownFields('returns', grant.returns, namesIn(action.outputSchema)));
  return faults;
}

function unknownFields(
  key: string,
  named: readonly string[] | undefined,
  known: ReadonlySet<string>,
): ManifestFault[] {
  return (named ?? []).flatMap((field, index) => {
    if (known.has(field)) return [];
    return [{ path: [key, index], detail: `no field "${field}": ${suggestion(field, [...known])}` }];
  });
}

function checkTwins({ grants }: Manifest): ManifestFault[] {
  return grants.flatMap(({ action }, index) => {
    if (grants.findIndex((other) => other.action === action) === index) return [];
    return [{ path: ['grants', index, 'action'], detail: `${action} is granted twice: keep one grant` }];
  });
}

function checkLimits({ limits, grants }: Manifest): ManifestFault[] {
  return limits.flatMap(({ action }, index) => {
    if (action === '*' || grants.some((grant) => grant.action === action)) return [];
    return [{ path: ['limits', index, 'action'], detail: `${action} is not granted: take the limit away` }];
  });
}

/** A rule routes without anybody looking, so it reaches no further than the agent may. */
function checkRules({ sites, approved }: Manifest): ManifestFault[] {
  return sites.flatMap(({ rules }, site) =>
    rules.flatMap(({ queue }, rule) => {
      if (approved.queues.includes(queue)) return [];
      const path = ['sites', site, 'rules', rule, 'queue'];
      return [{ path, detail: `"${queue}" is not among approved.queues: add it there or use another` }];
    }),
  );
}

function propertiesOf(schema: JsonSchema): Set<string> {
  return new Set(Object.keys((schema['properties'] as JsonSchema | undefined) ?? {}));
}

/** Names of all properties at any depth. */
function namesIn(schema: unknown): Set<string> {
  if (typeof schema !== 'object' || schema === null) return new Set();
  const own = Array.isArray(schema) ? new Set<string>() : propertiesOf(schema as JsonSchema);
  return new Set([...own, ...Object.values(schema).flatMap((part) => [...namesIn(part)])]);
}
