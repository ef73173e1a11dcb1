import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../shared/outcome.ts';
import { effectOf, planText, UNDO_MS, type EffectRow } from '../../../workers/guard/effects.ts';
import { takeBack } from '../../../workers/guard/take-back.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const schedule = catalogue.get('chat.message.schedule')!;
const post = catalogue.get('chat.message.post')!;
const input = { channel: 'C0LEADS001', scheduledMessage: 'Q1' };
const plan = { action: 'chat.message.unschedule', input };
const scheduled: Outcome = {
  kind: 'succeeded',
  output: { ...input, postAt: '2026-12-01T09:00:00.000Z' },
  undo: plan,
};
const at = {
  id: 'call_1',
  workflow: 'lead-routing',
  now: Date.parse('2026-11-24T10:00:00Z'),
  session: 's1',
  input: { channel: 'C0LEADS001' },
  person: null,
  undoMs: UNDO_MS,
  keepMs: UNDO_MS,
};
const due = Date.parse('2026-12-01T09:00:00Z');

describe('what is kept of an outcome', () => {
  test('is how to undo it, when its effect comes, and how and until when that is cancelled', () => {
    expect(effectOf(at, schedule, scheduled)).toMatchObject({
      call: 'call_1',
      undo: JSON.stringify(plan),
      due,
      cancel_until: due - 60_000,
      cancel: JSON.stringify(plan),
      taken_back_by: null,
    });
  });

  test('is nothing of what changed nothing', () => {
    const read = catalogue.get('crm.contact.read')!;
    const outcomes: Outcome[] = [{ kind: 'lapsed' }, { kind: 'failed', reason: 'rejected', detail: '' }];
    for (const outcome of outcomes) expect(effectOf(at, schedule, outcome)).toBeNull();
    expect(effectOf(at, read, { kind: 'succeeded', output: {} })).toBeNull();
  });

  test('is that it was done, also where it is unclear or there is no way back', () => {
    const unclear = effectOf(at, schedule, { kind: 'indeterminate', detail: '' });
    expect(unclear).toMatchObject({ outcome: 'indeterminate', undo: null, cancel: null, session: 's1' });
    const posted = effectOf(at, post, { kind: 'succeeded', output: { channel: 'C', ts: '1' } });
    expect(posted).toMatchObject({ outcome: 'succeeded', undo: null, undo_until: null });
  });

  test('is which record it changed, by its contract', () => {
    const update = catalogue.get('crm.contact.update')!;
    const done = { ...at, input: { id: '102', leadStatus: 'OPEN' } };
    const outcome: Outcome = { kind: 'succeeded', output: { id: '102' } };
    expect(effectOf(done, update, outcome)).toMatchObject({ record: 'contact', record_id: '102' });
    for (const input of [null, { id: { odd: 1 } }, { id: 'x'.repeat(201) }, {}])
      expect(effectOf({ ...at, input }, update, outcome)).toMatchObject({ record: null, record_id: null });
  });

  test('is no plan that runs anything but what the contract says undoes the action', () => {
    const other = { action: 'crm.contact.update', input: { id: '1', email: 'x@example.com' } };
    const told: Outcome = { kind: 'succeeded', output: { channel: 'C', ts: '1' }, undo: other };
    expect(effectOf(at, post, told)).toMatchObject({ undo: null });
    expect(effectOf(at, schedule, { ...scheduled, undo: other })).toMatchObject({ undo: null, due });
  });

  test('names no time that the vendor did not say readably, and keeps the undo', () => {
    const output = { ...input, postAt: 'tomorrow' };
    expect(effectOf(at, schedule, { kind: 'succeeded', output, undo: plan })).toMatchObject({
      due: null,
      cancel: null,
      undo: JSON.stringify(plan),
    });
  });

  test('can be undone for as long as the manifest of then says, and is kept no longer', () => {
    const row = effectOf({ ...at, undoMs: 3_600_000 }, schedule, scheduled)!;
    expect(row.undo_until).toBe(at.now + 3_600_000);
    expect(takeBack('undo', row, undefined, at.now + 3_599_999).ok).toBe(true);
    expect(takeBack('undo', row, undefined, at.now + 3_600_000)).toMatchObject({ why: { kind: 'nothing' } });
  });

  test('does not believe a vendor whose time would hide the effect, or keep it for ever', () => {
    const saying = (postAt: string): EffectRow | null =>
      effectOf(at, schedule, { kind: 'succeeded', output: { ...input, postAt }, undo: plan });
    const day = 86_400_000;
    expect(saying('2020-01-01T00:00:00Z')?.due).toBe(at.now + day);
    expect(saying('9999-01-01T00:00:00Z')?.due).toBe(at.now + 366 * day);
  });

  test('runs only as far as its contract takes it', () => {
    const unschedule = catalogue.get('chat.message.unschedule')!;
    expect(planText(plan, unschedule)).toBe('{"channel":"C0LEADS001","scheduledMessage":"Q1"}');
    const strange = { ...plan, input: { ...input, scheduledMessage: '../../chat.postMessage' } };
    expect(planText(strange, unschedule)).toBeUndefined();
  });
});

