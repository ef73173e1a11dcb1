import { maskText } from '../../shared/mask.ts';
import type { Amended, Approval, Covering, Edited, ReasonCode } from '../../shared/rpc.ts';
import { peopleNeeded } from './counting.ts';
import { decide, mayLook, type Decided } from './decide.ts';
import type { Decider, Known } from './eligible.ts';

/** What one person says who edits a call. */
export interface Editing extends Decider {
  reason: ReasonCode;
  note: string;
  /** The digest that they edited. */
  digest: string;
  /** SHA-256 of the credential. */
  credential: string;
}

/**
 * The request as its guard would run it after an edit. What was decided before was given to something else and counts no more.
 * Where one person is enough the edit is their approval, too, so it is refused while the call is stopped; where two are needed,
 * two others must approve. Pure.
 */
export function revise(
  approval: Approval,
  editing: Editing,
  { request, differences }: Amended,
  known: Known,
  stops: Covering,
  now: number,
): Decided {
  const may = mayLook(approval, editing, editing.digest, known, now);
  if (!may.ok) return may;
  // What was decided on a digest before would count again.
  const digests = [approval.digest, ...approval.edits.map(({ from }) => from)];
  if (digests.includes(request.digest)) throw new Error('an edit has a digest that no revision had before');
  const edited: Edited = {
    by: editing.email,
    onBehalfOf: may.as[0] ?? null,
    reason: editing.reason,
    note: maskText(editing.note),
    at: new Date(now).toISOString(),
    from: approval.digest,
    differences,
  };
  const revised = withRequest(approval, request, edited);
  if (peopleNeeded(revised) > 1) return { ok: true, approval: revised };
  const { digest } = revised;
  const yes = { ...editing, note: edited.note, decision: 'approve', digest, preapproval: null } as const;
  return decide(revised, yes, known, stops, now);
}

/** Named one by one: nothing else of a request can be changed by an edit. */
function withRequest(approval: Approval, request: Amended['request'], edited: Edited): Approval {
  const { digest, input, policies, policyVersion, preview } = request;
  const { provenance, releases, usage, undo, irreversible, needs } = request;
  return {
    ...approval,
    digest,
    input,
    policies,
    policyVersion,
    preview,
    provenance,
    releases,
    usage,
    undo,
    irreversible,
    needs,
    revision: approval.revision + 1,
    edited,
    edits: [...approval.edits, edited],
    approvedUnder: null,
  };
}
