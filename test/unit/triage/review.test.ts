import { describe, expect, test } from 'vitest';
import type { Directory } from '../../../shared/directory.ts';
import type { Review } from '../../../shared/reviews.ts';
import { overdueReviews } from '../../../workers/approvals/triage/notices.ts';
import { misbehaviour, record, type Verdict } from '../../../workers/approvals/triage/review.ts';
import { at, reviewOf, T, terms } from './fixture.ts';

const directory: Directory = {
  people: [{ name: 'Ap', identities: ['approver@acme.example', 'ap@old.example'] }],
  groups: {},
};
const by = (email: string) => ({ email });
const fine: Verdict = { verdict: 'fine', note: '' };
const wrong: Verdict = { verdict: 'wrong', note: 'The wrong queue.' };
const done = reviewOf({ state: 'done', verdict: 'wrong', by: 'x@acme.example', note: 'n', doneAt: at(1) });

describe('a verdict', () => {
  test.each<[string, Review, Verdict, string, object]>([
    [
      'counts',
      reviewOf(),
      fine,
      'x@acme.example',
      { review: { state: 'done', verdict: 'fine', by: 'x@acme.example', doneAt: at(7) } },
    ],
    [
      'by its approver does not',
      reviewOf(),
      fine,
      'approver@acme.example',
      { refusal: { why: 'own-approval' } },
    ],
    ['nor by their other address', reviewOf(), fine, 'ap@old.example', { refusal: { why: 'own-approval' } }],
    [
      'that something is wrong needs words',
      reviewOf(),
      { ...wrong, note: ' ' },
      'x@acme.example',
      { refusal: { why: 'no-words' } },
    ],
    ['again is the same', done, wrong, 'X@acme.example', { ok: true, review: done }],
    ['another one comes too late', done, fine, 'x@acme.example', { refusal: { why: 'done' } }],
    [
      'of another person, too',
      done,
      wrong,
      'y@acme.example',
      { refusal: { why: 'done', by: 'x@acme.example' } },
    ],
  ])('%s', (_, review, verdict, email, expected) => {
    expect(record(review, verdict, by(email), directory, T + 7)).toMatchObject(expected);
  });
});

test('misbehaviour is a case of the agent’s owners, with half of the time to respond', () => {
  const found = {
    id: 'handoff_1',
    call: 'call_1',
    agent: 'a',
    tool: 'support',
    action: 'support.refund.request',
  };
  const opened = misbehaviour({ ...found, reason: 'why', by: 'x@acme.example', terms }, T);
  expect(opened).toMatchObject({
    kind: 'misbehaviour',
    calls: ['call_1'],
    addressees: terms.owners,
    reportedBy: 'x@acme.example',
    respondBy: at(50_000),
    state: 'open',
  });
});

test('overdue reviews of an agent are one notice, and none is none', () => {
  expect(overdueReviews([], T)).toBeNull();
  expect(overdueReviews([reviewOf(), reviewOf({ call: 'call_2' })], T)).toMatchObject({
    kind: 'review-overdue',
    reviews: 2,
    groups: [terms.group],
    addresses: terms.owners,
  });
});
