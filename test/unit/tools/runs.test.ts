import { expect, test } from 'vitest';
import type { Outcome } from '../../../shared/outcome.ts';
import { Runs, sameAgain } from '../../../shared/tool/runs.ts';

const done = (text: string): Outcome => ({ kind: 'succeeded', output: { text } });

function begun(runs: Runs, dispatch: string, startBefore: number) {
  runs.begin(dispatch, startBefore);
  const run = runs.get(dispatch, startBefore);
  if (!run) throw new Error('not remembered');
  return run;
}

test('a dispatch that was begun is known until 30 s after its last moment to start, and then not', () => {
  const runs = new Runs();
  expect(runs.get('a', 0)).toBeUndefined();
  runs.begin('a', 1_000);
  expect(runs.get('a', 30_999)).toBeDefined();
  expect(runs.get('b', 30_999)).toBeUndefined();
  expect(runs.get('a', 31_000)).toBeUndefined();
});

test('again, it is answered as it ended', async () => {
  const runs = new Runs();
  const run = begun(runs, 'a', Date.now());
  runs.end('a', done('x'));
  expect(await sameAgain(run, 'execute')).toEqual(done('x'));
  expect(await sameAgain(run, 'read')).toEqual(done('x'));
});

test('again, while the first never ends, an execute is unclear and a read failed', async () => {
  const run = begun(new Runs(), 'a', Date.now() - 60_000 + 29_999);
  const detail = 'the same dispatch is under way';
  expect(await sameAgain(run, 'execute')).toEqual({ kind: 'indeterminate', detail });
  expect(await sameAgain(run, 'read')).toEqual({ kind: 'failed', reason: 'unavailable', detail });
});

test('what is too much to keep is forgotten, oldest first, and then told as unclear', async () => {
  const runs = new Runs(120);
  const dispatches = ['a', 'b', 'c'].map((name) => begun(runs, name, Date.now()));
  for (const name of ['a', 'b', 'c']) runs.end(name, done(name));
  const again = await Promise.all(dispatches.map(async (run) => sameAgain(run, 'execute')));
  expect(again).toEqual([
    { kind: 'indeterminate', detail: 'the same dispatch has ended; how is not kept' },
    done('b'),
    done('c'),
  ]);
});

test('one that ends after it was forgotten takes no room', async () => {
  const runs = new Runs(60);
  runs.begin('a', 0);
  expect(runs.get('a', 30_000)).toBeUndefined();
  runs.end('a', done('x'.repeat(50)));
  const run = begun(runs, 'b', Date.now());
  runs.end('b', done('b'));
  expect(await sameAgain(run, 'execute')).toEqual(done('b'));
});
