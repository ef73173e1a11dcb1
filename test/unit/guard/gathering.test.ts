import { describe, expect, it, vi } from 'vitest';
import { Gathering } from '../../../workers/guard/gathering.ts';

vi.stubGlobal('scheduler', { wait: async (ms: number) => new Promise((done) => setTimeout(done, ms)) });

describe('gathering', () => {
  it('lets a call that is nearly alone write at once', () => {
    expect(new Gathering(() => 0).turn()).toBeNull();
    expect(new Gathering(() => 1).turn()).toBeNull();
  });

  it('lets calls that are ready at the same moment go on together, and later ones in a turn of their own', async () => {
    const gathering = new Gathering(() => 2);
    const first = gathering.turn();
    expect(gathering.turn()).toBe(first);
    await first;
    const next = gathering.turn();
    expect(next).not.toBeNull();
    expect(next).not.toBe(first);
    await next;
  });
});
