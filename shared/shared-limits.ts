import { z } from 'zod';
import { budgetSchema, limitSchema } from './manifest.ts';

const slug = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, 'lower-case letters, digits and hyphens');

/**
 * Limits and budgets that several agents share: `governance/shared.yaml`. A workflow's are shared by its agents, a
 * vendor's quota by everybody who calls one of its tools. Each holds in sum, whoever calls.
 */
export const sharedLimitsSchema = z.strictObject({
  /** By name of the workflow. */
  workflows: z
    .record(
      slug,
      z.strictObject({
        limits: z.array(limitSchema).default([]),
        budgets: z.array(budgetSchema).default([]),
      }),
    )
    .default({}),
  /** By name of the tool whose vendor it is: at most `max` calls in any window of `per` seconds. */
  vendors: z
    .record(
      z.string().regex(/^[a-z]+$/),
      z.strictObject({ max: z.int().min(0).max(100_000), per: z.int().min(1).max(86_400) }),
    )
    .default({}),
});

export type SharedLimits = z.infer<typeof sharedLimitsSchema>;
