import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DecisionSample } from '../../../shared/cedar/sample.ts';
import type { AgentGovernance } from '../../../shared/governance.ts';
import { decide, type Decide } from '../../../shared/policy.ts';
import { Samples, type Sampling } from '../../../workers/guard/samples.ts';
import { forAgent, question, shipped } from '../policy/ask.ts';

let governance: AgentGovernance;
let sent: { samples: DecisionSample[]; unsent: number }[];
let pending: Promise<unknown>[];
let now: number;
let chance: number;

beforeAll(async () => void (governance = forAgent(await shipped(), 'lead-router')));
beforeEach(() => {
  [sent, pending, now, chance] = [[], [], 1_000_000, 0.5];
  // The one global of workerd's that is used.
  vi.stubGlobal('scheduler', { wait: async () => undefined });
});

function sampler(more: Partial<Sampling> = {}): Samples {
  return new Samples({
    rechecks: { samples: async (samples, unsent) => void sent.push({ samples, unsent }) },
    waitUntil: (work) => void pending.push(work),
    now: () => now,
    chance: () => chance,
    decide,
    ...more,
  });
}

const read = question('lead-router', 'crm.company.read');
const settled = async (): Promise<unknown> => Promise.all(pending.splice(0));

describe('a sampler', () => {
  test('answers as the evaluator does, and at once', () => {
    const lie: Decide = () => ({ kind: 'deny', why: 'not-permitted', policies: [] });
    expect(sampler().decide(governance, read)).toEqual(decide(governance, read));
    expect(sampler({ decide: lie }).decide(governance, read)).toEqual(lie(governance, read));
    expect(sent).toEqual([]);
  });

  test('sends what the evaluator really said, a wrong answer as well', async () => {
    const samples = sampler({ decide: () => ({ kind: 'deny', why: 'not-permitted', policies: [] }) });
    samples.decide(governance, read);
    await settled();
    expect(sent).toMatchObject([{ samples: [{ action: 'crm.company.read', said: { kind: 'deny' } }] }]);
  });

  test('takes the first of each answer on each action under a set, and hardly any after it', async () => {
    const samples = sampler();
    for (let n = 0; n < 50; n += 1, now += 1_000) samples.decide(governance, read);
    await settled();
    expect(sent.flatMap(({ samples }) => samples)).toHaveLength(1);
    samples.decide(governance, question('lead-router', 'crm.contact.read'));
    await settled();
    samples.decide({ ...governance, version: `ps_${'1'.repeat(32)}` }, read);
    await settled();
    expect(sent.flatMap(({ samples }) => samples.map(({ action }) => action))).toEqual([
      'crm.company.read',
      'crm.contact.read',
      'crm.company.read',
    ]);
  });

  test('takes one in a hundred of the others, and two a second at the most', async () => {
    const samples = sampler();
    samples.decide(governance, read);
    now += 1_000;
    chance = 0.0099;
    for (let n = 0; n < 500; n += 1) samples.decide(governance, read);
    await settled();
    expect(sent.flatMap((batch) => batch.samples)).toHaveLength(3);
    chance = 0.01;
    now += 1_000;
    for (let n = 0; n < 500; n += 1) samples.decide(governance, read);
    await settled();
    expect(sent.flatMap((batch) => batch.samples)).toHaveLength(3);
  });

  test('keeps a first for later when there is no room for it', async () => {
    const samples = sampler();
    const actions = ['crm.company.read', 'crm.contact.read', 'crm.contact.search'];
    for (const action of actions) samples.decide(governance, question('lead-router', action));
    now += 1_000;
    samples.decide(governance, question('lead-router', 'crm.contact.search'));
    await settled();
    expect(sent.flatMap(({ samples }) => samples.map(({ action }) => action))).toEqual(actions);
  });

  test('drops and counts what cannot be sent, and answers all the same', async () => {
    let down = true;
    const samples = sampler({
      rechecks: {
        samples: async (batch, unsent) => {
          if (down) throw new Error('control is away');
          sent.push({ samples: batch, unsent });
        },
      },
    });
    expect(samples.decide(governance, read)).toEqual(decide(governance, read));
    await settled();
    down = false;
    samples.decide(governance, question('lead-router', 'crm.contact.read'));
    await settled();
    expect(sent).toMatchObject([{ unsent: 1, samples: [{ action: 'crm.contact.read' }] }]);
    now += 1_000;
    samples.decide(governance, question('lead-router', 'crm.contact.search'));
    await settled();
    expect(sent.at(-1)?.unsent).toBe(0);
  });
});
