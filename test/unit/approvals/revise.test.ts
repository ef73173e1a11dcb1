import { describe, expect, it } from 'vitest';
import type { Directory } from '../../../shared/directory.ts';
import type { Amended, Approval } from '../../../shared/rpc.ts';
import { approversOf } from '../../../workers/approvals/counting.ts';
import { decide } from '../../../workers/approvals/decide.ts';
import type { Known } from '../../../workers/approvals/eligible.ts';
import { revise, type Editing } from '../../../workers/approvals/revise.ts';
import { reopen, take } from '../../../workers/approvals/states.ts';
import { approverSays, waitingApproval } from './fixture.ts';

const now = Date.parse('2026-11-22T12:10:00.000Z');
const open = { epoch: 7, stoppedBy: [] };
const stopped = { epoch: 8, stoppedBy: ['tool:crm' as const] };
const directory: Directory = {
  people: [{ name: 'Ada', identities: ['ada@acme.example', 'ada2@acme.example'] }],
  groups: {},
};
const known: Known = { directory, delegations: [] };

function edited(email = 'ada@acme.example', over: Partial<Editing> = {}): Editing {
  return {
    email,
    roles: ['approver'],
    reason: 'wrong-data',
    note: 'call ann@acme.example',
    digest: 'd1',
    credential: 'c1',
    ...over,
  };
}

function amended(over: Partial<Amended['request']> = {}): Amended {
  const { policies, policyVersion, preview, provenance, releases, usage, undo } = waitingApproval({});
  const request = {
    policies,
    policyVersion,
    preview,
    provenance,
    releases,
    usage,
    undo,
    irreversible: false,
    needs: 1,
  };
  return {
    request: { ...request, digest: 'd2', input: { id: '42', company: 'New' }, ...over },
    differences: [{ pointer: '/company', before: 'Old', after: 'New' }],
  };
}

function revised(start: Approval, editing = edited(), to = amended(), stops = open): Approval {
  const after = revise(start, editing, to, known, stops, now);
  if (!after.ok) throw new Error(after.refusal.why);
  return after.approval;
}

function after(start: Approval, ...emails: string[]): Approval {
  return emails.reduce((state, email) => {
    const next = decide(state, { ...approverSays(email), digest: state.digest }, known, open, now);
    return next.ok ? next.approval : state;
  }, start);
}

describe('an edit', () => {
  it('is the next revision, with a digest of its own, and tells what was changed by whom and why', () => {
    const next = revised(waitingApproval({ needs: 2 }), edited(), amended({ needs: 2 }));
    expect(next).toMatchObject({
      digest: 'd2',
      revision: 1,
      input: { company: 'New' },
      status: 'waiting',
      edited: { by: 'ada@acme.example', from: 'd1', reason: 'wrong-data', note: 'call [email]' },
    });
    expect(next.edits).toEqual([next.edited]);
  });

  it('approves it where one person is enough', () => {
    const next = revised(waitingApproval({}));
    expect(next).toMatchObject({ status: 'approved', approvedUnder: 7 });
    expect(approversOf(next)).toEqual(['ada@acme.example']);
    expect(take(next, ['d1'], now).told).toBe('void');
    expect(take(next, ['d1', 'd2'], now).told).toBe('approved');
  });

  it('while it is stopped is refused, where it would approve', () => {
    expect(revise(waitingApproval({}), edited(), amended(), known, stopped, now)).toEqual({
      ok: false,
      refusal: { why: 'stopped', by: ['tool:crm'] },
    });
  });

  it('drops what was decided on before, and keeps it readable', () => {
    const once = after(waitingApproval({ needs: 2 }), 'bob@acme.example');
    const next = revised(once, edited(), amended({ needs: 2 }));
    expect(approversOf(next)).toEqual([]);
    expect(next.decisions.map(({ by, digest }) => [by, digest])).toEqual([['bob@acme.example', 'd1']]);
    expect(after(next, 'cyd@acme.example').status).toBe('waiting');
    // Who approved what was before may approve what is now.
    expect(after(next, 'cyd@acme.example', 'bob@acme.example').status).toBe('approved');
  });

  it('is approved by two others where two are needed, never by who made any edit of it, by whatever address', () => {
    const next = revised(waitingApproval({ needs: 2 }), edited(), amended({ needs: 2 }));
    expect(after(next, 'ada@acme.example', 'ada2@acme.example', 'bob@acme.example').status).toBe('waiting');
    expect(after(next, 'bob@acme.example', 'cyd@acme.example').status).toBe('approved');
    const again = revised(
      next,
      edited('bob@acme.example', { digest: 'd2' }),
      amended({ digest: 'd3', needs: 2 }),
    );
    expect(after(again, 'ada@acme.example', 'bob@acme.example', 'cyd@acme.example').status).toBe('waiting');
    expect(after(again, 'dan@acme.example', 'cyd@acme.example').status).toBe('approved');
  });

  it('never has a digest of before, by which what was decided then would count again', () => {
    const next = revised(waitingApproval({ needs: 2 }), edited(), amended({ needs: 2 }));
    for (const digest of ['d1', 'd2']) {
      const back = amended({ digest, needs: 2 });
      const editing = edited('bob@acme.example', { digest: 'd2' });
      expect(() => revise(next, editing, back, known, open, now)).toThrow('no revision had before');
    }
  });

  it('may be rejected by who made it', () => {
    const next = revised(waitingApproval({ needs: 2 }), edited(), amended({ needs: 2 }));
    const no = { ...approverSays('ada@acme.example', 'reject'), digest: 'd2' };
    expect(decide(next, no, known, null, now)).toMatchObject({ ok: true, approval: { status: 'rejected' } });
  });

  it('does not count as an approval any more once two are needed', () => {
    const { approval: used } = take(revised(waitingApproval({})), ['d2'], now);
    const more = reopen(used, 'd2', { needs: 2, policies: [], policyVersion: 'v2' }, now);
    expect(more.status).toBe('waiting');
    expect(approversOf(more)).toEqual([]);
    expect(after(more, 'ada@acme.example', 'bob@acme.example').status).toBe('waiting');
    expect(after(more, 'bob@acme.example', 'cyd@acme.example').status).toBe('approved');
  });

  it.each<[string, Partial<Approval>, Editing, string]>([
    ['of what is over', { status: 'used' }, edited(), 'over'],
    ['past the deadline', { deadline: new Date(now).toISOString() }, edited(), 'over'],
    ['of what somebody edited since', { digest: 'd9', revision: 1 }, edited(), 'changed'],
    ['by whom the agent acts for', { user: 'ada2@acme.example' }, edited(), 'own-request'],
    ['without the role', {}, edited('ada@acme.example', { roles: ['operator'] }), 'role'],
  ])('%s changes nothing', (_, start, editing, why) => {
    expect(revise(waitingApproval(start), editing, amended(), known, open, now)).toMatchObject({
      ok: false,
      refusal: { why },
    });
  });
});

