import { describe, expect, test } from 'vitest';
import { commonChecks, type Evidence } from '../../../bin/lib/exercise/checks.ts';
import type { Deed } from '../../../bin/lib/exercise/script.ts';
import type { Receipt } from '../../../shared/rpc.ts';

const deed = (more: Partial<Deed>): Deed => ({
  call: 'call_1',
  action: 'ads.budget.update',
  mode: 'execute',
  at: 1_000,
  endedAt: 1_100,
  status: 200,
  code: null,
  output: {},
  afterStop: false,
  ...more,
});

const receipt: Receipt = {
  id: 'rcpt_1',
  target: 'agent:exercise-agent',
  reason: 'exercise exer_1: a budget',
  by: 'operator@sandbox.example',
  stopAt: new Date(2_000).toISOString(),
  epoch: 2,
  status: 'settled',
  confirmedAt: new Date(2_050).toISOString(),
  confirmMs: 50,
  settledAt: new Date(2_100).toISOString(),
  guards: { acked: 1, lapsed: 0, unknown: 0, waiting: 0 },
  source: 'people',
  inFlight: [],
  unheard: [],
  assumption: 'clocks agree',
  cancel: false,
  deferred: [],
  operators: [],
  more: { inFlight: 0, deferred: 0, operators: 0 },
};

const wrote = (at: number) => ({ method: 'POST', path: '/v25.0/1', at });

/** An exercise that went as it should; times in ms. */
const good: Evidence = {
  startedAt: 900,
  restoreAt: 5_000,
  deeds: [deed({}), deed({ call: 'call_2', status: 423, afterStop: true })],
  receipt,
  // The last one is the undo.
  logs: { meta: [wrote(1_050), wrote(5_100)] },
  harm: [{ vendor: 'meta', method: 'POST', path: '/v25.0/*' }],
  pending: [{ vendor: 'meta', id: 'b1' }],
  before: { budget: '5000' },
  during: { budget: '55000' },
  after: { budget: '5000' },
  changes: true,
  contacts: [
    {
      contact: 'incident',
      address: 'gate-incidents@acme.example',
      askedAt: new Date(2_200).toISOString(),
      acknowledged: { by: 'operator2@sandbox.example', at: new Date(2_300).toISOString() },
    },
  ],
  contactsWanted: 1,
  missing: [],
  goesOn: true,
};

const notPassed = (evidence: Partial<Evidence>): [string, string][] =>
  commonChecks({ ...good, ...evidence })
    .filter(({ status }) => status !== 'passed')
    .map(({ id, status }) => [id, status]);

describe('the checks of an exercise', () => {
  test('all pass where it went as it should', () => {
    expect(notPassed({})).toEqual([]);
  });

  test.each<[string, Partial<Evidence>, [string, string][]]>([
    ['nothing reached the vendor', { logs: { meta: [] } }, [['happened', 'failed']]],
    [
      'the log cannot be read',
      { logs: { meta: null } },
      [
        ['happened', 'open'],
        ['silent', 'open'],
        ['never-came', 'open'],
      ],
    ],
    ['the incident changed nothing', { during: good.before }, [['changed', 'failed']]],
    ['what is denied changed something', { changes: false }, [['changed', 'failed']]],
    ['nobody could look while it went wrong', { during: undefined }, [['changed', 'open']]],
    [
      'there was no stop',
      { receipt: null },
      [
        ['stopped', 'failed'],
        ['silent', 'failed'],
      ],
    ],
    ['the stop did not settle', { receipt: { ...receipt, status: 'confirmed' } }, [['stopped', 'failed']]],
    [
      'a call after the stop went through',
      { deeds: [deed({}), deed({ afterStop: true })] },
      [['refused', 'failed']],
    ],
    [
      'a call after the stop was not answered',
      { deeds: [deed({}), deed({ afterStop: true, status: 0 })] },
      [['refused', 'failed']],
    ],
    ['nothing was tried after the stop', { deeds: [deed({})] }, [['refused', 'failed']]],
    [
      'a harmful request came after the confirmation',
      { logs: { meta: [wrote(1_050), wrote(2_060)] } },
      [['silent', 'failed']],
    ],
    [
      'what was scheduled went out, even after the resume',
      { logs: { meta: [wrote(1_050), { method: 'DUE', path: '/broadcasts/b1', at: 9_000 }] } },
      [['never-came', 'failed']],
    ],
    ['the vendor holds something else in the end', { after: { budget: '5100' } }, [['restored', 'failed']]],
    ['what the vendor holds in the end cannot be read', { after: undefined }, [['restored', 'open']]],
    [
      'a contact did not acknowledge',
      { contacts: good.contacts.map((one) => ({ ...one, acknowledged: null })) },
      [['notified', 'failed']],
    ],
    ['nobody was notified', { contacts: [] }, [['notified', 'failed']]],
    ['the audit log lacks a call', { missing: ['call_1'] }, [['noted', 'failed']]],
    ['the agent does not go on', { goesOn: false }, [['resumed', 'failed']]],
  ])('%s', (_, evidence, expected) => {
    expect(notPassed(evidence)).toEqual(expected);
  });

  test('a request between the stop and its confirmation was under way, and is no harm', () => {
    expect(notPassed({ logs: { meta: [wrote(1_050), wrote(2_020)] } })).toEqual([]);
  });
});
