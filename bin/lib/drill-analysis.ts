import type { Target } from '../../flags/targets.ts';
import type { DrillTimes, Receipt } from '../../shared/rpc.ts';

/** One stream of synthetic calls. Its vendor requests can be told from all others by vendor, method and path. */
export interface Stream {
  id: string;
  agent: string;
  action: string;
  mode: 'read' | 'execute';
  vendor: string;
  method: string;
  path: string;
  /** Whether the target of the drill covers its calls. */
  covered: boolean;
}

/** One call of a stream; times are Unix ms of the machine that drills. */
export interface DrillCall {
  stream: string;
  at: number;
  /** HTTP status; 0: no answer. */
  status: number;
}

/** A line of a vendor's own request log. */
export interface VendorRequest {
  method: string;
  path: string;
  /** Unix ms by the vendor's clock: when the request arrived. */
  at: number;
  /** Whether it changed something at the vendor. */
  changed?: boolean;
}

/** Everything that a drill saw, in the order in which it happened. */
export interface DrillEvents {
  target: Target;
  environment: string;
  startedAt: number;
  streams: Stream[];
  calls: DrillCall[];
  receipt: Receipt;
  /** By vendor; null: its log could not be read. */
  logs: Record<string, VendorRequest[] | null>;
  marks: Marks;
}

/** Unix ms of the machine that drills; null: it did not come to that. */
export interface Marks {
  /** The first call that the drill takes for the incident. */
  incident: number;
  /** That call was seen in the audit log. */
  seen: number | null;
  /** The stop was asked for, and answered. */
  asked: number;
  answered: number;
  resumeAsked: number | null;
  /** A covered call succeeded again. */
  restored: number | null;
}

export type Verdict = 'held' | 'violated' | 'unproven';

/** What a drill proved. DrillTimes are milliseconds; null: it did not come to that. */
export interface DrillReport {
  target: Target;
  environment: string;
  startedAt: string;
  receipt: string;
  verdict: Verdict;
  /** Why the verdict is not `held`; empty when it is. */
  reasons: string[];
  /** Covered requests that a vendor logged between the confirmation and the resume. */
  violations: { vendor: string; method: string; path: string; afterConfirmedMs: number }[];
  times: DrillTimes;
  covered: { requestsBefore: number; callsAfterConfirmed: number; refused: number };
  uncovered: { callsAfterConfirmed: number; succeeded: number };
  guards: Receipt['guards'];
  inFlight: Receipt['inFlight'];
  assumption: string;
}

/** Of the calls that a stop does not cover, at least this share succeeds. */
const GO_ON = 0.99;

/**
 * Judges a drill. `violated`: a covered request reached a vendor after the confirmation, or uncovered calls did not go on.
 * `unproven`: that can't be told: no confirmation, no vendor log, or a load that would have shown nothing. Pure.
 */
export function analyseDrill(events: DrillEvents): DrillReport {
  const { receipt, marks, target, environment } = events;
  const confirmedAt = receipt.confirmedAt === null ? null : Date.parse(receipt.confirmedAt);
  const until = marks.resumeAsked ?? Infinity;
  const violations = confirmedAt === null ? [] : requestsWithin(events, confirmedAt, until);
  const covered = coveredCalls(events, confirmedAt, until);
  const uncovered = uncoveredCalls(events, confirmedAt, until);
  const wrong = [
    ...violations.map(
      ({ vendor, method, path, afterConfirmedMs }) =>
        `${vendor} logged ${method} ${path} ${afterConfirmedMs} ms after the confirmation`,
    ),
    ...shortfall(covered.succeeded, 'covered calls succeeded after the confirmation'),
    ...(goesOn(uncovered)
      ? []
      : [
          `only ${uncovered.succeeded} of ${uncovered.callsAfterConfirmed} calls that the stop does not cover succeeded`,
        ]),
  ];
  const gaps = proofGaps(events, covered, confirmedAt);
  return {
    target,
    environment,
    startedAt: new Date(events.startedAt).toISOString(),
    receipt: receipt.id,
    verdict: wrong.length > 0 ? 'violated' : gaps.length > 0 ? 'unproven' : 'held',
    reasons: [...wrong, ...gaps],
    violations,
    times: timesOf(events),
    covered: {
      requestsBefore: covered.requestsBefore,
      callsAfterConfirmed: covered.calls,
      refused: covered.refused,
    },
    uncovered,
    guards: receipt.guards,
    inFlight: receipt.inFlight,
    assumption: receipt.assumption,
  };
}

