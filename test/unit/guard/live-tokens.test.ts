import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { terms } from '../../../flags/terms.ts';
import { LiveTokens } from '../../../workers/guard/live-tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  // The platform's timer as a promise; Node has none of this name.
  vi.stubGlobal('scheduler', {
    wait: async (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Whether a promise has resolved once everything that is due has run. */
function watch(promise: Promise<void>): { done: boolean } {
  const seen = { done: false };
  void promise.then(() => {
    seen.done = true;
  });
  return seen;
}

describe('live tokens', () => {
  test('none: at once', async () => {
    await expect(new LiveTokens().quiet()).resolves.toBeUndefined();
  });

  test('are waited for until the tool has answered', async () => {
    const tokens = new LiveTokens();
    const answer = Promise.withResolvers<string>();
    const held = tokens.holding(Date.now() + 2_000, async () => answer.promise);
    const quiet = watch(tokens.quiet());
    await vi.advanceTimersByTimeAsync(100);
    expect(quiet.done).toBe(false);
    answer.resolve('done');
    await expect(held).resolves.toBe('done');
    await vi.advanceTimersByTimeAsync(0);
    expect(quiet.done).toBe(true);
  });

  test('of a connection that broke stay until they are spent: the tool may still be at work', async () => {
    const tokens = new LiveTokens();
    const held = tokens.holding(Date.now() + 2_000, async () => Promise.reject(new Error('broken')));
    await expect(held).rejects.toThrow('broken');
    const quiet = watch(tokens.quiet());
    await vi.advanceTimersByTimeAsync(2_000 + terms.margin - 1);
    expect(quiet.done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(quiet.done).toBe(true);
  });

  test('signed after the question are not waited for', async () => {
    const tokens = new LiveTokens();
    const quiet = watch(tokens.quiet());
    void tokens.holding(Date.now() + 2_000, async () => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(0);
    expect(quiet.done).toBe(true);
  });
});
