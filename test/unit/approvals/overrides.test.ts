import { describe, expect, it } from 'vitest';
import { migrate } from '../../../shared/migrate.ts';
import type { Approval, ReasonCode } from '../../../shared/rpc.ts';
import { workflowMigrations } from '../../../workers/approvals/migrations.ts';
import { OverrideStore, type Counted } from '../../../workers/approvals/override-store.ts';
import { patternsOf } from '../../../workers/approvals/overrides.ts';
import { sqlite } from '../journal/support.ts';
import { waitingApproval } from './fixture.ts';

const day = 24 * 60 * 60 * 1000;
const T = Date.parse('2026-11-22T12:00:00.000Z');

function counted(): {
  store: OverrideStore;
  times: (n: number, what: Partial<Counted>, over?: Partial<Approval>, at?: number) => void;
} {
  const storage = sqlite();
  migrate(storage, workflowMigrations);
  const store = new OverrideStore(storage.sql);
  return {
    store,
    times: (n, what, over = {}, at = T) => {
      for (let one = 0; one < n; one += 1)
        store.count(
          waitingApproval(over),
          { did: 'approved', reason: 'as-expected', differences: [], ...what },
          at,
        );
    },
  };
}

const at = (pointer: string) => ({ pointer, before: 'a', after: 'b' });
const rejected = (reason: ReasonCode): Partial<Counted> => ({ did: 'rejected', reason });

describe('patterns of what people refuse and edit', () => {
  it('count by agent, action, policy and reason, with the places most edited', () => {
    const { store, times } = counted();
    times(5, {});
    times(2, rejected('wrong-target'));
    times(3, { did: 'edited', reason: 'tone', differences: [at('/text')] });
    times(1, { did: 'edited', reason: 'tone', differences: [at('/text'), at('/title')] });
    times(1, rejected('tone'), {
      action: 'crm.note.add',
      policies: [
        { id: 'a', reason: '' },
        { id: 'b', reason: '' },
      ],
    });
    const patterns = patternsOf('lead-intake', store.since(0));
    expect(patterns).toMatchObject([
      {
        action: 'crm.contact.update',
        policy: 'big-leads',
        reason: 'tone',
        rejected: 0,
        edited: 4,
        decided: 11,
        places: [
          { pointer: '/text', times: 4 },
          { pointer: '/title', times: 1 },
        ],
      },
      { reason: 'wrong-target', rejected: 2, edited: 0, decided: 11 },
      { action: 'crm.note.add', policy: 'a', rejected: 1, decided: 1 },
      { action: 'crm.note.add', policy: 'b', rejected: 1, decided: 1 },
    ]);
  });

  it.each<[string, (times: ReturnType<typeof counted>['times']) => void, RegExp]>([
    [
      'the prompt, where one place is edited often',
      (times) => times(3, { did: 'edited', reason: 'wrong-data', differences: [at('/company')] }),
      /at \/company: have the prompt of lead-router/,
    ],
    [
      'the policy or the manifest, where it reaches too far',
      (times) => times(3, rejected('out-of-scope')),
      /policy big-leads deny it, or grant lead-router less/,
    ],
    [
      'the prompt, where it writes the wrong thing',
      (times) => times(3, rejected('tone')),
      /the prompt of lead-router/,
    ],
    ['nothing, of two', (times) => times(2, rejected('tone')), /Too few/],
    [
      'nothing, where it is seldom',
      (times) => {
        times(3, rejected('tone'));
        times(30, {});
      },
      /Too few/,
    ],
  ])('point at %s', (_, fill, hint) => {
    const { store, times } = counted();
    fill(times);
    expect(patternsOf('lead-intake', store.since(0))[0]?.hint).toMatch(hint);
  });

  it('are those since a day, and are kept for over a year', () => {
    const { store, times } = counted();
    times(1, rejected('tone'), {}, T - 401 * day);
    times(1, rejected('tone'), {}, T - 2 * day);
    times(1, rejected('tone'), {}, T);
    const sum = (since: number): number =>
      store.since(since).overrides.reduce((n, one) => n + one.rejected, 0);
    expect([sum(0), sum(T - 2 * day), sum(T - day), sum(T + day)]).toEqual([3, 2, 1, 0]);
    store.prune(T);
    expect(sum(0)).toBe(2);
    expect(store.since(0).decided).toMatchObject([{ decided: 2 }]);
  });
});
