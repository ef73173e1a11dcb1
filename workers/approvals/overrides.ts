import type { OverridePattern, ReasonCode } from '../../shared/rpc.ts';

interface Subject {
  agent: string;
  action: string;
  policy: string;
}

export interface DecidedCount extends Subject {
  decided: number;
}

export interface OverrideCount extends Subject {
  reason: ReasonCode;
  rejected: number;
  edited: number;
}

export interface PlaceCount extends Subject {
  reason: ReasonCode;
  pointer: string;
  times: number;
}

/** Fewer than this say nothing about a policy or a prompt. */
const ENOUGH = 3;
/** From this share of what people decided on, it is a pattern and not a mistake. */
const OFTEN = 0.3;
const PLACES = 5;

/** What an agent may reach is set by its policy and manifest; what it writes, by its prompt. */
const ofReach: readonly ReasonCode[] = [
  'wrong-target',
  'not-needed',
  'out-of-scope',
  'wrong-audience',
  'compliance',
  'policy',
  'suspicious',
];

/** How often people changed or refused what agents of a workflow asked for, the most frequent first. Pure. */
export function patternsOf(
  workflow: string,
  counts: { decided: DecidedCount[]; overrides: OverrideCount[]; places: PlaceCount[] },
): OverridePattern[] {
  return counts.overrides
    .map((count) => {
      const decided = counts.decided.find((one) => same(one, count))?.decided ?? 0;
      const places = counts.places
        .filter((one) => same(one, count) && one.reason === count.reason)
        .slice(0, PLACES)
        .map(({ pointer, times }) => ({ pointer, times }));
      const { agent, action, policy, reason, rejected, edited } = count;
      const pattern = { workflow, agent, action, policy, reason, rejected, edited, decided, places };
      return { ...pattern, hint: hintOf(pattern) };
    })
    .sort(mostFrequent);
}

/** The most frequent first. Pure. */
export function mostFrequent(a: OverridePattern, b: OverridePattern): number {
  return b.rejected + b.edited - a.rejected - a.edited || (a.action < b.action ? -1 : 1);
}

/** What a pattern points at: the policy or the manifest where it reaches too far, the prompt where it writes the wrong thing. */
function hintOf(pattern: Omit<OverridePattern, 'hint'>): string {
  const { agent, action, policy, reason, rejected, edited, decided, places } = pattern;
  const often = (times: number): boolean => times >= ENOUGH && times >= decided * OFTEN;
  if (!often(rejected + edited)) return 'Too few to point at anything yet.';
  const [place] = places;
  if (often(edited) && place && place.times * 2 >= edited)
    return `Edited ${place.times} times at ${place.pointer}: have the prompt of ${agent} say what belongs there.`;
  if (rejected >= edited && ofReach.includes(reason))
    return `Refused ${rejected} of ${decided} times: let policy ${policy} deny it, or grant ${agent} less of ${action} in its manifest.`;
  return `Changed or refused ${rejected + edited} of ${decided} times as ${reason}: the prompt of ${agent} should say it for ${action}.`;
}

function same(a: Subject, b: Subject): boolean {
  return a.agent === b.agent && a.action === b.action && a.policy === b.policy;
}
