import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineContract, knownActions, personal, type KnownAction } from '../../../shared/contract.ts';
import type { Outcome } from '../../../shared/outcome.ts';
import type { CallRow } from '../../../workers/guard/calls.ts';
import { inputTextOf, recovery } from '../../../workers/guard/recover.ts';
import { settle } from '../../../workers/guard/settle.ts';

const contract = defineContract({
  tool: 'demo',
  vendor: 'Nobody',
  summary: 'For these tests.',
  actions: {
    'thing.change': {
      summary: 'Changes a thing.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ id: z.string(), size: z.int().default(1) }),
      output: z.strictObject({ id: z.string(), mail: personal('email', z.string()) }),
      undo: { action: 'demo.thing.change', how: 'Changes it back.' },
      findAfter: 30,
    },
    'thing.lose': {
      summary: 'Changes a thing that cannot be looked up.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ id: z.string() }),
      output: z.strictObject({ id: z.string() }),
      undo: { irreversible: 'There is no way back.' },
    },
  },
});
const known = knownActions([contract]);
const change = action('demo.thing.change');
const lose = action('demo.thing.lose');

function action(name: string): KnownAction {
  const found = known.get(name);
  if (!found) throw new Error(name);
  return found;
}

function row(rest: Partial<CallRow> = {}): CallRow {
  return {
    id: 'call_1',
    key: null,
    digest: 'd',
    action: 'demo.thing.change',
    mode: 'execute',
    state: 'running',
    at: 1_000,
    start_before: 3_000,
    due: 12_000,
    tries: 0,
    by_find: 0,
    returns: null,
    request: '{}',
    approval: null,
    outcome: null,
    status: null,
    answer: null,
    usage: null,
    edited: null,
    ...rest,
  };
}

const succeeded: Outcome = { kind: 'succeeded', output: { id: '7', mail: 'ada@acme.example' } };
const how = {
  action: change,
  returns: undefined,
  recoverAfter: 11_000,
  final: false,
  undoUntil: 86_400_000,
  tag: null,
};

