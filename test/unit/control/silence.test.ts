import { describe, expect, test } from 'vitest';
import { Silence } from '../../../workers/control/silence.ts';

const AFTER = 10_000;

describe('the silence of a source', () => {
  test('is told once when it lasts, and once when it ends', () => {
    const silence = new Silence(AFTER);
    expect(silence.note(null, 1_000, 1_000)).toBeNull();
    expect(silence.note('no answer', 1_000, 1_000 + AFTER - 1)).toBeNull();
    expect(silence.note('no answer', 1_000, 1_000 + AFTER)).toEqual({
      kind: 'source.silent',
      detail: 'no answer',
      lastHeard: 1_000,
    });
    expect(silence.note('no answer', 1_000, 60_000)).toBeNull();
    expect(silence.note(null, 61_000, 61_000)).toEqual({ kind: 'source.heard', silentFor: 60_000 });
    expect(silence.note(null, 62_000, 62_000)).toBeNull();
  });

  test('of a source that was never heard counts from the first question', () => {
    const silence = new Silence(AFTER);
    expect(silence.note('no answer', null, 5_000)).toBeNull();
    expect(silence.note('no answer', null, 5_000 + AFTER)).toMatchObject({
      kind: 'source.silent',
      lastHeard: null,
    });
  });

  test('that ends in time is no news', () => {
    const silence = new Silence(AFTER);
    silence.note('no answer', 1_000, 5_000);
    expect(silence.note(null, 6_000, 6_000)).toBeNull();
    expect(silence.note('no answer', 6_000, 15_000)).toBeNull();
  });

  test('shows why at once, and no longer than it lasts', () => {
    const silence = new Silence(AFTER);
    silence.note('UNLEASH_TOKEN is not accepted (HTTP 401).', 1_000, 2_000);
    expect(silence.detail).toMatch(/UNLEASH_TOKEN/);
    silence.note(null, 3_000, 3_000);
    expect(silence.detail).toBeNull();
  });
});
