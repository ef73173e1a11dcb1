import { modeRank, modes, type Mode } from '../../shared/contract.ts';
import type { Entry } from '../../shared/journal.ts';
import type { Manifest } from '../../shared/manifest.ts';

/** The highest mode in which each action was used, by agent and action. */
export type Uses = Map<string, Map<string, Mode>>;

/** A grant, and the highest mode of it that was used; null: none. */
export interface GrantUse {
  agent: string;
  /** Index in the manifest's grants. */
  index: number;
  action: string;
  granted: Mode;
  used: Mode | null;
}

/** Entries that say that a call was let through, or held for people: a denied call is no use of a grant. */
export const useKinds = ['call.intent', 'call.waiting', 'call.proposed'] as const;

/** Notes what one entry says of use. Operators' calls are people's, not the agent's. */
export function noteUse(uses: Uses, { data }: Pick<Entry, 'data'>): void {
  const { agent, action, mode } = data;
  const known = modes.find((one) => one === mode);
  if (agent === undefined || action === undefined || !known || data['operator'] !== undefined) return;
  const own = uses.get(agent) ?? new Map<string, Mode>();
  if (modeRank(known) > modeRank(own.get(action))) own.set(action, known);
  uses.set(agent, own);
}

/** Grants that were used less than they allow: not at all, or in no mode as high. Pure. */
export function idleGrants(manifests: Iterable<Manifest>, uses: Uses): GrantUse[] {
  return [...manifests].flatMap(({ agent, grants }) =>
    grants.flatMap(({ action, mode }, index) => {
      const used = uses.get(agent)?.get(action) ?? null;
      if (used !== null && modeRank(used) >= modeRank(mode)) return [];
      return [{ agent, index, action, granted: mode, used }];
    }),
  );
}
