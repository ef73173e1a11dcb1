import { describe, expect, it } from 'vitest';
import type { Directory } from '../../../shared/directory.ts';
import type { Role } from '../../../shared/people.ts';
import type { Approval, Delegation } from '../../../shared/rpc.ts';
import { decide, mayDecide } from '../../../workers/approvals/decide.ts';
import {
  groupsAsked,
  rightTo,
  standsInFor,
  stillHeld,
  type Known,
} from '../../../workers/approvals/eligible.ts';
import { approverSays, waitingApproval } from './fixture.ts';

const now = Date.parse('2026-11-22T12:10:00.000Z');
const ada = 'ada@acme.example';
const ada2 = 'ada.lovelace@acme.example';
const bob = 'bob@acme.example';
const cyd = 'cyd@acme.example';
const open = { epoch: 7, stoppedBy: [] };

const directory: Directory = {
  people: [{ name: 'Ada', identities: [ada, ada2] }],
  groups: {
    content: { members: [ada, cyd], mail: [] },
    leads: { members: ['owner', bob], mail: [] },
  },
};

function lent(from: string, to: string, over: Partial<Delegation> = {}): Delegation {
  return {
    id: 'd',
    from,
    to,
    roles: ['approver'],
    since: '2026-11-22T12:00:00.000Z',
    until: '2026-11-22T18:00:00.000Z',
    reason: 'away',
    endedAt: null,
    ...over,
  };
}

function right(
  over: Partial<Approval>,
  email: string,
  delegations: Delegation[] = [],
  roles: Role[] = ['approver'],
) {
  return rightTo(
    waitingApproval({ group: 'content', ...over }),
    { email, roles },
    { directory, delegations },
    now,
  );
}

describe('who may decide', () => {
  it.each<[string, Partial<Approval>, string, Delegation[], Role[], unknown]>([
    ['a member', {}, ada, [], ['approver'], [null]],
    ['a member under another address', {}, ada2, [], ['approver'], [null]],
    ['a member by role', { group: 'leads' }, cyd, [], ['owner'], [null]],
    [
      'anybody with the role, of a group that nobody knows',
      { group: 'unknown' },
      bob,
      [],
      ['approver'],
      [null],
    ],
    ['who stands in for a member', {}, bob, [lent(ada, bob)], ['approver'], [ada]],
    [
      'who stands in for a member by role',
      { group: 'leads' },
      cyd,
      [lent('dan@acme.example', cyd, { roles: ['owner'] })],
      ['approver'],
      ['dan@acme.example'],
    ],
    ['a member who also stands in for one', {}, cyd, [lent(ada, cyd)], ['approver'], [null, ada]],
    [
      'a member of a group it was escalated to',
      { escalation: ['leads'], escalated: 1 },
      bob,
      [],
      ['approver'],
      [null],
    ],
  ])('%s', (_, over, email, delegations, roles, as) => {
    expect(right(over, email, delegations, roles)).toEqual({ ok: true, as });
  });

  it.each<[string, Partial<Approval>, string, Delegation[], Role[], string]>([
    ['somebody of another group', {}, bob, [], ['approver'], 'not-asked'],
    [
      'a member of a group that is not asked yet',
      { escalation: ['leads'] },
      bob,
      [],
      ['approver'],
      'not-asked',
    ],
    ['a member without the role', {}, ada, [], ['operator', 'auditor'], 'role'],
    [
      'who stands in for somebody of another group',
      {},
      bob,
      [lent('dan@acme.example', bob)],
      ['approver'],
      'not-asked',
    ],
    [
      'who a member lent it to until a moment ago',
      {},
      bob,
      [lent(ada, bob, { until: new Date(now).toISOString() })],
      ['approver'],
      'not-asked',
    ],
    [
      'who a member will lend it to',
      {},
      bob,
      [lent(ada, bob, { since: new Date(now + 1).toISOString() })],
      ['approver'],
      'not-asked',
    ],
    [
      'who a member lends it to no more',
      {},
      bob,
      [lent(ada, bob, { endedAt: '2026-11-22T12:01:00.000Z' })],
      ['approver'],
      'not-asked',
    ],
    [
      'who was lent it for a time that is none',
      {},
      bob,
      [lent(ada, bob, { until: 'ever' })],
      ['approver'],
      'not-asked',
    ],
    [
      'who it was lent on to by one who stands in',
      {},
      bob,
      [lent('dan@acme.example', bob), lent(ada, 'dan@acme.example')],
      ['approver'],
      'not-asked',
    ],
    ['whom the agent acts for', { user: ada }, ada, [], ['approver'], 'own-request'],
    ['whom the agent acts for, under another address', { user: ada2 }, ada, [], ['approver'], 'own-request'],
    [
      'a member who stands in for whom the agent acts for',
      { user: bob },
      cyd,
      [lent(bob, cyd)],
      ['approver'],
      'stands-in',
    ],
    [
      'a stranger who stands in for whom the agent acts for',
      { user: ada2 },
      bob,
      [lent(ada, bob)],
      ['approver'],
      'stands-in',
    ],
  ])('but not %s', (_, over, email, delegations, roles, why) => {
    expect(right(over, email, delegations, roles)).toMatchObject({ ok: false, refusal: { why } });
  });

  it('names the groups that are asked', () => {
    expect(right({ escalation: ['leads', 'owners'], escalated: 1 }, 'eve@acme.example')).toEqual({
      ok: false,
      refusal: { why: 'not-asked', groups: ['content', 'leads'] },
    });
    expect(groupsAsked(waitingApproval({ group: 'a', escalation: ['a', 'b'], escalated: 2 }))).toEqual([
      'a',
      'b',
    ]);
  });

  it('is lent by nobody to themselves', () => {
    expect(standsInFor({ directory, delegations: [lent(ada, ada2)] }, ada2, now)).toEqual([]);
  });
});

