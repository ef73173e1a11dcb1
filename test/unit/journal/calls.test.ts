import { describe, expect, it } from 'vitest';
import { GENESIS, type Entry, type EntryData } from '../../../shared/journal.ts';
import { assembleCalls, inOrder } from '../../../workers/ledger/calls.ts';

const call = 'call_01JD0000000000000000000000';
const base = {
  agent: 'lead-router',
  workflow: 'lead-intake',
  tool: 'crm',
  action: 'crm.contact.update',
  call,
};

function entry(kind: string, seq: number, data: EntryData, source = 'guard:lead-router'): Entry {
  const at = new Date(1_790_000_000_000 + seq * 1000).toISOString();
  return { source, seq, at, kind, data: { ...base, ...data }, prev: GENESIS, hash: GENESIS };
}

const intent = entry('call.intent', 3, {
  mode: 'execute',
  user: null,
  policies: ['p1'],
  policyVersion: 'v1',
});
const waiting = entry('call.waiting', 1, { approval: 'appr_1', needs: 1, mode: 'execute' });

describe('putting a call together', () => {
  it.each([
    ['proposed', [entry('call.proposed', 1, { would: 'allow' })], 1],
    ['waiting', [waiting], null],
    ['running', [waiting, intent], null],
    ['denied', [entry('call.denied', 2, { code: 'denied', policies: ['p9'] })], 2],
    ['denied', [waiting, entry('call.denied', 2, { code: 'approval-rejected' })], 2],
    ['succeeded', [waiting, intent, entry('call.outcome', 4, { outcome: 'succeeded' })], 4],
    ['failed', [intent, entry('call.outcome', 4, { outcome: 'failed', reason: 'rejected' })], 4],
    ['indeterminate', [intent, entry('call.outcome', 4, { outcome: 'indeterminate' })], 4],
    [
      'succeeded',
      [
        intent,
        entry('call.outcome', 4, { outcome: 'indeterminate' }),
        entry('call.recovered', 5, { outcome: 'succeeded' }),
      ],
      5,
    ],
    ['lapsed', [intent, entry('call.outcome', 4, { outcome: 'lapsed' })], 4],
    ['unknown', [entry('approval.requested', 1, {}, 'approvals:lead-intake')], null],
  ])('is %s', (status, entries, ended) => {
    const [record, ...others] = assembleCalls(entries.toReversed());
    expect(others).toEqual([]);
    expect(record).toMatchObject({ ...base, status });
    expect(record?.endedAt).toBe(ended === null ? null : entries.at(-1)!.at);
  });

  it('does not take for its own what people did with it while it waited', () => {
    const seen = entry('call.revealed', 2, { reason: 'is it the right one', person: 'a@acme.example' });
    expect(assembleCalls([waiting, seen])[0]).toMatchObject({ status: 'waiting', reason: null });
  });

  it('gathers what the entries say, and who approved', () => {
    const outcome = entry('call.outcome', 4, {
      outcome: 'succeeded',
      approval: 'appr_1',
      approvers: ['a@acme.example'],
      undo: { action: 'x' },
      mode: null,
    });
    const decided = entry(
      'approval.decided',
      2,
      { reason: 'as-expected', person: 'a@acme.example' },
      'approvals:lead-intake',
    );
    expect(assembleCalls([outcome, decided, waiting, intent])).toEqual([
      {
        ...base,
        mode: 'execute',
        user: null,
        status: 'succeeded',
        reason: null,
        approval: 'appr_1',
        approvers: ['a@acme.example'],
        policies: ['p1'],
        policyVersion: 'v1',
        since: waiting.at,
        endedAt: outcome.at,
        undo: { action: 'x' },
        deferred: null,
        undone: null,
        operator: null,
        verified: null,
      },
    ]);
  });

  it('says by whom a call was taken back, and leaves its outcome as it was', () => {
    const outcome = entry('call.outcome', 4, { outcome: 'succeeded' });
    const undone = entry('call.undone', 5, {
      undone: { by: 'call_2', kind: 'undo', person: 'o@acme.example' },
    });
    expect(assembleCalls([intent, outcome, undone])).toMatchObject([
      { status: 'succeeded', endedAt: outcome.at, undone: { by: 'call_2', kind: 'undo' } },
    ]);
  });

  it('lists the newest call first and leaves out entries of no call', () => {
    const other = entry('call.denied', 9, { call: 'call_01JE0000000000000000000000', code: 'denied' });
    const { call: _, ...none } = base;
    const records = assembleCalls([
      intent,
      { ...entry('control.stop', 1, {}, 'control'), data: none },
      other,
    ]);
    expect(records.map((record) => record.call)).toEqual([other.data.call, call]);
  });

  it('keeps the order of a chain whose clock stepped back', () => {
    const back = { ...entry('call.outcome', 4, { outcome: 'succeeded' }), at: '2020-01-01T00:00:00.000Z' };
    expect(inOrder([back, intent, waiting]).map(({ seq }) => seq)).toEqual([1, 3, 4]);
  });
});
