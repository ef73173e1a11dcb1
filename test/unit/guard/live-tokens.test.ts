import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newHolder } from '../../../flags/holder.ts';
import { terms } from '../../../flags/terms.ts';
import { LiveTokens } from '../../../workers/guard/live-tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const fresh = () => new LiveTokens(newHolder('inc'));

/** What a promise has resolved to once everything that is due has run. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    seen.value = value;
  });
  return seen;
}

describe('live tokens', () => {
  test('none: a push is acked at once, for this incarnation only', async () => {
    await expect(fresh().push('inc', 2)).resolves.toBe(true);
    await expect(fresh().push('other', 2)).resolves.toBe(false);
  });

  test('are waited for until the tool has answered', async () => {
    const tokens = fresh();
    const answer = Promise.withResolvers<string>();
    const held = tokens.holding(async () => answer.promise);
    const acked = watch(tokens.push('inc', 2));
    await vi.advanceTimersByTimeAsync(100);
    expect(acked.value).toBeUndefined();
    answer.resolve('done');
    await expect(held).resolves.toBe('done');
    await vi.advanceTimersByTimeAsync(0);
    expect(acked.value).toBe(true);
  });

  test('of a connection that broke stay until they are spent: the tool may still be at work', async () => {
    const tokens = fresh();
    await expect(tokens.holding(async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    const acked = watch(tokens.push('inc', 2));
    await vi.advanceTimersByTimeAsync(terms.dispatch + terms.margin - 1);
    expect(acked.value).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(acked.value).toBe(true);
    expect(tokens.size).toBe(0);
  });

  test('of a tool that hangs are waited for no longer than P + M, and a step of the clock shortens nothing', async () => {
    const tokens = fresh();
    void tokens.holding(async () => new Promise(() => undefined));
    vi.setSystemTime(9_000_000);
    const acked = watch(tokens.push('inc', 2));
    await vi.advanceTimersByTimeAsync(terms.dispatch + terms.margin - 1);
    expect(acked.value).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(acked.value).toBe(true);
  });

  test('given out after the push are not waited for', async () => {
    const tokens = fresh();
    const acked = watch(tokens.push('inc', 2));
    void tokens.holding(async () => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(0);
    expect(acked.value).toBe(true);
  });
});