/** Covered vendor requests that arrived after `from` and before `until`. */
function requestsWithin(
  { streams, logs }: DrillEvents,
  from: number,
  until: number,
): DrillReport['violations'] {
  return streams
    .filter(({ covered }) => covered)
    .flatMap((stream) =>
      requestsOf(stream, logs)
        .filter(({ at }) => at > from && at < until)
        .map(({ method, path, at }) => ({
          vendor: stream.vendor,
          method,
          path,
          afterConfirmedMs: at - from,
        })),
    );
}

function requestsOf(stream: Stream, logs: DrillEvents['logs']): VendorRequest[] {
  return (logs[stream.vendor] ?? []).filter(
    ({ method, path }) => method === stream.method && path === stream.path,
  );
}

interface Covered {
  requestsBefore: number;
  calls: number;
  refused: number;
  succeeded: number;
}

function coveredCalls(events: DrillEvents, confirmedAt: number | null, until: number): Covered {
  const covered = events.streams.filter((stream) => stream.covered);
  const calls = callsWithin(events, covered, confirmedAt, until);
  const { startedAt, receipt, logs } = events;
  const before = covered.flatMap((stream) => requestsOf(stream, logs)).map(({ at }) => at);
  return {
    requestsBefore: before.filter((at) => at >= startedAt && at < Date.parse(receipt.stopAt)).length,
    calls: calls.length,
    // 423 stopped; 503 no lease: a guard without one can't tell which stop it is that it waits for.
    refused: calls.filter(({ status }) => status === 423 || status === 503).length,
    succeeded: calls.filter(({ status }) => status === 200).length,
  };
}

function uncoveredCalls(
  events: DrillEvents,
  confirmedAt: number | null,
  until: number,
): DrillReport['uncovered'] {
  const uncovered = events.streams.filter(({ covered }) => !covered);
  const calls = callsWithin(events, uncovered, confirmedAt, until);
  return {
    callsAfterConfirmed: calls.length,
    succeeded: calls.filter(({ status }) => status === 200).length,
  };
}

function callsWithin(
  { calls }: DrillEvents,
  streams: readonly Stream[],
  from: number | null,
  until: number,
): DrillCall[] {
  if (from === null) return [];
  const ids = new Set(streams.map(({ id }) => id));
  return calls.filter(({ stream, at }) => ids.has(stream) && at > from && at < until);
}

function goesOn({ callsAfterConfirmed, succeeded }: DrillReport['uncovered']): boolean {
  return succeeded >= callsAfterConfirmed * GO_ON;
}

function shortfall(count: number, what: string): string[] {
  return count > 0 ? [`${count} ${what}`] : [];
}

/** Why silence in the vendors' logs would prove nothing. */
function proofGaps(
  { streams, logs, receipt, marks }: DrillEvents,
  { requestsBefore, calls }: Covered,
  confirmedAt: number | null,
): string[] {
  const covered = streams.filter((stream) => stream.covered);
  const unread = [...new Set(covered.map(({ vendor }) => vendor))].filter((vendor) => !logs[vendor]);
  return [
    ...(confirmedAt === null ? [`the receipt is ${receipt.status}: nothing was confirmed`] : []),
    ...(receipt.status === 'confirmed' ? ['the receipt was not settled in time'] : []),
    ...unread.map((vendor) => `the request log of ${vendor} could not be read`),
    ...(requestsBefore === 0
      ? ['no covered request reached a vendor before the stop, so their absence after it shows nothing']
      : []),
    ...(calls === 0 ? ['no covered call was tried after the confirmation'] : []),
    ...(marks.restored === null ? ['no covered call succeeded again after the resume'] : []),
  ];
}

function timesOf({ marks, receipt }: DrillEvents): DrillTimes {
  const since = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : to - from;
  return {
    detect: since(marks.incident, marks.seen),
    decide: since(marks.seen, marks.asked),
    stop: marks.answered - marks.asked,
    confirm: receipt.confirmMs,
    settle: since(
      Date.parse(receipt.stopAt),
      receipt.settledAt === null ? null : Date.parse(receipt.settledAt),
    ),
    restore: since(marks.resumeAsked, marks.restored),
  };
}
