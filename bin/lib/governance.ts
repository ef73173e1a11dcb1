import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { compilePolicies, type SourceFile } from './cedar-policies.ts';
import { schemaText, words } from './cedar-schema.ts';
import { readManifests } from './governance-manifests.ts';

export type Compiled = { ok: true; governance: Governance } | { ok: false; errors: string[] };

/**
 * Reads `governance/` under `root`, checks it with real Cedar against the tools' contracts and turns it into what control
 * applies. Answers with all errors at once, each naming file, line and remedy.
 */
export async function compileGovernance(root: string): Promise<Compiled> {
  const manifestFiles = filesIn(root, 'governance/manifests', '.yaml');
  const policyFiles = filesIn(root, 'governance/policies', '.cedar');
  return Promise.resolve(compileFiles(manifestFiles, policyFiles));
}

/** The same for files that are read already. */
export function compileFiles(
  manifestFiles: readonly SourceFile[],
  policyFiles: readonly SourceFile[],
): Compiled {
  const errors = [
    ...missing(manifestFiles, 'governance/manifests: no manifest (*.yaml), so nobody may do anything'),
    ...missing(policyFiles, 'governance/policies: no policy (*.cedar), so everything would be denied'),
  ];
  const { manifests, errors: manifestErrors } = readManifests(manifestFiles, catalogue);
  const names = {
    agents: new Set(Object.keys(manifests)),
    workflows: new Set(Object.values(manifests).map(({ workflow }) => workflow)),
  };
  const checked = compilePolicies(policyFiles, { words, schema: schemaText(), names });
  errors.push(...manifestErrors, ...checked.errors);
  if (errors.length > 0) return { ok: false, errors };
  const contracts = Object.fromEntries([...catalogue].map(([action, { hash }]) => [action, hash]));
  return versioned({ policies: checked.policies, contracts, manifests });
}

function versioned(rest: Omit<Governance, 'version'>): Compiled {
  try {
    return { ok: true, governance: { version: governanceVersion(rest), ...rest } };
  } catch (error) {
    // Only what is too deep gets here: parsed YAML and Cedar hold nothing else that JSON could not.
    return {
      ok: false,
      errors: [`governance: ${String(error)}: split the longest condition into several policies`],
    };
  }
}

function missing(files: readonly SourceFile[], error: string): string[] {
  return files.length === 0 ? [error] : [];
}

function filesIn(root: string, folder: string, ending: string): SourceFile[] {
  const full = join(root, folder);
  const names = existsSync(full) ? readdirSync(full).filter((name) => name.endsWith(ending)) : [];
  return names
    .sort()
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(full, name), 'utf8') }));
}
