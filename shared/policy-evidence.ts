import { z } from 'zod';

/** What is sent and kept of one run, as JSON (bytes of UTF-8). */
export const MAX_EVIDENCE_BYTES = 256 * 1024;
/** Rows of tests, and groups of differences, that are kept of one run; its counts are of all. */
export const MAX_ROWS = 1_000;
export const MAX_DIFFERENCES = 200;

const count = z.int().min(0).max(1_000_000_000);
const word = z.string().min(1).max(200);
const policies = z.array(word).max(50);
const time = z.iso.datetime({ offset: true });
const answer = z.enum(['allow', 'one', 'two', 'deny']);
const outcome = z.enum(['allow', '1 person', '2 people', 'denied']);

/** One row of `governance/tests`. `got`: only of one that failed; `fault`: it could not be asked. */
const testRow = z.strictObject({
  at: word,
  says: z.string().min(1).max(500),
  result: z.enum(['pass', 'fail', 'fault']),
  expect: answer,
  by: policies,
  got: z.strictObject({ expect: answer, by: policies }).optional(),
});

const tests = z
  .strictObject({
    kind: z.literal('tests'),
    ranAt: time,
    passed: count,
    failed: count,
    /** Policies that decide no row. */
    undecided: z.array(word).max(1_000),
    /** Faults of files that could not be read, so that their rows were not asked. */
    errors: count,
    /** Those that failed first; all of them unless they are too many. */
    rows: z.array(testRow).max(MAX_ROWS),
  })
  .refine(({ passed, rows }) => rows.filter(({ result }) => result === 'pass').length <= passed, {
    path: ['passed'],
    error: 'is less than the rows that passed',
  })
  .refine(({ failed, rows }) => rows.filter(({ result }) => result !== 'pass').length <= failed, {
    path: ['failed'],
    error: 'is less than the rows that failed',
  });

/** Decisions that the set would make otherwise, alike in what changed, by which policies and of which agent. */
const difference = z.strictObject({
  was: outcome,
  would: z.enum([...outcome.options, 'failed']),
  policies,
  agent: word,
  actions: z.array(word).max(50),
  count,
});

const backtest = z
  .strictObject({
    kind: z.literal('backtest'),
    ranAt: time,
    since: time,
    until: time,
    /** Whether the gate's own audit log was asked, or a file that somebody had. */
    from: z.enum(['audit-log', 'file']),
    decisions: count,
    same: count,
    different: count,
    unsure: count,
    /** Most frequent first; all of them unless they are too many. */
    differences: z.array(difference).max(MAX_DIFFERENCES),
  })
  .refine(({ decisions, same, different, unsure }) => decisions === same + different + unsure, {
    path: ['decisions'],
    error: 'is the sum of same, different and unsure',
  })
  .refine(({ different, differences }) => sum(differences.map((one) => one.count)) <= different, {
    path: ['different'],
    error: 'is less than its differences',
  });

/** What somebody says of a run about one policy set. It names policies, agents and actions, and nothing of a call. */
export const policyEvidenceSchema = z
  .discriminatedUnion('kind', [tests, backtest])
  .refine((evidence) => evidenceBytes(evidence) <= MAX_EVIDENCE_BYTES, {
    error: `is longer than ${MAX_EVIDENCE_BYTES} bytes of JSON`,
  });

export type TestEvidence = z.infer<typeof tests>;
export type BacktestEvidence = z.infer<typeof backtest>;
export type PolicyEvidence = TestEvidence | BacktestEvidence;
export type EvidenceRow = TestEvidence['rows'][number];

/** One run as control keeps it. Who recorded it says what it says: control did not run it. */
export interface RecordedEvidence<T extends PolicyEvidence = PolicyEvidence> {
  by: string;
  /** Hash of the credential. */
  credential: string;
  /** RFC 3339, by control's clock. */
  at: string;
  evidence: T;
}

/** Where control knows a policy set from; a set can be in several places. */
export type SetStanding = 'in-force' | 'waiting' | 'in-shadow' | 'was-in-force';

/** The newest of each kind that was recorded for a policy set; null: none was, or it was dropped for newer sets. */
export interface EvidenceView {
  version: string;
  standing: SetStanding[];
  tests: RecordedEvidence<TestEvidence> | null;
  backtest: RecordedEvidence<BacktestEvidence> | null;
}

/** How long it is as JSON (bytes of UTF-8). */
export function evidenceBytes(evidence: PolicyEvidence): number {
  return new TextEncoder().encode(JSON.stringify(evidence)).length;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}