describe('settling', () => {
  test('answers with the output and journals it masked', () => {
    const settled = settle(row(), succeeded, how);
    expect(settled?.answer.status).toBe(200);
    expect(JSON.parse(settled?.answer.body ?? '')).toMatchObject({
      status: 'succeeded',
      output: { mail: 'ada@acme.example' },
    });
    expect(settled?.journal).toEqual({ outcome: 'succeeded', output: { id: '7', mail: '[email]' } });
  });

  test('gives the agent only the granted fields, and never the undo plan with its earlier values', () => {
    const undo = { action: 'demo.thing.change', input: { id: '7', size: 3 } };
    const settled = settle(row(), { ...succeeded, undo }, { ...how, returns: ['id'] });
    expect(JSON.parse(settled?.answer.body ?? '')).toEqual({
      call: 'call_1',
      status: 'succeeded',
      output: { id: '7' },
      undo: { action: 'demo.thing.change', how: 'Changes it back.', until: '1970-01-02T00:00:00.000Z' },
    });
  });

  test('says that nothing was kept to undo it with, and why there is no way back', () => {
    const undo = (settled: ReturnType<typeof settle>): unknown =>
      (JSON.parse(settled?.answer.body ?? '') as { undo: unknown }).undo;
    expect(undo(settle(row(), succeeded, how))).toMatchObject({ until: null });
    const other = { ...succeeded, undo: { action: 'demo.thing.lose', input: { id: '7' } } };
    expect(undo(settle(row(), other, how))).toMatchObject({ until: null });
    expect(undo(settle(row(), succeeded, { ...how, action: lose }))).toEqual(lose.undo);
  });

  test('keeps the vendor away from the agent when it fails', () => {
    const settled = settle(
      row(),
      { kind: 'failed', reason: 'rejected', detail: 'the vendor answered 400' },
      how,
    );
    expect(settled?.answer.status).toBe(502);
    expect(settled?.answer.body).not.toContain('400');
    expect(settled?.journal).toMatchObject({ outcome: 'failed', detail: 'the vendor answered 400' });
  });

  test('looks again after the stated lag when nobody knows, and not when it cannot be looked up', () => {
    const lost: Outcome = { kind: 'indeterminate', detail: 'no answer' };
    expect(settle(row(), lost, how)).toMatchObject({ state: 'unknown', due: 33_000 });
    expect(settle(row(), lost, { ...how, action: lose })).toMatchObject({ state: 'done', due: null });
    expect(settle(row(), lost, { ...how, final: true })).toMatchObject({ state: 'done', due: null });
  });

  test.each<[string, CallRow, Outcome]>([
    ['a second word after success', row({ state: 'done', outcome: 'succeeded' }), succeeded],
    ['a failure after success', row({ state: 'done', outcome: 'succeeded' }), { kind: 'lapsed' }],
    ['success after a denial', row({ state: 'done', outcome: 'denied' }), succeeded],
    ['any word on a call that waits for people', row({ state: 'waiting' }), succeeded],
    [
      'another "nobody knows"',
      row({ state: 'unknown', outcome: 'indeterminate' }),
      { kind: 'indeterminate', detail: '' },
    ],
  ])('changes nothing on %s', (_what, at, outcome) => {
    expect(settle(at, outcome, how)).toBeNull();
  });

  test("lets the tool's own success replace what a look-up had concluded, and nothing else", () => {
    const found = row({ state: 'done', outcome: 'failed', by_find: 1 });
    expect(settle(found, succeeded, how)).toMatchObject({ state: 'done', journal: { outcome: 'succeeded' } });
    expect(settle(found, { kind: 'lapsed' }, how)).toBeNull();
    expect(settle(row({ state: 'done', outcome: 'failed' }), succeeded, how)).toBeNull();
  });

  test('takes a clear word late: what was indeterminate turns out to have succeeded', () => {
    expect(settle(row({ state: 'unknown', outcome: 'indeterminate' }), succeeded, how)).toMatchObject({
      state: 'done',
    });
    expect(settle(row({ state: 'done', outcome: 'indeterminate' }), succeeded, how)).toMatchObject({
      state: 'done',
    });
  });
});

describe('recovery', () => {
  test('closes a read: it changed nothing', () => {
    expect(recovery(row({ mode: 'read' }), change, 11_000, 12_000)).toMatchObject({
      kind: 'close',
      outcome: { kind: 'failed' },
    });
  });

  test('never runs an execute again: it looks it up, and not before the stated lag', () => {
    expect(recovery(row(), change, 11_000, 12_000)).toEqual({ kind: 'wait', until: 33_000 });
    expect(recovery(row(), change, 11_000, 33_000)).toEqual({ kind: 'find' });
  });

  test("waits at least until the tool's own requests have ended, however quick the vendor's index", () => {
    expect(recovery(row(), { ...change, findAfter: 0 }, 11_000, 13_999)).toEqual({
      kind: 'wait',
      until: 14_000,
    });
  });

  test('leaves to a person what cannot be looked up, what looking did not tell, and what is no longer known', () => {
    const indeterminate = { kind: 'close', outcome: { kind: 'indeterminate' } };
    expect(recovery(row(), lose, 11_000, 99_000)).toMatchObject(indeterminate);
    expect(recovery(row({ tries: 5 }), change, 11_000, 99_000)).toMatchObject(indeterminate);
    expect(recovery(row(), undefined, 11_000, 99_000)).toMatchObject(indeterminate);
  });

  test('finds the exact text that was dispatched, defaults included', () => {
    expect(inputTextOf('{"mode":"execute","input":{"id":"7"}}', change)).toBe('{"id":"7","size":1}');
    expect(inputTextOf('{"mode":"execute","input":{"id":7}}', change)).toBeUndefined();
  });
});
