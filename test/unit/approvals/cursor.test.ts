import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../shared/rpc.ts';
import { dealOut, readCursor, writeCursor, type Dealt } from '../../../workers/approvals/cursor.ts';
import type { Placed } from '../../../workers/approvals/store.ts';
import { waitingApproval } from './fixture.ts';

function waits(id: string, turn: number): Placed {
  return { approval: waitingApproval({ id }), place: { turn, id } };
}

function over(id: string, status: Approval['status'] = 'used'): Placed {
  return { approval: waitingApproval({ id, status }), place: { over: id } };
}

function hand(workflow: string, items: Placed[], more = false): Dealt {
  return { workflow, items, more };
}

const ids = (approvals: readonly Approval[]): string[] => approvals.map(({ id }) => id).toSorted();

describe('a page of several workflows', () => {
  it('deals out what waits workflow by workflow, so that none hides another', () => {
    const flood = Array.from({ length: 10 }, (_, n) => waits(`a${n}`, n));
    const dealt = dealOut([hand('a', flood), hand('b', [waits('b0', 7)]), hand('c', [])], 4, {});
    expect(ids(dealt.approvals)).toEqual(['a0', 'a1', 'a2', 'b0']);
    expect(dealt.ended).toEqual({ a: { turn: 2, id: 'a2' }, b: { turn: 7, id: 'b0' } });
    expect(dealt.left).toBe(true);
  });

  it('comes to what does not wait once nothing waits, the newest first', () => {
    const hands = [hand('a', [waits('a1', 0), over('a0')]), hand('b', [over('b9'), over('b1')])];
    expect(dealOut(hands, 3, {}).approvals.map(({ id }) => id)).toEqual(['a1', 'b9', 'b1']);
    expect(dealOut(hands, 4, {})).toMatchObject({
      left: false,
      ended: { a: { over: 'a0' }, b: { over: 'b1' } },
    });
  });

  it('ends where it is not known what a workflow would deal next', () => {
    const dealt = dealOut([hand('a', [waits('a0', 0)], true), hand('b', [over('b0')])], 10, {});
    expect(ids(dealt.approvals)).toEqual(['a0']);
    expect(dealt.left).toBe(true);
  });

  it('keeps the place of a workflow of which it shows nothing', () => {
    const before = { a: { turn: 3, id: 'a3' }, b: { turn: 1, id: 'b1' } };
    const dealt = dealOut([hand('a', []), hand('b', [waits('b2', 2)])], 10, before);
    expect(dealt).toMatchObject({ ended: { a: before.a, b: { turn: 2, id: 'b2' } }, left: false });
  });
});

describe('a cursor', () => {
  it('is read as it was written, whatever the workflows are called', () => {
    const cursor = { 'lead-routing': { turn: 12, id: 'appr_1' }, content: { over: 'appr_2' } };
    expect(readCursor(writeCursor(cursor))).toEqual(cursor);
    expect(writeCursor(cursor)).toMatch(/^[\w-]+$/);
  });

  it.each(['', 'nonsense', btoa('[]'), btoa('{"a":{"turn":"1","id":"x"}}'), btoa('{"a":{}}'), btoa('null')])(
    'is not %j',
    (text) => {
      expect(readCursor(text)).toBeNull();
    },
  );
});
