import { expect, test } from 'vitest';
import { modes, type Mode } from '../../../shared/contract.ts';
import type { AutonomyCause, AutonomyGrant } from '../../../shared/rpc.ts';
import { publicProblem } from '../../../workers/guard/denial.ts';
import { autonomy } from '../../../workers/guard/steps/autonomy.ts';

const allowed = (mode: Mode, why: AutonomyCause = 'start'): AutonomyGrant => ({
  mode,
  why,
  since: null,
  executeSince: null,
});

test.each(
  modes.flatMap((asked, n) => modes.map((mode, m) => [asked, mode, n <= m ? 'goes on' : 'denied'] as const)),
)('%s by an agent that may %s: %s', (asked, mode, comes) => {
  const step = autonomy({ mode: asked }, allowed(mode));
  expect(step.ok ? 'goes on' : 'denied').toBe(comes);
});

test.each(['start', 'raised', 'lowered', 'fell', 'reopened'] as const)(
  'a denial tells an agent that %s what it may do next, in our words only',
  (why) => {
    const step = autonomy({ mode: 'execute' }, allowed('propose', why));
    const problem = step.ok ? null : publicProblem(step.denial);
    expect(problem).toMatchObject({ code: 'denied', because: ['autonomy'] });
    expect(problem?.detail).toMatch(
      /^This agent may only propose now: .+\. Send the call in mode "propose"\./,
    );
  },
);

test('an agent that may only read is not told to propose', () => {
  const step = autonomy({ mode: 'execute' }, allowed('read', 'lowered'));
  const problem = step.ok ? null : publicProblem(step.denial);
  expect(problem?.detail).toBe(
    'This agent may only read now: a person lowered it. Two people can let it do more.',
  );
});
