import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { directorySchema, type Directory } from '../../shared/directory.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { rightsSchema, type Rights } from '../../shared/rights.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import type { SourceFile } from './cedar-policies.ts';
import { readManifests } from './governance-manifests.ts';
import { readYaml } from './yaml-file.ts';

export interface LocalManifests {
  manifests: Record<string, Manifest>;
  /** The file of each agent. */
  files: Map<string, SourceFile>;
  /** Each with file, line, place and remedy; with any, the manifests are not to be used. */
  errors: string[];
}

/** The manifests of `governance/` under `root`, checked against the tools' contracts and acceptable use. Needs no Cedar. */
export function localManifests(root: string): LocalManifests {
  const folder = 'governance/manifests';
  const full = join(root, folder);
  const names = existsSync(full) ? readdirSync(full).filter((name) => name.endsWith('.yaml')) : [];
  const files = names
    .sort()
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(full, name), 'utf8') }));
  const byAgent = new Map(files.map((file) => [agentOf(file), file]));
  const errors: string[] = [];
  const rights = rightsOf(root, errors);
  const read = readManifests(files, catalogue, rights, peopleOf(root, errors));
  return { manifests: read.manifests, errors: [...errors, ...read.errors], files: byAgent };
}

/** What bars grants; undefined: no such file. */
function rightsOf(root: string, errors: string[]): Rights | undefined {
  const path = 'governance/rights.yaml';
  const full = join(root, path);
  if (!existsSync(full)) return undefined;
  return readYaml({ path, text: readFileSync(full, 'utf8') }, rightsSchema, errors);
}

/** Which groups there are to ask; undefined: no such file. */
function peopleOf(root: string, errors: string[]): Directory | undefined {
  const path = 'governance/people.yaml';
  const full = join(root, path);
  if (!existsSync(full)) return undefined;
  return readYaml({ path, text: readFileSync(full, 'utf8') }, directorySchema, errors);
}

/** The check refuses a file that is named unlike its agent. */
function agentOf({ path }: SourceFile): string {
  return path.replace(/^.*\/|\.yaml$/g, '');
}
