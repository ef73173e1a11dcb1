import type { KnownAction } from '../../shared/contract.ts';
import type { Directory } from '../../shared/directory.ts';
import { unknownGroups } from '../../shared/directory-check.ts';
import { manifestSchema, type Manifest } from '../../shared/manifest.ts';
import { checkManifest, uniqueNames } from '../../shared/manifest-check.ts';
import { barredFaults, type Rights } from '../../shared/rights.ts';
import type { SourceFile } from './cedar-policies.ts';
import { readYaml, type Fault } from './yaml-file.ts';

type Catalogue = ReadonlyMap<string, KnownAction>;

/**
 * Reads manifests: strict YAML, the manifest's schema, and only rights that exist in the tools' contracts and that nothing
 * bars, and only groups that exist in the directory. Every error names file, line, place and remedy.
 */
export function readManifests(
  files: readonly SourceFile[],
  catalogue: Catalogue,
  rights?: Rights,
  people?: Directory,
): { manifests: Record<string, Manifest>; errors: string[] } {
  const errors: string[] = [];
  const read = files.flatMap((file) => {
    const check = (manifest: Manifest): Fault[] => [
      ...checkFile(manifest, file.path, catalogue, rights),
      ...unknownGroups(manifest, people),
    ];
    const manifest = readYaml(file, manifestSchema, errors, check);
    return manifest ? [{ file, manifest }] : [];
  });
  errors.push(...shared(read, uniqueNames));
  return { manifests: Object.fromEntries(read.map(({ manifest }) => [manifest.agent, manifest])), errors };
}

/** What a manifest's file must be besides: found under its agent's name. */
function checkFile(
  manifest: Manifest,
  path: string,
  catalogue: Catalogue,
  rights: Rights | undefined,
): Fault[] {
  const faults: Fault[] = [
    ...checkManifest(manifest, catalogue),
    ...barredFaults(manifest, rights, catalogue),
  ];
  if (path.endsWith(`/${manifest.agent}.yaml`)) return faults;
  const detail = `the file of "${manifest.agent}" is named ${manifest.agent}.yaml`;
  return [...faults, { path: ['agent'], detail }];
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
