import type { Conflict } from './image.ts';
import type { FoundClaim } from './claims.ts';

/**
 * Every problem that Toolgate answers with, after RFC 9457. `next` tells the caller what it may do now and is all that
 * an agent learns; what the decision rested on goes to the journal.
 */
export const problems = {
  'bad-request': {
    status: 400,
    title: 'The request is not understood',
    next: 'Correct the request as the detail says.',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid credential',
    next: 'An agent gets a fresh token from POST /oauth/token and sends it as `Authorization: Bearer …`; a person signs in again.',
  },
  denied: {
    status: 403,
    title: 'Policy denies this call',
    next: 'Do not repeat it unchanged. Read the reason; ask the owner of the agent if the mission needs it.',
  },
  forbidden: {
    status: 403,
    title: 'Your role does not allow this',
    next: 'Ask somebody who holds one of the roles named in the detail.',
  },
  'site-refused': {
    status: 403,
    title: 'This form may not post here',
    next: 'Nothing was stored. Check the publishable key, and that the page’s origin is on the site’s list.',
  },
  'unknown-action': {
    status: 404,
    title: 'No such action for this agent',
    next: 'GET /v1/tools lists what this agent may call.',
  },
  'not-found': { status: 404, title: 'Nothing here', next: 'Check the address and the id.' },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed here',
    next: 'Use one of the methods in `Allow`.',
  },
  'idempotency-conflict': {
    status: 409,
    title: 'This idempotency key was used for another request',
    next: 'Use a new Idempotency-Key for a new request.',
  },
  'proposal-changed': {
    status: 409,
    title: 'What was proposed is no longer what would happen',
    next: 'This call ran nothing. Where `changed` names a call, that one has the proposal: poll it. Else propose again to see what it would do now.',
  },
  conflict: { status: 409, title: 'The state has moved on', next: 'Read the current state and decide anew.' },
  'changed-since': {
    status: 409,
    title: 'The vendor holds something else than the call left there',
    next: 'Look at `conflicts`. To write over exactly what was found, send `found` as `force`; what changes after that is not overwritten either.',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    next: 'Send at most the size the detail names.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'This content type is not read here',
    next: 'Send one of the types that the detail names.',
  },
  invalid: {
    status: 422,
    title: 'The request does not fit the contract',
    next: 'Correct the places that `errors` points at (JSON Pointers) and send it again.',
  },
  stopped: {
    status: 423,
    title: 'Stopped by the kill switch',
    next: 'Nothing was run. Wait until a person resumes, or for `Retry-After` seconds where it is given; GET /v1/me shows what is in force.',
  },
  limited: {
    status: 429,
    title: 'A limit is reached',
    next: 'Wait for `Retry-After` seconds and send it again. Without it waiting does not help: ask the owner of the agent.',
  },
  'vendor-failed': {
    status: 502,
    title: 'The vendor refused or failed',
    next: 'Nothing was changed. The call id leads to the record.',
  },
  indeterminate: {
    status: 502,
    title: 'It is not known whether the vendor did it',
    next: 'Do not repeat it: a person was asked to look. Poll the call.',
  },
  'no-lease': {
    status: 503,
    title: 'The gate is closed',
    next: 'No live lease, so nothing was run. Retry after `Retry-After` seconds.',
  },
  unavailable: {
    status: 503,
    title: 'No answer from inside the gate',
    next: 'It is not known whether it began. Look before you repeat it; with the same Idempotency-Key a repeat is safe.',
  },
  'intake-unavailable': {
    status: 503,
    title: 'The lead could not be taken now',
    next: 'Send it again after `Retry-After` seconds. Sent twice, it is still one lead.',
  },
  internal: {
    status: 500,
    title: 'A fault in the gate',
    next: 'Nothing more is known here. Report the call id or the time.',
  },
} as const satisfies Record<string, { status: number; title: string; next: string }>;

export type ProblemCode = keyof typeof problems;

/** One place in a request that does not fit, as an RFC 6901 pointer. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** What changed since a proposal, so that it is not executed. */
export type ProposalChange =
  /** It was executed, or is under way: by this call. */
  | { what: 'executed'; call: string }
  /** The action means something else now. */
  | { what: 'contract' }
  /** The record is there now and was not, or the other way round. */
  | { what: 'record' }
  /** `now`: only where the agent is granted to receive the field. */
  | { what: 'field'; field: string; now?: unknown }
  | { what: 'side-effects'; now: string[] };

/** What a problem adds to its catalogue entry. Holds no personal data, no secret and no vendor's text. */
export interface Problem {
  code: ProblemCode;
  detail?: string;
  call?: string;
  errors?: Fault[];
  /** Whole seconds. */
  retryAfter?: number;
  /** Ids of the deciding policies or the target of the stop. */
  because?: string[];
  /** Of `proposal-changed`. */
  changed?: ProposalChange[];
  /** Of `changed-since`: where, with values masked by the contract; and the name of what was found, to force it over that. */
  conflicts?: Conflict[];
  found?: string;
  /** What a text claims and may not, and what to write instead. */
  claims?: readonly FoundClaim[];
}

/** The RFC 9457 document of a problem. `type` is relative to the gate's own origin, where the page is. */
export function problemDocument(problem: Problem): Record<string, unknown> {
  const { status, title, next } = problems[problem.code];
  const { code, detail, call, errors, because, changed, claims, conflicts, found } = problem;
  return {
    type: `/problems/${code}`,
    code,
    title,
    status,
    ...(detail !== undefined && { detail }),
    ...(call !== undefined && { call }),
    ...(errors !== undefined && { errors }),
    ...(because !== undefined && { because }),
    ...(changed !== undefined && { changed }),
    ...(conflicts !== undefined && { conflicts }),
    ...(found !== undefined && { found }),
    ...(claims !== undefined && { claims }),
    next,
  };
}

/** The problem as an HTTP answer, the same from every Worker. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(problemDocument(problem)), {
    status: problems[problem.code].status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(problem.retryAfter !== undefined && { 'retry-after': String(problem.retryAfter) }),
      ...headers,
    },
  });
}
