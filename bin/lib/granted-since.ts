import type { Mode } from '../../shared/contract.ts';
import { grantOf, reaches, type Manifest } from '../../shared/manifest.ts';
import { askOps, type Access } from './client.ts';

/** What control tells of one version of a manifest; no more of it is read here. Null: the agent was taken away. */
export interface InForce {
  manifest: Manifest | null;
  record: { at: string };
}

/** An agent's versions that were in force, newest first. None when control does not tell: then no age of a grant is known. */
export async function versionsOf(access: Access, agent: string): Promise<InForce[]> {
  const path = `/agents/${encodeURIComponent(agent)}/manifests`;
  const answer = await askOps<{ manifests: InForce[] }>(access, 'GET', path);
  return answer.kind === 'ok' ? answer.value.manifests : [];
}

/** Since when (RFC 3339) a mode of an action is granted without a break; null: it is not in force, or that is not known. Pure. */
export function grantedSince(versions: readonly InForce[], action: string, mode: Mode): string | null {
  const end = versions.findIndex(({ manifest }) => {
    const grant = manifest && grantOf(manifest, action);
    return !grant || !reaches(grant, mode);
  });
  const unbroken = end === -1 ? versions : versions.slice(0, end);
  return unbroken.at(-1)?.record.at ?? null;
}
