import { canonical } from '../../shared/canonical.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { pointer } from '../../shared/faults.ts';
import type { Fault } from '../../shared/problems.ts';

/** Agent -> the highest version number that a manifest of it ever had in force. */
export type Numbers = ReadonlyMap<string, number>;

type Manifests = Readonly<Record<string, Manifest>>;

/**
 * Manifests that changed and kept their number, or took one that was used before: a number names one content for ever, or
 * nobody could say later which version 3 was meant. Pure; none: they are numbered well.
 */
export function numberFaults(after: Manifests, before: Manifests, highest: Numbers): Fault[] {
  return Object.entries(after).flatMap(([agent, is]) => {
    const was = Object.hasOwn(before, agent) ? before[agent] : undefined;
    const last = highest.get(agent) ?? was?.version ?? 0;
    if (was && sameContent(was, is) && is.version === was.version) return [];
    if (is.version > last) return [];
    const detail = `the manifest of ${agent} changed, and its last version was ${last}: give it version ${last + 1} or more`;
    return [{ pointer: pointer(['manifests', agent, 'version']), detail }];
  });
}

/** Whether two manifests say the same, whatever their numbers. Pure. */
export function sameContent(a: Manifest, b: Manifest): boolean {
  return canonical({ ...a, version: 0 }) === canonical({ ...b, version: 0 });
}
