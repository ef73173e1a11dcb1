import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { directorySchema, type Directory } from '../../shared/directory.ts';
import { directoryFaults } from '../../shared/directory-check.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { rightsFaults, rightsSchema, type Rights } from '../../shared/rights.ts';
import { sharedLimitsSchema, type SharedLimits } from '../../shared/shared-limits.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { compilePolicies, type SourceFile } from './cedar-policies.ts';
import { schemaText, words } from './cedar-schema.ts';
import { readManifests } from './governance-manifests.ts';
import { registerPath } from './vendor-register.ts';
import { readYaml } from './yaml-file.ts';

export type Compiled = { ok: true; governance: Governance } | { ok: false; errors: string[] };

/**
 * Reads `governance/` under `root`, checks it with real Cedar against the tools' contracts and turns it into what control
 * applies. Answers with all errors at once, each naming file, line and remedy.
 */
export async function compileGovernance(root: string): Promise<Compiled> {
  const manifestFiles = filesIn(root, 'governance/manifests', '.yaml');
  const policyFiles = filesIn(root, 'governance/policies', '.cedar');
  const others = filesIn(root, 'governance', '.yaml');
  return Promise.resolve(compileFiles(manifestFiles, policyFiles, others));
}

/** The same for files that are read already. */
export function compileFiles(
  manifestFiles: readonly SourceFile[],
  policyFiles: readonly SourceFile[],
  others: readonly SourceFile[] = [],
): Compiled {
  const errors = [
    ...missing(manifestFiles, 'governance/manifests: no manifest (*.yaml), so nobody may do anything'),
    ...missing(policyFiles, 'governance/policies: no policy (*.cedar), so everything would be denied'),
  ];
  const { shared, rights, people } = readOthers(others, errors);
  const { manifests, errors: manifestErrors } = readManifests(manifestFiles, catalogue, rights, people);
  const names = {
    agents: new Set(Object.keys(manifests)),
    workflows: new Set(Object.values(manifests).map(({ workflow }) => workflow)),
  };
  const checked = compilePolicies(policyFiles, { words, schema: schemaText(), names });
  errors.push(...manifestErrors, ...checked.errors);
  errors.push(...rightsFaults(rights).map((fault) => `${RIGHTS}: ${fault}`));
  if (errors.length > 0) return { ok: false, errors };
  const contracts = Object.fromEntries([...catalogue].map(([action, { hash }]) => [action, hash]));
  return versioned({
    policies: checked.policies,
    contracts,
    manifests,
    ...(shared && { shared }),
    ...(rights && { rights }),
    ...(people && { people }),
  });
}

const RIGHTS = 'governance/rights.yaml';

const SHARED = 'governance/shared.yaml';
const PEOPLE = 'governance/people.yaml';

interface Others {
  shared: SharedLimits | undefined;
  rights: Rights | undefined;
  people: Directory | undefined;
}

/** What is written once for all agents. A file of another name is refused: nobody would read it. */
function readOthers(files: readonly SourceFile[], errors: string[]): Others {
  // The register of vendors is told to people, and no part of what control applies.
  const read = [SHARED, RIGHTS, PEOPLE, registerPath];
  errors.push(
    ...files
      .filter(({ path }) => !read.includes(path))
      .map(
        ({ path }) =>
          `${path}: nothing reads it: use shared.yaml, rights.yaml, people.yaml or a folder of governance/`,
      ),
  );
  const [shared, rights, people] = [SHARED, RIGHTS, PEOPLE].map((path) =>
    files.find((file) => file.path === path),
  );
  return {
    shared: shared && readYaml(shared, sharedLimitsSchema, errors),
    rights: rights && readYaml(rights, rightsSchema, errors),
    people: people && readYaml(people, directorySchema, errors, (found) => [...directoryFaults(found)]),
  };
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
