import { describe, expect, test } from 'vitest';
import type { EffectInfo } from '../../../workers/guard/effect-rows.ts';
import { cursorOf, effectQuery, takeableOf } from '../../../workers/guard/takeables.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const hour = 3_600_000;

function told(name: string, info: Partial<EffectInfo> = {}) {
  const row: EffectInfo = {
    call: 'call_1',
    action: name,
    workflow: 'w',
    session: 's',
    record: 'contact',
    record_id: '102',
    person: null,
    outcome: 'succeeded',
    at: now - hour,
    undo: 1,
    undo_until: now + hour,
    due: null,
    cancel_until: null,
    taken_back_by: null,
    taken_back_at: null,
    forget: now + hour,
    ...info,
  };
  return takeableOf('a', row, catalogue.get(name), now);
}

describe('an execute, as far as it can be taken back', () => {
  test('is undone by its contract, until its window ends', () => {
    expect(told('crm.contact.update')).toMatchObject({
      about: { record: 'contact', id: '102' },
      at: '2026-11-24T09:00:00.000Z',
      way: { kind: 'undo', action: 'crm.contact.update', until: '2026-11-24T11:00:00.000Z' },
      takenBack: null,
    });
    const late = told('crm.contact.update', { undo: 0, undo_until: now - 1 });
    expect(late.way).toMatchObject({ kind: 'none', why: expect.stringContaining('Too late') });
  });

  test('is cancelled while it is still to come, and undone after', () => {
    const later = { due: now + hour, cancel_until: now + hour / 2 };
    expect(told('chat.message.schedule', later).way).toMatchObject({ kind: 'cancel' });
    expect(told('chat.message.schedule', { ...later, cancel_until: now }).way).toMatchObject({
      kind: 'undo',
    });
  });

  test('has no way back where the contract has none, nothing was kept, or it is not known whether it was done', () => {
    const ways = [
      told('chat.message.unschedule', { undo: 0, undo_until: null }),
      told('crm.contact.update', { undo: 0, undo_until: null }),
      told('crm.contact.update', { outcome: 'indeterminate', undo: 0, undo_until: null }),
      told('gone.action.now'),
    ].map(({ way }) => way);
    for (const way of ways) expect(way).toMatchObject({ kind: 'none', why: expect.stringMatching(/\w/) });
    expect(new Set(ways.map((way) => way.kind === 'none' && way.why)).size).toBe(4);
  });

  test('says by what it was taken back', () => {
    expect(told('crm.contact.update', { taken_back_by: 'call_2' }).takenBack).toEqual({
      by: 'call_2',
      at: null,
    });
  });
});

describe('asking for a page', () => {
  test('goes on where the page before ended', () => {
    const call = `call_${'0'.repeat(26)}`;
    const query = effectQuery({ limit: 10, after: cursorOf({ at: 5, call }) });
    expect(query).toMatchObject({ after: { at: 5, call }, limit: 10, session: null });
  });

  test('is refused when it is not understood', () => {
    for (const query of [{ limit: 0 }, { limit: 501 }, { limit: 1, after: 'x' }, { limit: 1, since: 'now' }])
      expect(effectQuery(query)).toBeUndefined();
  });
});
