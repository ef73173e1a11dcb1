import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Governance } from '../../shared/governance.ts';
import type { SourceFile } from './cedar-policies.ts';
import { askOps, type Access } from './client.ts';
import { misuse, unanswered } from './command.ts';
import { root } from './local.ts';
import { printable, type Report } from './output.ts';

/** A policy set and where it came from, or what to tell instead. */
export type FoundSet = { ok: true; set: Governance; from: string } | { ok: false; report: Report };

const versionOf = /^ps_[0-9a-f]{32}$/;

/** The set that a person names: a version, or a folder that holds `governance/` or is one. */
export async function findSet(access: Access, named: string): Promise<FoundSet> {
  return versionOf.test(named) ? setOfVersion(access, named) : compiledFolder(named);
}

/** The set in force. */
export async function setInForce(access: Access): Promise<FoundSet> {
  const answer = await askOps<{ governanceVersion: string | null }>(access, 'GET', '/stops');
  if (answer.kind !== 'ok') return { ok: false, report: unanswered(answer, access.gate) };
  const version = answer.value.governanceVersion;
  if (version !== null) return setOfVersion(access, version);
  return refused('No policy set is in force yet: toolgate policy apply puts one there.');
}

/** A set that control keeps. From this checkout when control does not tell, and it has the very same content. */
export async function setOfVersion(access: Access, version: string): Promise<FoundSet> {
  const answer = await askOps<{ set: Governance }>(access, 'GET', `/governance/${version}`);
  if (answer.kind === 'ok')
    return { ok: true, set: answer.value.set, from: `${version}, as control keeps it` };
  const local = await compiledFolder(root);
  if (local.ok && local.set.version === version)
    return { ...local, from: `${version}, as this checkout has it` };
  return { ok: false, report: unanswered(answer, access.gate) };
}

/** Compiles a folder as `policy check` does. */
export async function compiledFolder(folder: string): Promise<FoundSet> {
  const at = existsSync(join(folder, 'governance')) ? join(folder, 'governance') : folder;
  if (!existsSync(join(at, 'policies'))) {
    const detail = `${folder} holds neither governance/ nor policies/, and is no version (ps_ and 32 hex digits).`;
    return { ok: false, report: misuse(detail) };
  }
  // Loaded here, because Cedar's WebAssembly would slow down every other command, a stop among them.
  const { compileFiles } = await import('./governance.ts');
  const compiled = compileFiles(
    filesIn(at, 'manifests', '.yaml'),
    filesIn(at, 'policies', '.cedar'),
    filesIn(at, '', '.yaml'),
  );
  if (compiled.ok) return { ok: true, set: compiled.governance, from: shown(at) };
  const lines = compiled.errors.map((error) => `  ${printable(error)}`);
  return refused(`${shown(at)} does not hold:\n${lines.join('\n')}`, compiled.errors);
}

/** Named as they are named where they will be: whatever the folder is called, its content is somebody's `governance/`. */
function filesIn(at: string, folder: string, ending: string): SourceFile[] {
  const full = join(at, folder);
  const names = existsSync(full) ? readdirSync(full).filter((name) => name.endsWith(ending)) : [];
  return names.sort().map((name) => ({
    path: ['governance', folder, name].filter((part) => part !== '').join('/'),
    text: readFileSync(join(full, name), 'utf8'),
  }));
}

/** A set's version, and where it came from if that is not said by it. */
export function nameOf({ set, from }: FoundSet & { ok: true }): string {
  return from.startsWith(set.version) ? from : `${set.version} (${from})`;
}

function shown(at: string): string {
  const path = resolve(at);
  return path.startsWith(resolve(root)) ? path.slice(resolve(root).length + 1) || basename(path) : path;
}

function refused(text: string, errors?: readonly string[]): FoundSet {
  return {
    ok: false,
    report: { text, json: { error: 'invalid', detail: text, ...(errors && { errors }) }, exit: 1 },
  };
}
