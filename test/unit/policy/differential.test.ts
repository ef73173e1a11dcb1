import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorize, compilePolicy } from '../../../shared/cedar/evaluate.ts';
import { cases } from './generate.ts';
import { askCedar, type Case, type Finding } from './real-cedar.ts';

/** `POLICY_PAIRS=100000 POLICY_SEED=7 vitest run test/unit/policy/differential.test.ts` looks longer and elsewhere. */
const pairs = Number(process.env['POLICY_PAIRS'] ?? 2000);
const seed = Number(process.env['POLICY_SEED'] ?? 20_261_122);

function askOurs({ policies, request }: Case): Finding {
  const compiled = Object.entries(policies).map(([id, json]) => compilePolicy(id, json));
  const { decision, determining, failed } = authorize(compiled, request);
  return { decision, determining: determining.sort(), failed: failed.sort() };
}

test(
  'the evaluator says what real Cedar says, over generated policies and requests',
  { timeout: 600_000 },
  () => {
    const seen = { allow: 0, deny: 0, failed: 0 };
    fc.assert(
      fc.property(cases, (one) => {
        const theirs = askCedar(one);
        expect(askOurs(one)).toEqual(theirs);
        seen[theirs.failed.length > 0 ? 'failed' : theirs.decision] += 1;
      }),
      { numRuns: pairs, seed },
    );
    // A generator that only ever denied or failed would prove little.
    expect(Math.min(seen.allow, seen.deny, seen.failed) / pairs).toBeGreaterThan(0.1);
  },
);