describe('one person', () => {
  const two = waitingApproval({ group: 'unknown', needs: 2 });
  const known = (delegations: Delegation[] = []): Known => ({ directory, delegations });

  function status(steps: [email: string, delegations?: Delegation[]][], start = two): Approval['status'] {
    let state = start;
    for (const [email, delegations] of steps) {
      const next = decide(state, approverSays(email), known(delegations), open, now);
      if (next.ok) state = next.approval;
    }
    return state.status;
  }

  it('counts once under two addresses', () => {
    expect(status([[ada], [ada2]])).toBe('waiting');
    expect(status([[ada], [bob]])).toBe('approved');
  });

  it('counts once with who stands in for them, whoever of the two comes first', () => {
    const asked = { ...two, group: 'content' };
    expect(status([[bob, [lent(ada, bob)]], [ada]], asked)).toBe('waiting');
    expect(status([[bob, [lent(ada, bob)]], [ada2]], asked)).toBe('waiting');
    expect(status([[ada], [bob, [lent(ada, bob)]]], asked)).toBe('waiting');
    expect(
      status(
        [
          [bob, [lent(ada, bob)]],
          ['dan@acme.example', [lent(ada, 'dan@acme.example')]],
        ],
        asked,
      ),
    ).toBe('waiting');
    expect(status([[bob, [lent(ada, bob)]], [cyd]], asked)).toBe('approved');
  });

  it('decides as who is left, where they stand in for several', () => {
    const asked = { ...two, group: 'content' };
    const both = [lent(ada, bob), lent(cyd, bob)];
    const after = decide(asked, approverSays(ada), known(), open, now);
    if (!after.ok) throw new Error('refused');
    expect(mayDecide(after.approval, approverSays(bob), known(both), now)).toEqual({
      ok: true,
      onBehalfOf: cyd,
    });
    const second = decide(after.approval, approverSays(bob), known(both), open, now);
    expect(second).toMatchObject({ ok: true, approval: { status: 'approved' } });
    if (second.ok) expect(second.approval.decisions.at(-1)).toMatchObject({ by: bob, onBehalfOf: cyd });
  });
});

describe('what somebody held when they lent it or decided beforehand', () => {
  const held = (settings: object, ENVIRONMENT = 'production') =>
    stillHeld({ ENVIRONMENT, PEOPLE: JSON.stringify(settings) }, directory, {
      email: ada,
      roles: ['approver', 'owner'],
    });

  it('counts as far as the settings give it still, by any address; in the sandbox all of it', () => {
    expect(held({ [ada2]: ['approver', 'operator'] })).toEqual(['approver']);
    expect(held({ [bob]: ['approver'] })).toEqual([]);
    expect(held({}, 'sandbox')).toEqual(['approver', 'owner']);
  });

  it('lends nothing once nothing is left of it', () => {
    const known = { directory, delegations: [lent(cyd, bob, { roles: [] })] };
    const right = rightTo(
      waitingApproval({ group: 'content' }),
      { email: bob, roles: ['approver'] },
      known,
      now,
    );
    expect(right).toMatchObject({ ok: false, refusal: { why: 'not-asked' } });
  });
});
