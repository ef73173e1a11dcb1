import { manifestSchema, type Grant, type Manifest } from '../../shared/manifest.ts';
import { sensitivities, type JsonSchema, type KnownAction } from '../../shared/contract.ts';
import type { SourceFile } from './cedar-policies.ts';
import { readYaml, type Fault } from './yaml-file.ts';

type Catalogue = ReadonlyMap<string, KnownAction>;

/**
 * Reads manifests: strict YAML, the manifest's schema, and only rights that exist in the tools' contracts. Every error names
 * file, line, place and remedy.
 */
export function readManifests(
  files: readonly SourceFile[],
  catalogue: Catalogue,
): { manifests: Record<string, Manifest>; errors: string[] } {
  const errors: string[] = [];
  const read = files.flatMap((file) => {
    const manifest = readManifest(file, catalogue, errors);
    return manifest ? [{ file, manifest }] : [];
  });
  errors.push(...shared(read, ({ agent }) => [`agent "${agent}"`]));
  errors.push(...shared(read, ({ sites }) => sites.map(({ id }) => `site "${id}"`)));
  errors.push(...shared(read, ({ sites }) => sites.map((site) => `key "${site.publishableKey}"`)));
  return { manifests: Object.fromEntries(read.map(({ manifest }) => [manifest.agent, manifest])), errors };
}

function readManifest(file: SourceFile, catalogue: Catalogue, errors: string[]): Manifest | undefined {
  return readYaml(file, manifestSchema, errors, (manifest) => checkManifest(manifest, file.path, catalogue));
}

/** What the schema cannot see: that rights exist, and that the parts of one manifest agree. */
function checkManifest(manifest: Manifest, path: string, catalogue: Catalogue): Fault[] {
  const faults = manifest.grants.flatMap((grant, index) => {
    return checkGrant(grant, manifest, catalogue).map(({ path, detail }) => ({
      path: ['grants', index, ...path],
      detail,
    }));
  });
  if (!path.endsWith(`/${manifest.agent}.yaml`)) {
    faults.push({
      path: ['agent'],
      detail: `the file of "${manifest.agent}" is named ${manifest.agent}.yaml`,
    });
  }
  return [...faults, ...checkTwins(manifest), ...checkLimits(manifest), ...checkRules(manifest)];
}

function checkGrant(grant: Grant, manifest: Manifest, catalogue: Catalogue): Fault[] {
  const action = catalogue.get(grant.action);
  if (!action) {
    return [
      {
        path: ['action'],
        detail: `no tool has "${grant.action}": use one of ${[...catalogue.keys()].join(', ')}`,
      },
    ];
  }
  const faults: Fault[] = [];
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
): Fault[] {
  return (named ?? []).flatMap((field, index) => {
    if (known.has(field)) return [];
    return [{ path: [key, index], detail: `no field "${field}": use one of ${[...known].join(', ')}` }];
  });
}

function checkTwins({ grants }: Manifest): Fault[] {
  return grants.flatMap(({ action }, index) => {
    if (grants.findIndex((other) => other.action === action) === index) return [];
    return [{ path: ['grants', index, 'action'], detail: `${action} is granted twice: keep one grant` }];
  });
}

function checkLimits({ limits, grants }: Manifest): Fault[] {
  return limits.flatMap(({ action }, index) => {
    if (action === '*' || grants.some((grant) => grant.action === action)) return [];
    return [{ path: ['limits', index, 'action'], detail: `${action} is not granted: take the limit away` }];
  });
}

/** A rule routes without anybody looking, so it reaches no further than the agent may. */
function checkRules({ sites, approved }: Manifest): Fault[] {
  return sites.flatMap(({ rules }, site) =>
    rules.flatMap(({ queue }, rule) => {
      if (approved.queues.includes(queue)) return [];
      const path = ['sites', site, 'rules', rule, 'queue'];
      return [{ path, detail: `"${queue}" is not among approved.queues: add it there or use another` }];
    }),
  );
}

interface Read {
  file: SourceFile;
  manifest: Manifest;
}

/** What must be unique over all manifests and is not. */
function shared(read: readonly Read[], namesOf: (manifest: Manifest) => string[]): string[] {
  const first = new Map<string, string>();
  const errors: string[] = [];
  for (const { file, manifest } of read) {
    for (const name of namesOf(manifest)) {
      const other = first.get(name);
      if (other) errors.push(`${file.path}: ${name} is in ${other} too: choose another`);
      else first.set(name, file.path);
    }
  }
  return errors;
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
