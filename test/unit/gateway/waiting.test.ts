import { expect, test } from 'vitest';
import { waitOf } from '../../../workers/gateway/waiting.ts';

test.each([
  [null, null, 0, false],
  ['0', null, 0, false],
  ['30', null, 30, false],
  ['5', 'wait=20', 5, false],
  [null, 'wait=20', 20, true],
  [null, 'respond-async, WAIT = "20"; x', 20, true],
  [null, 'respond-async;wait=7', 7, true],
  [null, 'wait=3, wait=9', 3, true],
  [null, 'wait=100', 30, true],
  [null, 'wait=-1', 0, false],
  [null, 'wait=soon', 0, false],
  [null, 'await=20', 0, false],
  [null, 'return=minimal', 0, false],
])('?wait=%s with Prefer: %s waits %i s', (query, prefer, seconds, preferred) => {
  expect(waitOf(query, prefer)).toEqual({ ok: true, seconds, preferred });
});

test.each(['31', '-1', '', 'x', '1.5', '1e1'])('?wait=%s is refused', (query) => {
  expect(waitOf(query, null)).toMatchObject({ ok: false, problem: { code: 'invalid' } });
});
