import { z } from 'zod';
import { budgetSchema, limitSchema, slug } from './manifest.ts';

/**
 * Limits and budgets that several agents share: `governance/shared.yaml`. A workflow's are shared by its agents, a
 * vendor's quota by everybody who calls one of its tools. Each holds in sum, whoever calls.
 */
export const sharedLimitsSchema = z.strictObject({
  workflows: z
    .record(
      slug,
      z.strictObject({
        limits: z.array(limitSchema).default([]).describe('How many calls, all its agents together.'),
        budgets: z
          .array(budgetSchema)
          .default([])
          .describe('How much money, how many people and records, all its agents together.'),
      }),
    )
    .default({})
    .describe('By name of the workflow: what its agents share.'),
  vendors: z
    .record(
      z.string().regex(/^[a-z]+$/),
      z.strictObject({
        max: z.int().min(0).max(100_000).describe('At most so many calls in any window of `per` seconds.'),
        per: z.int().min(1).max(86_400).describe('Length of the window in seconds.'),
      }),
    )
    .default({})
    .describe('By name of the tool: the quota of its vendor, shared by everybody who calls it.'),
});

export type SharedLimits = z.infer<typeof sharedLimitsSchema>;
