/** `npm run differential`: the evaluator against real Cedar, for as long and from whatever seed one likes. */
import { parseArgs } from 'node:util';
import { compare, type Tally } from '../unit/policy/difference.ts';

const usage = `npm run differential -- [options]

Generates policy sets and requests, asks our evaluator and real Cedar, and compares decision, deciding and failing policies.
A difference is shrunk to the smallest one, printed, and ends the run with 1.

  --pairs <n>   how many pairs of a set and a request (100000)
  --seed <n>    where the generator begins (the time)

  npm run differential
  npm run differential -- --pairs 1000000 --seed 7
`;

/** Pairs between two progress lines; each has a seed of its own, so that it can be asked again by itself. */
const ROUND = 10_000;

function main(): number {
  const { values } = parseArgs({
    options: { pairs: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const pairs = Number(values.pairs ?? 100_000);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (!(Number.isSafeInteger(pairs) && pairs > 0 && Number.isSafeInteger(seed))) {
    console.error(`--pairs and --seed are whole numbers.\n\n${usage}`);
    return 2;
  }
  return run(pairs, seed);
}

function run(pairs: number, seed: number): number {
  const total: Tally = { allow: 0, deny: 0, failed: 0 };
  for (let done = 0, round = seed; done < pairs; done += ROUND, round += 1) {
    const { tally, difference } = compare(Math.min(ROUND, pairs - done), round);
    if (difference !== null) {
      console.error(`They differ (--seed ${round}):\n${difference}`);
      return 1;
    }
    for (const ending of ['allow', 'deny', 'failed'] as const) total[ending] += tally[ending];
    console.error(`${Math.min(pairs, done + ROUND)} of ${pairs} pairs agree`);
  }
  const { allow, deny, failed } = total;
  console.log(
    `${pairs} pairs from seed ${seed}, no difference: ${allow} allowed, ${deny} denied, ${failed} with a policy that failed.`,
  );
  return 0;
}

process.exitCode = main();
