import { describe, expect, test } from 'vitest';
import { explore } from './explore.ts';
import { scenarios } from './scenarios.ts';
import { told } from './told.ts';

describe('the lease protocol keeps its promises in every order of events', () => {
  test.each(scenarios)('$name', (scenario) => {
    const explored = explore(scenario);
    console.log(told(scenario.name, explored));
    expect(explored.broken).toBeNull();
    expect(explored.complete).toBe(true);
    // Fewer would be a world in which too little can happen.
    expect(explored.states).toBeGreaterThan(5_000);
  });
});
