import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../shared/manifest.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import type { SourceFile } from './cedar-policies.ts';
import { readManifests } from './governance-manifests.ts';

export interface LocalManifests {
  manifests: Record<string, Manifest>;
  /** The file of each agent. */
  files: Map<string, SourceFile>;
  /** Each with file, line, place and remedy; with any, the manifests are not to be used. */
  errors: string[];
}

/** The manifests of `governance/` under `root`, checked against the tools' contracts. Needs no Cedar. */
export function localManifests(root: string): LocalManifests {
  const folder = 'governance/manifests';
  const full = join(root, folder);
  const names = existsSync(full) ? readdirSync(full).filter((name) => name.endsWith('.yaml')) : [];
  const files = names
    .sort()
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(full, name), 'utf8') }));
  const byAgent = new Map(files.map((file) => [agentOf(file), file]));
  return { ...readManifests(files, catalogue), files: byAgent };
}

/** The check refuses a file that is named unlike its agent. */
function agentOf({ path }: SourceFile): string {
  return path.replace(/^.*\/|\.yaml$/g, '');
}
