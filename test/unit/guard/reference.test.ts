import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../shared/manifest.ts';
import type { AskedCall } from '../../../workers/guard/call.ts';
import type { ProposalRow } from '../../../workers/guard/proposal-store.ts';
import { contract } from '../../../workers/guard/steps/contract.ts';
import { reference } from '../../../workers/guard/steps/reference.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const id = 'call_01JD00000000000000000000QA';
const action = catalogue.get('crm.company.update')!;
const row: ProposalRow = {
  id,
  action: action.name,
  input: '{"country":"Chile","id":"501"}',
  contract: action.hash,
  policy: 'ps_0000000000000001',
  seen: '{"country":"hash"}',
  derived: '{"arguments":[],"wrote":{"untrusted":[],"unattributed":[]}}',
  digest: 'hash',
  at: 0,
  expires: 1_000,
  claimed_by: null,
};

/** Step 2 for an execute by reference, with this proposal kept and this grant. */
function asked(body: object, kept: ProposalRow | undefined = row, grant: object = {}) {
  const grants = [{ action: action.name, mode: 'execute', ...grant }];
  const governance = {
    version: 'ps_0000000000000001',
    policies: [],
    contracts: { [action.name]: action.hash },
    manifest: { agent: 'a', workflow: 'w', grants } as unknown as Manifest,
  };
  const caller = { agent: 'a', user: null, scopes: [`${action.name}:execute`] };
  const request = {
    tool: 'crm',
    action: 'company.update',
    body: JSON.stringify(body),
    idempotencyKey: 'k',
    traceparent: null,
  };
  return contract(caller, request, governance, catalogue, (wanted) =>
    wanted === kept?.id ? kept : undefined,
  );
}

const body = { mode: 'execute', proposal: id, because: { goal: 'g', explanation: 'e' } };

describe('an execute by reference', () => {
  test('is a call with the very input that was proposed', () => {
    expect(asked(body)).toMatchObject({
      ok: true,
      value: {
        mode: 'execute',
        input: { id: '501', country: 'Chile' },
        inputText: row.input,
        proposal: {
          id,
          seen: { country: 'hash' },
          expires: 1_000,
          derived: { arguments: [], wrote: { untrusted: [], unattributed: [] } },
        },
      },
    });
  });

  test('of nothing that is known here, or of another action, is unknown', () => {
    const unknown = { ok: false, denial: { kind: 'proposal-unknown' } };
    expect(asked(body, undefined, {})).toMatchObject({ ok: true });
    expect(asked({ ...body, proposal: 'call_01JD00000000000000000000ZZ' })).toEqual(unknown);
    expect(asked(body, { ...row, action: 'crm.contact.update' })).toEqual(unknown);
  });

  test('under another contract is not read at all', () => {
    const changed = { kind: 'proposal-changed', changed: [{ what: 'contract' }] };
    expect(asked(body, { ...row, contract: 'older', input: 'no longer JSON' })).toMatchObject({
      denial: changed,
    });
    // The same hash, but it no longer reads as the same text.
    expect(asked(body, { ...row, input: '{"id":"501","country":"Chile"}' })).toMatchObject({
      denial: changed,
    });
  });

  test('is held to the grant of today', () => {
    expect(asked(body, row, { fields: ['id', 'name'] })).toMatchObject({
      denial: { kind: 'invalid', errors: [{ pointer: '/input/country' }] },
    });
    expect(asked(body, row, { mode: 'propose' })).toMatchObject({ denial: { kind: 'mode-not-granted' } });
  });

  test.each([
    ['an input of its own', { input: { id: '501' } }, ''],
    ['an unknown field', { surprise: 1 }, ''],
    ['another mode', { mode: 'propose' }, '/mode'],
    ['something that is no call', { proposal: 7 }, '/proposal'],
    ['a path', { proposal: '../call_01JD00000000000000000000QA' }, '/proposal'],
  ])('with %s is invalid', (_what, more, pointer) => {
    const answer = asked({ ...body, ...more });
    expect(answer).toMatchObject({ denial: { kind: 'invalid' } });
    expect(JSON.stringify(answer)).toContain(pointer);
  });
});

describe('whether a proposal can be executed', () => {
  const call = { action, proposal: { id, contract: action.hash, seen: {}, expires: 1_000 } } satisfies Pick<
    AskedCall,
    'action' | 'proposal'
  >;
  const unknown = { ok: false, denial: { kind: 'proposal-unknown' } };

  test('by a call that stands alone is no question', () => {
    expect(reference({ action }, undefined, 0)).toEqual({ ok: true, value: null });
  });

  test('until it expires, and past it only by the call that set out in time', () => {
    expect(reference(call, { kind: 'free', claimed: false }, 999)).toMatchObject({ ok: true });
    expect(reference(call, { kind: 'free', claimed: false }, 1_000)).toEqual(unknown);
    expect(reference(call, { kind: 'free', claimed: true }, 5_000)).toMatchObject({ ok: true });
  });

  test('not when nobody says how it stands, or it is gone', () => {
    expect(reference(call, undefined, 0)).toEqual(unknown);
    expect(reference(call, { kind: 'gone' }, 0)).toEqual(unknown);
  });

  test('not when another call has it', () => {
    expect(reference(call, { kind: 'taken', call: 'call_x' }, 0)).toEqual({
      ok: false,
      denial: { kind: 'proposal-changed', changed: [{ what: 'executed', call: 'call_x' }] },
    });
  });

  test('not under another contract, also after it waited for people', () => {
    const older = { ...call, proposal: { ...call.proposal, contract: 'older' } };
    expect(reference(older, { kind: 'free', claimed: true }, 0)).toMatchObject({
      denial: { changed: [{ what: 'contract' }] },
    });
  });
});
