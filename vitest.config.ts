import { defineConfig } from 'vitest/config';

/** Everything that boots Workers: real clocks, so a generous time-out. */
const booting = { testTimeout: 60_000, hookTimeout: 120_000, pool: 'forks' as const };
/** Such files wait more than they compute: on two cores, Vitest's one at a time leaves two thirds of them idle. */
const together = { ...booting, maxWorkers: 3 };

export default defineConfig({
  test: {
    projects: [
      // One a core, each loading every module once: a check is run often and should take well under half a minute. So a unit
      // test leaves nothing behind in its process: no fake clock, no changed global.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          // Real Cedar and a command line of its own take a second; on a busy machine, many.
          testTimeout: 30_000,
        },
      },
      // Computes for a minute, so it is no part of a check.
      { test: { name: 'model', include: ['test/model/**/*.test.ts'], testTimeout: 300_000, maxWorkers: 2 } },
      { test: { name: 'worker', include: ['test/worker/**/*.test.ts'], ...together } },
      // One gate for all files, so one file after another.
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/gate.ts'],
          ...booting,
          maxWorkers: 1,
        },
      },
      { test: { name: 'flow', include: ['test/flow/**/*.test.ts'], ...together } },
      // What waits out real silences, drills and whole deploys: a developer's `npm test` does without.
      { test: { name: 'slow', include: ['test/slow/**/*.test.ts'], ...together } },
      // Each builds Workers of its own and then mostly waits for processes to come back.
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], ...booting, maxWorkers: 2 } },
      // One gate, attacked by three agents at once.
      { test: { name: 'redteam', include: ['test/redteam/**/*.test.ts'], ...booting, maxWorkers: 1 } },
      // Each file has its own servers beside its own gate, and mostly waits: two of them keep both cores busy.
      { test: { name: 'peers', include: ['test/peers/*.test.ts'], ...booting, maxWorkers: 2 } },
    ],
  },
});
