import type { Standing } from '../../flags/rollout.ts';
import type { Target } from '../../flags/targets.ts';
import type { Refusal } from '../../shared/meters.ts';
import type { DecidingPolicy, DenialReason, PolicyQuestion } from '../../shared/policy.ts';
import type { Mode } from '../../shared/contract.ts';
import type { FailureReason } from '../../shared/outcome.ts';
import type { Previewed } from '../../shared/preview.ts';
import { type Fault, type Problem, type ProposalChange } from '../../shared/problems.ts';
import type { Answer, AutonomyCause, ReasonCode } from '../../shared/rpc.ts';
import { noClaims } from '../../shared/claims.ts';
import { refusalHeaders, refusalInWords } from './limit-words.ts';
import { failures } from './failures.ts';
import { afterRejection } from './rejections.ts';
import { problemAnswer } from './problem-answer.ts';

/** Why a call did not go on, with the evidence. The journal keeps all of it; the caller learns what `publicProblem` says. */
export type Denial =
  | { kind: 'no-lease' }
  | { kind: 'no-policy-set' }
  | { kind: 'quarantined' }
  | { kind: 'unknown-action' }
  | { kind: 'outside-scope' }
  | { kind: 'mode-not-granted'; granted: string; asked: string }
  /** Granted, and above what the agent may use now. */
  | { kind: 'autonomy'; mode: Mode; asked: Mode; why: AutonomyCause }
  | { kind: 'contract-changed' }
  | { kind: 'not-json' }
  | { kind: 'invalid'; errors: Fault[] }
  | { kind: 'stopped'; target: Target; since: string }
  | { kind: 'switched-off'; switch: string; why: Standing }
  | { kind: 'source-silent'; mode: string }
  | { kind: 'key-reused' }
  /** `question`: what the policies were asked; absent when an approved call was asked again and needs more people. */
  | {
      kind: 'policy';
      why: DenialReason | 'unapproved';
      policies: DecidingPolicy[];
      question?: PolicyQuestion;
    }
  | { kind: 'facts-missing' }
  | { kind: 'limited'; refusal: Refusal }
  /** What several agents share could not be asked for; empty: it was asked for and came too late. */
  | { kind: 'pool-silent'; pool: string }
  | { kind: 'busy' }
  /** `reason` null: not known. */
  | { kind: 'rejected'; reason: ReasonCode | null }
  /** What was approved is not what would run now: its contract or the place where it runs has changed. */
  | { kind: 'unbound' }
  /** The vault does not answer, and nothing personal is taken in or let out without it. */
  | { kind: 'vault-silent' }
  /** What was approved holds something that was erased since, or has expired. */
  | { kind: 'placeholder-gone' }
  /** Approved, and then stopped before it ran; empty: not known by what. */
  | { kind: 'voided'; stoppedBy: string[] }
  | { kind: 'expired' }
  /** The agent has no such proposal for this action, or it has expired. */
  | { kind: 'proposal-unknown' }
  | { kind: 'proposal-changed'; changed: ProposalChange[] }
  /** What it would change could not be told: it would fail, as far as the vendor says now. */
  | { kind: 'preview-failed'; reason: FailureReason; detail: string }
  /** Nor could it be told whether it would fail; that passes. */
  | { kind: 'preview-unavailable'; reason: FailureReason | 'no-answer'; detail: string; retryAfter: number };

/** What the caller is told. Exhaustive: a new kind of denial does not compile until it has an answer here. */
export function publicProblem(denial: Denial): Problem {
  switch (denial.kind) {
    case 'no-lease':
      return { code: 'no-lease', retryAfter: 5 };
    case 'no-policy-set':
      return { code: 'no-lease', detail: 'No policy set is applied yet.', retryAfter: 30 };
    case 'quarantined':
      return {
        code: 'no-lease',
        detail: 'This guard is behind its own audit log; its owner must look.',
        retryAfter: 300,
      };
    case 'unknown-action':
    case 'outside-scope':
      return { code: 'unknown-action' };
    case 'mode-not-granted':
      return { code: 'denied', detail: `The manifest grants this action up to ${denial.granted}.` };
    case 'autonomy':
      return {
        code: 'denied',
        detail: `This agent may only ${denial.mode} now: ${onlyBecause[denial.why]} ${insteadOf(denial)}`,
        because: ['autonomy'],
      };
    case 'contract-changed':
      return {
        code: 'denied',
        detail: 'The contract of this action changed after the policy set was applied.',
      };
    case 'not-json':
      return { code: 'bad-request', detail: 'The body is not a JSON object.' };
    case 'invalid':
      return { code: 'invalid', errors: denial.errors };
    case 'stopped':
      return {
        code: 'stopped',
        detail: `${denial.target} is stopped since ${denial.since}.`,
        because: [denial.target],
      };
    case 'switched-off':
      return {
        code: 'stopped',
        detail: `${denial.switch} ${closedBecause[denial.why]}`,
        because: [denial.switch],
      };
    case 'source-silent':
      return {
        code: 'stopped',
        detail: `Stopped: the source of the kill switches is silent, and ${denial.mode} does not go on without it.`,
        because: ['source-silent'],
        retryAfter: 5,
      };
    case 'key-reused':
      return { code: 'idempotency-conflict' };
    case 'policy':
      return {
        code: 'denied',
        detail: denial.policies[0]?.reason ?? 'No policy permits this.',
        because: denial.policies.map((policy) => policy.id),
        ...claimsIn(denial.question),
      };
    case 'facts-missing':
      return { code: 'denied', detail: 'What the policy needs to know could not be looked up.' };
    case 'limited':
      return limited(denial.refusal);
    case 'pool-silent':
      return { code: 'limited', detail: 'A limit that agents share could not be asked for.', retryAfter: 2 };
    case 'busy':
      return { code: 'limited', detail: 'Too many calls of this agent are in flight.', retryAfter: 1 };
    case 'rejected':
      return rejected(denial.reason);
    case 'unbound':
      return {
        code: 'denied',
        detail:
          'What people were asked about is not what would run now, so no approval of it counts. Nothing was run; you may ask again with a new Idempotency-Key.',
        because: ['approval-void'],
      };
    case 'vault-silent':
      return {
        code: 'no-lease',
        detail: 'What is personal in it cannot be kept safe now, so nothing of it was kept or run.',
        retryAfter: 2,
      };
    case 'placeholder-gone':
      return {
        code: 'denied',
        detail:
          'What a placeholder in it stood for was erased or has expired since it was asked for. Nothing was run; read the record again and ask anew.',
        because: ['placeholder-gone'],
      };
    case 'voided':
      return {
        code: 'stopped',
        detail:
          'It was approved and then stopped before it ran, so the approval no longer counts. You may ask again once it is resumed.',
        because: denial.stoppedBy,
      };
    case 'expired':
      return {
        code: 'denied',
        detail:
          'Nobody decided in time, so it was not run. If it still matters, ask again with a new Idempotency-Key.',
        because: ['approval-expired'],
      };
    case 'proposal-unknown':
      return { code: 'not-found', detail: 'This agent has no such proposal, or it has expired.' };
    case 'proposal-changed':
      return { code: 'proposal-changed', changed: denial.changed };
    case 'preview-failed':
      return { code: 'vendor-failed', detail: failures[denial.reason], because: [denial.reason] };
    case 'preview-unavailable':
      return previewUnavailable(denial);
  }
}

