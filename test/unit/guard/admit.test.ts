import { noOrigins } from '../../../shared/origins.ts';
import { expect, test } from 'vitest';
import { Meters } from '../../../shared/meters.ts';
import type { Stop } from '../../../shared/rpc.ts';
import { usageOf } from '../../../shared/usage.ts';
import { admit, type Column } from '../../../workers/guard/admit.ts';
import type { AskedCall } from '../../../workers/guard/call.ts';
import { Rates } from '../../../workers/guard/rates.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const call: AskedCall = {
  caller: { agent: 'lead-router', user: null, scopes: [] },
  action: catalogue.get('crm.company.read')!,
  grant: { action: 'crm.company.read', mode: 'read' },
  workflow: 'lead-routing',
  policyVersion: 'ps_0000000000000001',
  mode: 'read',
  input: {},
  inputText: '{}',
  because: null,
  confidence: null,
  model: null,
  session: null,
  placeholders: [],
  releases: [],
};

/** Under a lease of this policy set, with these stops. */
function under(version: string, stops: Stop[] = []): Column {
  return {
    stops,
    closed: [],
    until: { read: 10_000, propose: 10_000, execute: 10_000 },
    governance: { version, policies: [], contracts: {}, manifest: null },
    earlier: undefined,
    digest: '',
    environment: 'sandbox',
    autonomy: { mode: 'execute', why: 'start', since: null, executeSince: null },
    launchWeek: false,
    origins: noOrigins,
    facts: {},
    rates: new Rates([], []),
    meters: new Meters('agent', []),
    usage: usageOf(call, {}),
    usableUntil: Infinity,
    inFlight: 0,
    approvers: [],
    now: 1_000,
  };
}

test('a call whose agent got another manifest while it was under way is asked again, not judged by the old one', () => {
  const moved: Stop = {
    target: 'workflow:content',
    source: 'people',
    since: '2026-11-22T12:00:00.000Z',
    by: 'ada@acme.example',
    reason: 'a test',
    held: false,
  };
  const changed = admit(call, under('ps_0000000000000002', [moved]));
  expect(changed).toEqual({ kind: 'denied', denial: { kind: 'no-lease' } });
  expect(admit(call, under(call.policyVersion))).toMatchObject({ denial: { kind: 'policy' } });
});
