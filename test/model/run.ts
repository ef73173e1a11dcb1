/** Walks the model's scenarios from a shell: `npm run model`, with `--deep` the larger ones, `--states=N` at most so many. */
import { parseArgs } from 'node:util';
import { explore } from './explore.ts';
import { deep, scenarios } from './scenarios.ts';
import { told } from './told.ts';

const { values } = parseArgs({
  options: {
    deep: { type: 'boolean', default: false },
    states: { type: 'string', default: '5000000' },
    only: { type: 'string' },
  },
});
const chosen = (values.deep ? [...scenarios, ...deep] : scenarios).filter(
  ({ id }) => !values.only || id === values.only,
);
for (const scenario of chosen) {
  const explored = explore(scenario, { states: Number(values.states) });
  console.log(told(scenario.name, explored));
  if (explored.broken) process.exitCode = 1;
}