/** In fixed words by the code of the decision: what a person wrote about it is not for the agent. */
function rejected(reason: ReasonCode | null): Problem {
  const detail = `A person rejected this call. ${afterRejection(reason)}`;
  return { code: 'denied', detail, because: [reason ?? 'rejected'] };
}

/** What its texts claim and may not, so that the agent can write them anew: the manifest's own words, and none of the text. */
function claimsIn(question: PolicyQuestion | undefined): Pick<Problem, 'claims'> {
  const { forbidden, doubtful } = question?.claims ?? noClaims;
  return forbidden.length + doubtful.length > 0 ? { claims: [...forbidden, ...doubtful] } : {};
}

/** What no waiting makes possible for this call is denied; what is used up by now may be asked for again. */
function limited(refusal: Refusal): Problem {
  const detail = refusalInWords(refusal);
  if (refusal.why !== 'full') return { code: 'denied', detail };
  return {
    code: 'limited',
    detail,
    ...(refusal.retryAfter !== null && { retryAfter: refusal.retryAfter }),
  };
}

/** In fixed words: what a person wrote about it is not for the agent. */
const onlyBecause: Readonly<Record<AutonomyCause, string>> = {
  start: 'it is new here.',
  raised: 'it was let do no more than that.',
  lowered: 'a person lowered it.',
  fell: 'it used up its error budget.',
  reopened: 'what it was signed off with has changed.',
};

function insteadOf({ mode, asked }: { mode: Mode; asked: Mode }): string {
  return mode === 'propose' && asked === 'execute'
    ? 'Send the call in mode "propose". Two people can let it execute.'
    : 'Two people can let it do more.';
}

/** Without a preview there is no proposal: a thinner one would be taken for a whole one. */
function previewUnavailable({ reason, retryAfter }: Denial & { kind: 'preview-unavailable' }): Problem {
  if (reason !== 'no-answer')
    return { code: 'vendor-failed', detail: failures[reason], because: [reason], retryAfter };
  return { code: 'no-lease', detail: 'The tool could not be asked in time; nothing was run.', retryAfter };
}

/** Why there is no preview. Null: the tool did not answer. */
export function unforeseen(seen: Exclude<Previewed, { kind: 'foreseen' }> | null): Denial {
  if (seen?.kind !== 'failed') {
    const detail = seen ? 'the time to start had passed' : 'the tool did not answer';
    return { kind: 'preview-unavailable', reason: 'no-answer', detail, retryAfter: 2 };
  }
  const { reason, detail, retryAfter = 5 } = seen;
  const passes = reason === 'unavailable' || reason === 'vendor-limited';
  return passes
    ? { kind: 'preview-unavailable', reason, detail, retryAfter }
    : { kind: 'preview-failed', reason, detail };
}

const offForThis = 'is off for this agent, action and mode.';
const closedBecause: Readonly<Record<Standing, string>> = {
  on: offForThis,
  off: offForThis,
  missing: offForThis,
  'never-on': 'is in Unleash and was never on: turn it on there.',
  'never-seen': 'is not in Unleash: run toolgate flags push.',
};

/** How a call ended that waited for people and did not run, in one word. */
export function endedAs({ kind }: Denial): 'rejected' | 'expired' | 'voided' | 'denied' {
  if (kind === 'unbound' || kind === 'placeholder-gone') return 'voided';
  return kind === 'rejected' || kind === 'expired' || kind === 'voided' ? kind : 'denied';
}

/** The HTTP answer to a denial. */
export function denialAnswer(denial: Denial, call: string): Answer {
  const headers = denial.kind === 'limited' ? refusalHeaders(denial.refusal) : {};
  return problemAnswer({ ...publicProblem(denial), call }, headers);
}
