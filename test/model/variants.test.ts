import { describe, expect, test } from 'vitest';
import { explore } from './explore.ts';
import { deep, scenarios, ticks } from './scenarios.ts';
import { variants } from './variants.ts';
import { real, type Parts } from './parts.ts';
import { noFaults, quiet } from './world.ts';

const deaf: Parts['holderStep'] = (state, event, now) =>
  event.kind === 'settled' ? [] : real.holderStep(state, event, now);

const all = [...scenarios, ...deep];

/** Each shows that its detail is needed, and that the explorer would see its absence. */
describe('the protocol without one of its details breaks a promise', () => {
  test.each(variants)('$name', ({ name, caughtBy, parts }) => {
    const scenario = all.find(({ id }) => id === caughtBy)!;
    const { broken, states } = explore({ ...scenario, parts }, { states: 1_000_000 });
    console.log(`${name}: caught by "${caughtBy}" in ${broken?.steps.length} steps, after ${states} states`);
    expect(broken?.steps.length).toBeGreaterThan(0);
  });
});

describe('what is assumed is needed', () => {
  const world = { ...quiet, terms: ticks, memory: 10, requests: 1, stops: [0b1] };
  const level = [{ control: [0], guards: [0], tool: 0 }];

  test('a dispatch that the platform repeats at another isolate of the tool', () => {
    const budget = { ...noFaults, asks: 1, calls: 1, repeatedRuns: 1 };
    const config = { ...world, id: 'repeated run', name: 'a repeated run', clocks: level, budget };
    expect(explore(config).broken?.steps).toContain('run of i0 arrives, and will at another isolate');
    // What would close it: no answer ends a token, so that each ack waits for P + M after the push.
    const parts = { ...real, holderStep: deaf };
    expect(explore({ ...config, parts })).toMatchObject({ broken: null, complete: true });
  });

  test('control that is replaced after its clock stepped: the heartbeat is from before', () => {
    const budget = { ...noFaults, asks: 1, calls: 1, controlReplaced: 1 };
    const clocks = [{ control: [0, 9], guards: [0], tool: 0 }];
    const config = { ...world, memory: 19, id: 'step', name: 'a step and a restart', clocks, budget };
    expect(explore(config).broken).not.toBeNull();
  });

  test('clocks of guard and tool that differ by more than E', () => {
    const budget = { ...noFaults, asks: 1, calls: 1 };
    const clocks = [{ control: [0], guards: [2], tool: 0 }];
    const config = { ...world, id: 'skew', name: 'more than the skew', clocks, budget };
    expect(explore(config).broken).not.toBeNull();
  });

  test('a pause between look and hand-off of more than C', () => {
    const budget = { ...noFaults, asks: 1, calls: 1 };
    const clocks = [{ control: [0], guards: [1], tool: 0 }];
    const terms = { ...ticks, pause: ticks.pause + 1 };
    const config = { ...world, terms, id: 'pause', name: 'more than the pause', clocks, budget };
    expect(explore(config).broken).not.toBeNull();
  });
});
