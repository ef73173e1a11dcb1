import { z } from 'zod';

/** Why a person sends a lead elsewhere, in codes, so that patterns can be counted. `undone`: a person took the call back. */
export const correctionReasons = [
  'wrong-region',
  'wrong-size',
  'wrong-interest',
  'existing-customer',
  'duplicate',
  'no-lead',
  'other',
] as const;
export type CorrectionReason = (typeof correctionReasons)[number] | 'undone';

export const correctionSchema = z.strictObject({
  queue: z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'lower-case letters, digits and hyphens'),
  reason: z.enum(correctionReasons),
});

/** How one agent or rule routed to one queue of a site on one day, and how often a person sent it elsewhere. */
export interface RoutingCount {
  site: string;
  /** `agent:lead-router` or `rule:small-dach`. */
  by: string;
  queue: string;
  /** UTC, `2026-11-22`: when it was routed. */
  day: string;
  routed: number;
  corrected: number;
  reasons: Partial<Record<CorrectionReason, number>>;
}

/** One line of a report: a dimension's value, and its share. */
export interface ErrorRate {
  name: string;
  routed: number;
  corrected: number;
  /** Percent, to a tenth. */
  percent: number;
}

/** Counts added up by one dimension, worst first. Pure. */
export function errorRates(
  counts: readonly RoutingCount[],
  by: (count: RoutingCount) => string,
): ErrorRate[] {
  const groups = Map.groupBy(counts, by);
  const rates = [...groups].map(([name, group]) => {
    const routed = sum(group.map((count) => count.routed));
    const corrected = sum(group.map((count) => count.corrected));
    return {
      name,
      routed,
      corrected,
      percent: routed === 0 ? 0 : Math.round((corrected / routed) * 1000) / 10,
    };
  });
  return rates.sort((a, b) => b.percent - a.percent || b.routed - a.routed || (a.name < b.name ? -1 : 1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