describe('taking a call back', () => {
  const row = effectOf(at, schedule, scheduled) as EffectRow;
  const by = (kind: 'undo' | 'cancel', state: 'running' | 'succeeded' | 'indeterminate') =>
    [
      { ...row, taken_back_by: 'call_2' },
      { id: 'call_2', kind, state },
    ] as const;

  test('runs the plan that the outcome left', () => {
    expect(takeBack('undo', row, undefined, 2_000)).toEqual({ ok: true, plan });
    expect(takeBack('cancel', row, undefined, 2_000)).toEqual({ ok: true, plan });
  });

  test.each(['undo', 'cancel'] as const)('knows nothing to %s', (kind) => {
    const nothing = { ok: false, why: { kind: 'nothing' } };
    expect(takeBack(kind, undefined, undefined, 2_000)).toEqual(nothing);
    expect(takeBack(kind, { ...row, undo: null, cancel: null }, undefined, 2_000)).toEqual(nothing);
  });

  test('is over when the window is, or when the effect has come', () => {
    expect(takeBack('undo', row, undefined, at.now + UNDO_MS - 1).ok).toBe(true);
    expect(takeBack('undo', row, undefined, at.now + UNDO_MS)).toMatchObject({ why: { kind: 'nothing' } });
    expect(takeBack('cancel', row, undefined, due - 1).ok).toBe(true);
    expect(takeBack('cancel', row, undefined, due)).toEqual({ ok: false, why: { kind: 'come', due } });
  });

  test.each(['running', 'succeeded', 'indeterminate'] as const)(
    'is not done twice: an undo that is %s',
    (state) => {
      for (const kind of ['undo', 'cancel'] as const) {
        const ruling = takeBack(kind, ...by('undo', state), 2_000);
        expect(ruling).toEqual({ ok: false, why: { kind: 'already', by: 'call_2', state } });
      }
    },
  );

  test('may be repeated only for a cancellation without a clear outcome, and only by another cancellation', () => {
    expect(takeBack('cancel', ...by('cancel', 'indeterminate'), 2_000).ok).toBe(true);
    expect(takeBack('undo', ...by('cancel', 'indeterminate'), 2_000).ok).toBe(false);
    expect(takeBack('cancel', ...by('cancel', 'running'), 2_000).ok).toBe(false);
    expect(takeBack('cancel', ...by('cancel', 'succeeded'), 2_000).ok).toBe(false);
  });

  test('is not done again when what is known of the earlier act is gone', () => {
    const [effect] = by('undo', 'succeeded');
    expect(takeBack('undo', effect, undefined, 2_000)).toMatchObject({ why: { kind: 'already' } });
  });
});
