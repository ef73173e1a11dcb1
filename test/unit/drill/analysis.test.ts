import { describe, expect, test } from 'vitest';
import {
  analyseDrill,
  type DrillCall,
  type DrillEvents,
  type Stream,
  type VendorRequest,
} from '../../../bin/lib/drill-analysis.ts';
import { drillMarkdown } from '../../../bin/lib/drill-report.ts';
import type { Receipt } from '../../../shared/rpc.ts';

const start = Date.parse('2026-11-22T12:00:00.000Z');
const stopAt = start + 2_000;
const confirmedAt = stopAt + 30;
const resumeAsked = confirmedAt + 7_000;

const crm: Stream = {
  id: 'crm',
  agent: 'lead-router',
  action: 'crm.company.read',
  mode: 'read',
  vendor: 'hubspot',
  method: 'GET',
  path: '/crm/v3/objects/companies/501',
  covered: true,
};
const other: Stream = {
  ...crm,
  id: 'other',
  agent: 'writer',
  path: '/crm/v3/objects/companies/502',
  covered: false,
};

const receipt: Receipt = {
  id: 'rcpt_01JD0000000000000000000000',
  target: 'agent:lead-router',
  source: 'people',
  reason: 'drill',
  by: 'operator@sandbox.example',
  stopAt: new Date(stopAt).toISOString(),
  confirmMs: 30,
  epoch: 4,
  status: 'settled',
  confirmedAt: new Date(confirmedAt).toISOString(),
  settledAt: new Date(confirmedAt + 5).toISOString(),
  guards: { acked: 1, lapsed: 0, unknown: 0, waiting: 0 },
  inFlight: [],
  unheard: [],
  assumption: 'Clocks differ by little.',
  cancel: false,
  deferred: [],
  operators: [],
  more: { inFlight: 0, deferred: 0, operators: 0 },
};

function request({ method, path }: Stream, at: number): VendorRequest {
  return { method, path, at };
}

function call({ id }: Stream, at: number, status: number): DrillCall {
  return { stream: id, at, status };
}

/** A drill in which everything was right. */
function clean(more: Partial<DrillEvents> = {}): DrillEvents {
  return {
    target: 'agent:lead-router',
    environment: 'sandbox',
    startedAt: start,
    streams: [crm, other],
    calls: [
      call(crm, start + 100, 200),
      call(other, start + 100, 200),
      call(crm, confirmedAt + 100, 423),
      call(crm, confirmedAt + 5_000, 503),
      call(other, confirmedAt + 100, 200),
      call(crm, resumeAsked + 200, 200),
    ],
    receipt,
    logs: {
      hubspot: [
        request(crm, start + 101),
        request(other, start + 101),
        request(crm, confirmedAt),
        request(other, confirmedAt + 101),
        request(crm, resumeAsked + 201),
      ],
    },
    marks: {
      incident: start,
      seen: start + 900,
      asked: stopAt - 10,
      answered: confirmedAt + 15,
      resumeAsked,
      restored: resumeAsked + 230,
    },
    ...more,
  };
}

/** The same with further lines in the vendor's log. */
function logged(...more: VendorRequest[]): DrillEvents {
  return clean({ logs: { hubspot: [...(clean().logs['hubspot'] ?? []), ...more] } });
}

describe('a drill', () => {
  test('in which nothing covered started after the confirmation held, and has its times', () => {
    const report = analyseDrill(clean());
    expect(report).toMatchObject({ verdict: 'held', reasons: [], violations: [] });
    expect(report.times).toEqual({
      detect: 900,
      decide: 1090,
      stop: 55,
      confirm: 30,
      settle: 35,
      restore: 230,
    });
    expect(report.covered).toEqual({ requestsBefore: 1, callsAfterConfirmed: 2, refused: 2 });
    expect(report.uncovered).toEqual({ callsAfterConfirmed: 1, succeeded: 1 });
  });

  test.each([1, 500, 6_999])('with a covered request %d ms after the confirmation is violated', (after) => {
    const report = analyseDrill(logged(request(crm, confirmedAt + after)));
    expect(report.verdict).toBe('violated');
    expect(report.violations).toEqual([
      { vendor: 'hubspot', method: 'GET', path: crm.path, afterConfirmedMs: after },
    ]);
    expect(report.reasons[0]).toContain(`${after} ms after the confirmation`);
  });

  test('is not violated by what another agent does at the same vendor', () => {
    expect(
      analyseDrill(
        logged(request(other, confirmedAt + 1), { ...request(crm, confirmedAt + 1), method: 'POST' }),
      ).verdict,
    ).toBe('held');
  });

  test('in which a covered call succeeded after the confirmation is violated, whatever the logs say', () => {
    const events = clean();
    events.calls.push(call(crm, confirmedAt + 50, 200));
    expect(analyseDrill(events)).toMatchObject({ verdict: 'violated', violations: [] });
  });

  test('in which uncovered calls did not go on is violated', () => {
    const events = clean();
    events.calls.push(call(other, confirmedAt + 50, 423));
    expect(analyseDrill(events)).toMatchObject({
      verdict: 'violated',
      reasons: ['only 1 of 2 calls that the stop does not cover succeeded'],
    });
  });

  test('may lose one uncovered call in a hundred', () => {
    const events = clean();
    for (let n = 1; n <= 99; n += 1) events.calls.push(call(other, confirmedAt + n, n === 7 ? 429 : 200));
    expect(analyseDrill(events).verdict).toBe('held');
  });
});

describe('a drill is unproven, not held,', () => {
  test.each<[string, DrillEvents, RegExp]>([
    [
      'without a confirmation',
      clean({ receipt: { ...receipt, status: 'forming', confirmedAt: null, settledAt: null } }),
      /nothing was confirmed/,
    ],
    [
      'without settling',
      clean({ receipt: { ...receipt, status: 'confirmed', settledAt: null } }),
      /not settled/,
    ],
    ["without the vendor's log", clean({ logs: { hubspot: null } }), /log of hubspot could not be read/],
    ['when the log was never there', clean({ logs: {} }), /log of hubspot could not be read/],
    [
      'when no covered request came before the stop',
      clean({ logs: { hubspot: [request(crm, start - 5)] } }),
      /shows nothing/,
    ],
    [
      'when nothing covered was tried',
      clean({ calls: [call(other, confirmedAt + 1, 200)] }),
      /no covered call was tried/,
    ],
    ['when nothing came back', clean({ marks: { ...clean().marks, restored: null } }), /succeeded again/],
  ])('%s', (_, events, reason) => {
    const report = analyseDrill(events);
    expect(report.verdict).toBe('unproven');
    expect(report.reasons).toContainEqual(expect.stringMatching(reason));
  });

  test('but a violation outweighs a gap', () => {
    const events = logged(request(crm, confirmedAt + 9));
    events.marks.restored = null;
    expect(analyseDrill(events).verdict).toBe('violated');
  });
});

test('the Markdown says what was proven, the times and where it is kept', () => {
  const text = drillMarkdown(analyseDrill(clean()), { id: 'drill_1', sha256: 'ab'.repeat(32), note: null });
  expect(text).toContain('# Drill: stop of agent:lead-router in sandbox');
  expect(text).toContain('**HELD');
  expect(text).toContain('| confirm | 30 ms |');
  expect(text).toContain('drill_1');
  const bad = drillMarkdown(analyseDrill(logged(request(crm, confirmedAt + 9))), {
    id: null,
    sha256: 'x',
    note: null,
  });
  expect(bad).toContain('**VIOLATED');
  expect(bad).toContain('Not in the journal');
});
