import { expect, test } from 'vitest';
import { migrations } from '../../../workers/guard/migrations.ts';
import { ProposalStore } from '../../../workers/guard/proposal-store.ts';
import { sqlite } from '../journal/support.ts';

/** A guard's tables, a store over them, and a way to put a call there. */
function fixture() {
  const { sql } = sqlite();
  for (const migration of migrations) sql.exec(migration.sql);
  const call = (id: string, state: string, outcome: string | null, byFind = 0): void => {
    sql.exec(
      `INSERT INTO call (id, digest, action, mode, state, at, outcome, by_find) VALUES (?, 'd', 'a', 'execute', ?, 0, ?, ?)`,
      id,
      state,
      outcome,
      byFind,
    );
  };
  return { sql, store: new ProposalStore(sql), call };
}

function row(id: string, expires = 1_000) {
  const kept = {
    action: 'a',
    input: '{}',
    contract: 'c',
    policy: 'p',
    seen: '{}',
    derived: null,
    digest: 'd',
    at: 0,
  };
  return { id, ...kept, expires };
}

test('a proposal that nobody took is free, and one that is not there is gone', () => {
  const { store } = fixture();
  store.keep(row('p'));
  expect(store.standing('p', 'x')).toEqual({ kind: 'free', claimed: false });
  expect(store.standing('q', 'x')).toEqual({ kind: 'gone' });
});

test.each([
  ['waits', 'waiting', null, 0, 'taken'],
  ['runs', 'running', null, 0, 'taken'],
  ['may still be found out', 'unknown', 'indeterminate', 0, 'taken'],
  ['ended without a clear word', 'done', 'indeterminate', 0, 'taken'],
  ['succeeded', 'done', 'succeeded', 0, 'taken'],
  ['was concluded to have failed by looking', 'done', 'failed', 1, 'taken'],
  ['failed', 'done', 'failed', 0, 'free'],
  ['was never sent', 'done', 'lapsed', 0, 'free'],
  ['was rejected', 'done', 'denied', 0, 'free'],
])('one whose call %s stands so', (_what, state, outcome, byFind, kind) => {
  const { store, call } = fixture();
  store.keep(row('p'));
  call('x', state, outcome, byFind);
  store.claim('p', 'x');
  expect(store.standing('p', 'y')).toMatchObject({ kind });
  // To itself it is free in any case: its own row says whether it has run.
  expect(store.standing('p', 'x')).toEqual({ kind: 'free', claimed: true });
});

test('one whose call is not known any more stays taken', () => {
  const { store } = fixture();
  store.keep(row('p'));
  store.claim('p', 'forgotten');
  expect(store.standing('p', 'y')).toEqual({ kind: 'taken', call: 'forgotten' });
});

test('expired ones are forgotten, but not before the call that took them', () => {
  const { sql, store, call } = fixture();
  for (const id of ['p', 'q', 'later']) store.keep(row(id, id === 'later' ? 2_000 : 1_000));
  call('x', 'done', 'succeeded');
  store.claim('q', 'x');
  expect(store.nextExpiry).toBe(1_000);
  store.prune(999);
  expect(store.byId('p')).toBeDefined();
  store.prune(1_000);
  expect([store.byId('p'), store.byId('q')?.id, store.byId('later')?.id]).toEqual([undefined, 'q', 'later']);
  expect(store.nextExpiry).toBe(2_000);
  sql.exec('DELETE FROM call');
  store.prune(1_000);
  expect(store.byId('q')).toBeUndefined();
});

test('with nothing to forget it wants no alarm', () => {
  expect(fixture().store.nextExpiry).toBe(Infinity);
});

test('an agent that proposes without end keeps its newest thousand', () => {
  const { store } = fixture();
  for (let n = 0; n < 1_005; n += 1) store.keep(row(`p${n}`, 1_000 + n));
  expect(store.byId('p4')).toBeUndefined();
  expect(store.byId('p5')).toBeDefined();
  expect(store.byId('p1004')).toBeDefined();
});