describe('a decision on what was edited', () => {
  const next = revised(waitingApproval({ needs: 2 }), edited(), amended({ needs: 2 }));

  it.each([null, 'd1', 'd3'])('counts only for the digest that was shown, not for %s', (digest) => {
    for (const decision of ['approve', 'reject'] as const) {
      const said = { ...approverSays('bob@acme.example', decision), digest };
      expect(decide(next, said, known, open, now)).toEqual({
        ok: false,
        refusal: { why: 'changed', revision: 1 },
      });
    }
  });

  it('of another digest counts for nothing before it was edited, either', () => {
    const said = { ...approverSays('bob@acme.example'), digest: 'd2' };
    expect(decide(waitingApproval({}), said, known, open, now)).toMatchObject({
      refusal: { why: 'changed' },
    });
  });
});

describe('what was taken and needs more people', () => {
  const more = (needs: number) => ({ needs, policies: [{ id: 'p2', reason: 'r' }], policyVersion: 'v2' });
  const { approval: used } = take(after(waitingApproval({}), 'bob@acme.example'), ['d1'], now);

  it('waits on with the decisions it has, and one more approves it', () => {
    const waits = reopen(used, 'd1', more(2), now);
    expect(waits).toMatchObject({ status: 'waiting', approvedUnder: null, policyVersion: 'v2', needs: 2 });
    expect(after(waits, 'bob@acme.example').status).toBe('waiting');
    expect(after(waits, 'cyd@acme.example')).toMatchObject({ status: 'approved', approvedUnder: 7 });
  });

  it('is taken twice only with both decisions', () => {
    const both = after(reopen(used, 'd1', more(2), now), 'cyd@acme.example');
    const again = take(both, ['d1'], now);
    expect(again.told).toBe('approved');
    expect(approversOf(again.approval)).toEqual(['bob@acme.example', 'cyd@acme.example']);
  });

  it('is over by one rejection', () => {
    const waits = reopen(used, 'd1', more(2), now);
    const no = decide(waits, approverSays('cyd@acme.example', 'reject'), known, null, now);
    expect(no).toMatchObject({ ok: true, approval: { status: 'rejected' } });
  });

  it.each<[string, Approval, string, number]>([
    ['of another digest', used, 'd2', now],
    ['not taken', after(waitingApproval({}), 'bob@acme.example'), 'd1', now],
    ['with people enough', used, 'd1', now],
  ])('stays as it is: %s', (_, approval, digest, at) => {
    const needs = approval === used && digest === 'd1' ? 1 : 2;
    expect(reopen(approval, digest, more(needs), at)).toBe(approval);
  });

  it('expires when its deadline has passed meanwhile', () => {
    expect(reopen(used, 'd1', more(2), Date.parse(used.deadline)).status).toBe('expired');
  });
});
