import type { GateAnswer } from '../../../examples/gate-client.ts';
import { missing, unlike, type Difference } from './compare.ts';
import type { Expectation } from './suite.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What became of a call, in the words of a suite. */
export interface Observed {
  decision: Expectation['decision'];
  approvals: 1 | 2 | undefined;
  by: string[] | undefined;
  code: string | undefined;
  at: string[] | undefined;
  claims: string[] | undefined;
  because: string[] | undefined;
  output: Fields | undefined;
  changes: string[] | undefined;
  would: { decision: string; approvals: 1 | 2 | undefined; by: string[] } | undefined;
}

/** What holds a waiting call, as people see it. */
export interface Held {
  needs: number;
  policies: readonly { id: string }[];
}

/** An answer of the gate in the words of a suite. `held`: of a call that waits. Pure. */
export function observed({ status, body }: Pick<GateAnswer, 'status' | 'body'>, held?: Held): Observed {
  const would = body['would'] as
    | { decision: string; approvers: number; policies: Held['policies'] }
    | undefined;
  return {
    ...nothing,
    decision: decisionOf(status, body),
    ...(held && { approvals: people(held.needs), by: held.policies.map(({ id }) => id) }),
    ...(status === 200 && { output: (body['output'] ?? {}) as Fields, changes: changesOf(body) }),
    ...(status >= 400 && refusalOf(body)),
    ...(would && {
      would: {
        decision: would.decision,
        approvals: people(would.approvers),
        by: would.policies.map(({ id }) => id),
      },
    }),
  };
}

const nothing: Omit<Observed, 'decision'> = {
  approvals: undefined,
  by: undefined,
  code: undefined,
  at: undefined,
  claims: undefined,
  because: undefined,
  output: undefined,
  changes: undefined,
  would: undefined,
};

/** A denial by policy names the policies; every other refusal has a code that says what it is. */
function decisionOf(status: number, { status: word, code, because }: Fields): Observed['decision'] {
  if (status === 202) return 'waiting';
  if (status === 200) return word === 'proposed' ? 'proposed' : 'allowed';
  return code === 'denied' && Array.isArray(because) ? 'denied' : 'refused';
}

function refusalOf({ code, because, errors, claims }: Fields): Partial<Observed> {
  const named = Array.isArray(because) ? (because as string[]) : undefined;
  const places = (errors as { pointer: string }[] | undefined)?.map(({ pointer }) => pointer);
  const found = (claims as { claim: string }[] | undefined)?.map(({ claim }) => claim);
  return {
    code: String(code),
    at: places,
    claims: found && [...new Set(found)],
    ...(code === 'denied' ? { by: named } : { because: named }),
  };
}

function changesOf({ preview }: Fields): string[] | undefined {
  return (preview as { changes: { field: string }[] } | undefined)?.changes.map(({ field }) => field);
}

function people(needs: number): 1 | 2 | undefined {
  return needs === 1 || needs === 2 ? needs : undefined;
}

/** Where a call did not become what the suite says. Pure. */
export function differences(expected: Expectation, got: Observed): Difference[] {
  const { output, would, approvals, decision, code } = expected;
  return [
    ...missing(decision, got.decision, 'decision'),
    ...(approvals === undefined ? [] : missing(approvals, got.approvals, 'approvals')),
    ...unlike(expected.by, got.by, 'by'),
    ...(code === undefined ? [] : missing(code, got.code, 'code')),
    ...unlike(expected.at, got.at, 'at'),
    ...unlike(expected.claims, got.claims, 'claims'),
    ...unlike(expected.because, got.because, 'because'),
    ...unlike(expected.changes, got.changes, 'changes'),
    ...(output === undefined ? [] : missing(output, got.output, 'output')),
    ...(would === undefined ? [] : wouldDiffers(would, got.would)),
  ];
}

function wouldDiffers(expected: NonNullable<Expectation['would']>, got: Observed['would']): Difference[] {
  return [
    ...missing(expected.decision, got?.decision, 'would.decision'),
    ...(expected.approvals === undefined
      ? []
      : missing(expected.approvals, got?.approvals, 'would.approvals')),
    ...unlike(expected.by, got?.by, 'would.by'),
  ];
}
