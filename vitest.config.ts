import { defineConfig } from 'vitest/config';

/** Everything that boots Workers: one file at a time per core, real clocks, so a generous time-out. */
const booting = { testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' as const };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'worker', include: ['test/worker/**/*.test.ts'], ...booting } },
      { test: { name: 'flow', include: ['test/flow/**/*.test.ts'], ...booting } },
      { test: { name: 'faults', include: ['test/faults/**/*.test.ts'], ...booting } },
    ],
  },
});
