import { describe, expect, it } from 'vitest';
import { emptyDirectory } from '../../../shared/directory.ts';
import type { Approval } from '../../../shared/rpc.ts';
import { approversOf } from '../../../workers/approvals/counting.ts';
import { decide } from '../../../workers/approvals/decide.ts';
import { covers, isLive, shown, type KeptPreApproval } from '../../../workers/approvals/pre-approvals.ts';
import { reopen, take } from '../../../workers/approvals/states.ts';
import { approverSays, nobodyKnown, waitingApproval } from './fixture.ts';

const now = Date.parse('2026-11-22T12:10:00.000Z');
const open = { epoch: 7, stoppedBy: [] };

function kept(over: Partial<KeptPreApproval> = {}): KeptPreApproval {
  return {
    id: 'pre_1',
    by: 'ada@acme.example',
    roles: ['approver'],
    credential: 'c1',
    agent: 'lead-router',
    workflow: 'lead-intake',
    action: 'crm.contact.update',
    where: { '/id': '42' },
    count: 2,
    used: 0,
    reason: 'as-expected',
    note: '',
    madeAt: '2026-11-22T11:00:00.000Z',
    until: '2026-11-22T12:11:00.000Z',
    endedAt: null,
    endedBy: null,
    ...over,
  };
}

describe('a pre-approval', () => {
  it.each<[string, Partial<KeptPreApproval>, Partial<Approval>, boolean]>([
    ['such a call', {}, {}, true],
    ['any call of the action', { where: {} }, { input: {} }, true],
    [
      'a call with the value deep within',
      { where: { '/a/0/b~1c': 1 } },
      { input: { a: [{ 'b/c': 1 }] } },
      true,
    ],
    ['another value', { where: { '/id': '43' } }, {}, false],
    ['a value of another type', { where: { '/id': 42 } }, {}, false],
    ['a place that is not there', { where: { '/name': null } }, {}, false],
    ['what an object inherits', { where: { '/constructor/name': 'Object' } }, {}, false],
    ['another agent', {}, { agent: 'content-writer' }, false],
    ['another action', {}, { action: 'crm.contact.read' }, false],
    ['what a person edited', {}, { revision: 1 }, false],
    ['what was asked for before it was made', {}, { requestedAt: '2026-11-22T10:59:59.999Z' }, false],
    ['more calls than it says', { used: 2 }, {}, false],
    ['a call at its end', { until: new Date(now).toISOString() }, {}, false],
    ['a call after it was ended', { endedAt: '2026-11-22T11:30:00.000Z' }, {}, false],
    ['an end that is no time', { until: 'ever' }, {}, false],
  ])('is for %s: %#', (_, over, request, is) => {
    expect(covers(kept(over), waitingApproval(request), now)).toBe(is);
  });

  it('shows neither credential nor roles', () => {
    expect(isLive(kept(), now)).toBe(true);
    expect(JSON.stringify(shown(kept()))).not.toMatch(/credential|roles/);
  });
});

describe('a decision by it', () => {
  const says = (over: object = {}) => ({
    ...approverSays('ada@acme.example'),
    preapproval: 'pre_1',
    ...over,
  });
  const refusal = (request: Partial<Approval>, over: object = {}) =>
    decide(waitingApproval(request), says(over), nobodyKnown, open, now);

  it('counts as one by hand, once with the same person’s own', () => {
    const first = decide(waitingApproval({ needs: 2 }), says(), nobodyKnown, open, now);
    if (!first.ok) throw new Error('refused');
    const own = decide(first.approval, approverSays('ada@acme.example'), nobodyKnown, open, now);
    expect(own).toMatchObject({ ok: false, refusal: { why: 'decided-before' } });
    const other = decide(first.approval, approverSays('bob@acme.example'), nobodyKnown, open, now);
    expect(other).toMatchObject({ ok: true, approval: { status: 'approved' } });
  });

  it.each<[string, Partial<Approval>, string]>([
    [
      'with an untrusted argument',
      { provenance: [{ pointer: '/id', level: 'untrusted', from: null }] },
      'by-hand-only',
    ],
    ['of which nobody could tell where its arguments come from', { provenance: [] }, 'by-hand-only'],
    ['that cannot be undone and needs two', { needs: 2, irreversible: true }, 'by-hand-only'],
    ['of their own', { user: 'ada@acme.example' }, 'own-request'],
    ['asked of others', { group: 'others' }, 'not-asked'],
  ])('does not count for a call %s', (_, request, why) => {
    const directory = { ...emptyDirectory, groups: { others: { members: ['bob@acme.example'], mail: [] } } };
    const known = { directory, delegations: [] };
    expect(decide(waitingApproval(request), says(), known, open, now)).toMatchObject({
      ok: false,
      refusal: { why },
    });
  });

  it('does not count while it is stopped, nor of who holds no right any more', () => {
    const stopped = { epoch: 8, stoppedBy: ['all' as const] };
    expect(decide(waitingApproval({}), says(), nobodyKnown, stopped, now)).toMatchObject({
      refusal: { why: 'stopped' },
    });
    expect(refusal({}, { roles: ['auditor'] })).toMatchObject({ refusal: { why: 'role' } });
  });

  it('counts no more once two are needed for what cannot be undone, and who gave it may decide by hand', () => {
    const one = decide(waitingApproval({ irreversible: true }), says(), nobodyKnown, open, now);
    if (!one.ok) throw new Error('refused');
    const { approval: used } = take(one.approval, ['d1'], now);
    const waits = reopen(used, 'd1', { needs: 2, policies: [], policyVersion: 'v2' }, now);
    expect(approversOf(waits)).toEqual([]);
    const own = decide(waits, approverSays('ada@acme.example'), nobodyKnown, open, now);
    if (!own.ok) throw new Error('refused');
    expect(own.approval.status).toBe('waiting');
    expect(decide(own.approval, approverSays('bob@acme.example'), nobodyKnown, open, now)).toMatchObject({
      ok: true,
      approval: { status: 'approved' },
    });
  });
});
