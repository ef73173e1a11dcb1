import type { Group, Mode, Sensitivity } from './contract.ts';
import type { Usage } from './usage.ts';

/** What of a call says how much it could have done. */
export interface RiskyCall {
  mode: Mode;
  groups: readonly Group[];
  sensitivity: Sensitivity;
  irreversible: boolean;
  usage: Pick<Usage, 'spend' | 'recipients' | 'records'>;
  /** Whether an argument derives from untrusted text; null: not known. */
  untrusted: boolean | null;
  /** The agent's own, in percent; null: it said none. */
  confidence: number | null;
}

/** The most that each part adds; together 100. */
const most = { group: 25, sensitivity: 20, irreversible: 15, reach: 20, untrusted: 12, doubt: 8 } as const;

/** Share of `most.group`, in percent, of what an action touches. Whatever is added has to be given a place here. */
const groupPercent: Record<Group, number> = {
  notify: 10,
  route: 15,
  segment: 40,
  suppress: 50,
  publish: 70,
  send: 80,
  budget: 80,
  'personal-data-sync': 80,
  export: 90,
  refund: 90,
  delete: 100,
  permission: 100,
};

const sensitivityPercent: Record<Sensitivity, number> = {
  public: 0,
  internal: 20,
  confidential: 50,
  regulated: 85,
  restricted: 100,
};

/**
 * How much a call could have done, from 0 to 100, for the order in which people look at calls afterwards. What changes nothing
 * is 0. What is not known counts as half: neither clean nor proven bad. Confidence is the agent's own word, so it weighs
 * least, and none at all counts as no confidence. Pure.
 */
export function risk(call: RiskyCall): number {
  if (call.mode !== 'execute') return 0;
  const parts = [
    part(most.group, Math.max(0, ...call.groups.map((group) => groupPercent[group]))),
    part(most.sensitivity, sensitivityPercent[call.sensitivity]),
    part(most.irreversible, call.irreversible ? 100 : 0),
    part(most.reach, reach(call.usage)),
    part(most.untrusted, call.untrusted === null ? 50 : call.untrusted ? 100 : 0),
    part(most.doubt, 100 - Math.min(100, Math.max(0, call.confidence ?? 0))),
  ];
  return Math.round(parts.reduce((sum, one) => sum + one, 0));
}

function part(weight: number, percent: number): number {
  return (weight * percent) / 100;
}

/** By powers of ten, the largest of the three: 10,000 people, records, or 10,000.00 of money are all there is. */
function reach({ spend, recipients, records }: RiskyCall['usage']): number {
  const decades = (amount: number, full: number): number =>
    Math.min(100, (100 * Math.log10(1 + Math.max(0, amount))) / Math.log10(1 + full));
  return Math.max(decades(recipients, 10_000), decades(records, 10_000), decades(spend, 1_000_000));
}

/** How many scores of late a new one is compared with. */
export const RANKED = 200;

/**
 * Whether an approved call is among the riskiest `share` percent of those of late: whether less than that share of the last scores,
 * this one included, is above it. So no fixed threshold has to be guessed for each agent, and the share holds whatever its
 * calls are like. `scores` end in a fraction from a keyed hash of the call, which decides between equals and cannot be
 * guessed. The very first is looked at, unless nothing is. Pure.
 */
export function isAudited(score: number, earlier: readonly number[], share: number): boolean {
  const above = earlier.filter((other) => other > score).length;
  return above * 100 < share * (earlier.length + 1);
}
