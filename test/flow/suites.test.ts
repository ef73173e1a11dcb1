import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { ReplayGate } from '../../bin/lib/replay/gate.ts';
import { replaySuite, type SuiteResult } from '../../bin/lib/replay/run.ts';
import { readSuites } from '../../bin/lib/replay/suite.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import type { Hours } from '../../shared/manifest.ts';
import { bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';

const read = readSuites(root);
if (!read.ok) throw new Error(read.errors.join('\n'));
const { suites } = read;

let gate: GateUnderTest;
let base: Governance;
beforeAll(async () => {
  gate = await bootGate({ govern: false, agents: ['audience-keeper'] });
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  base = compiled.governance;
});
afterAll(async () => gate?.close());

const always: Hours = {
  zone: 'UTC',
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '00:00',
  to: '24:00',
};
const never: Hours = { ...always, days: [] };

/** Every suite at any hour: the shipped governance but for the hours. */
describe.each([
  ['in business hours', always],
  ['outside of them', never],
])('%s, under the shipped governance', (_when, hours) => {
  beforeAll(async () => {
    const { version: _, ...content } = structuredClone(base);
    for (const manifest of Object.values(content.manifests)) manifest.hours = hours;
    await putInForce(gate, { version: governanceVersion(content), ...content });
  });

  test.each(suites.map(({ suite }) => [suite.suite, suite] as const))(
    '%s replays as expected',
    async (_name, suite) => {
      const agents = Object.keys(base.manifests);
      const access = { gate: gate.url.origin, ...gate.secrets.local };
      const result = await replaySuite(new ReplayGate(access), suite, {
        hours: new Map(agents.map((agent) => [agent, hours])),
        reset: true,
      });
      expect(differing(result)).toEqual([]);
      expect(result.fault).toBeNull();
      expect(result.outcomes).toHaveLength(suite.steps.length + suite.after.length);
    },
  );
});

function differing({ outcomes }: SuiteResult): unknown[] {
  return outcomes.flatMap(({ name, got, differences }) =>
    differences.map((one) => ({ name, came: got, ...one })),
  );
}
