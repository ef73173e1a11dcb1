import type { EntryData } from '../../shared/journal.ts';
import { mask, maskText } from '../../shared/mask.ts';
import type { ProposalChange } from '../../shared/problems.ts';
import { recordedContext } from '../../shared/recorded.ts';
import { traceId } from '../../shared/trace.ts';
import type { AskedCall } from './call.ts';
import { publicProblem, type Denial } from './denial.ts';
import type { Ruling } from './steps/policy.ts';

/** What the journal says of a call: personal fields masked by contract, free text by detectors. */
function callEntry(id: string, call: AskedCall): EntryData {
  const { caller, action, workflow, mode, because, confidence, model, session } = call;
  return {
    agent: caller.agent,
    workflow,
    tool: action.tool,
    action: action.name,
    call: id,
    mode,
    user: caller.user,
    input: mask(call.input, action.inputSchema),
    because: maskedBecause(because),
    confidence,
    model: model === null ? null : maskText(model),
    session: session === null ? null : maskText(session),
    ...(call.trace !== undefined && { trace: traceId(call.trace) }),
    ...(call.proposal && { proposal: call.proposal.id }),
  };
}

/** The agent's reasons as people and journals see them. */
export function maskedBecause(because: AskedCall['because']): AskedCall['because'] {
  if (!because) return null;
  const { goal, explanation, sources } = because;
  return { goal: maskText(goal), explanation: maskText(explanation), sources: sources.map(maskText) };
}

/** A call that policies did not deny: what they were asked, so that they can be asked again, and what they said. */
export function ruledEntry(id: string, call: AskedCall, { needs, policies, question }: Ruling): EntryData {
  const entry = callEntry(id, call);
  return {
    ...entry,
    policyVersion: call.policyVersion,
    asked: recordedContext(call.action, question, entry['input']),
    decision: needs === 0 ? 'allow' : 'approval',
    needs,
    policies: policies.map((policy) => policy.id),
  };
}

/** A call that was refused, with the evidence; if policies denied it, also what they were asked. */
export function refusedEntry(id: string, call: AskedCall, denial: Denial): EntryData {
  const entry = callEntry(id, call);
  const told = { ...entry, ...denialEntry(denial) };
  if (denial.kind !== 'policy' || !denial.question) return told;
  const asked = recordedContext(call.action, denial.question, entry['input']);
  return { ...told, policyVersion: call.policyVersion, asked, decision: 'deny' };
}

/** A pointer as it may be journaled: a name that can be no member of a contract was typed, and may be anything. */
function namesOnly(pointer: string): string {
  return pointer.replace(/\/([^/]*)/g, (part, name: string) => (/^\w{1,40}$/.test(name) ? part : '/*'));
}

/** What changed since a proposal, without what it is now: a vendor's values are no evidence that is needed. */
function changeEntry(change: ProposalChange): EntryData {
  switch (change.what) {
    case 'field':
      return { what: change.what, field: change.field };
    case 'executed':
      return { what: change.what, call: change.call };
    case 'contract':
    case 'record':
    case 'side-effects':
      return { what: change.what };
  }
}

/** The evidence of a denial: everything that is known, where the caller learns only the public problem. */
export function denialEntry(denial: Denial): EntryData {
  const { code } = publicProblem(denial);
  switch (denial.kind) {
    case 'policy':
      return {
        code,
        reason: denial.kind,
        why: denial.why,
        policies: denial.policies.map((policy) => policy.id),
      };
    case 'stopped':
      return { code, reason: denial.kind, target: denial.target };
    case 'switched-off':
      return { code, reason: denial.kind, switch: denial.switch, why: denial.why };
    case 'source-silent':
      return { code, reason: denial.kind, mode: denial.mode };
    case 'limited': {
      const { of, rule, asked, left, why } = denial.refusal;
      return { code, reason: denial.kind, limit: { of, ...rule }, asked, left, why };
    }
    case 'pool-silent':
      return { code, reason: denial.kind, pool: denial.pool };
    case 'invalid':
      return { code, reason: denial.kind, at: denial.errors.map(({ pointer }) => namesOnly(pointer)) };
    case 'mode-not-granted':
      return { code, reason: denial.kind, granted: denial.granted, asked: denial.asked };
    case 'autonomy':
      return { code, reason: denial.kind, only: denial.mode, asked: denial.asked, why: denial.why };
    case 'rejected':
      return { code, reason: denial.kind, decision: denial.reason };
    case 'voided':
      return { code, reason: denial.kind, stoppedBy: denial.stoppedBy };
    case 'proposal-changed':
      return { code, reason: denial.kind, changed: denial.changed.map(changeEntry) };
    case 'preview-failed':
    case 'preview-unavailable':
      return { code, reason: denial.kind, vendor: denial.reason, detail: denial.detail };
    case 'proposal-unknown':
    case 'unknown-action':
    case 'outside-scope':
    case 'contract-changed':
    case 'no-lease':
    case 'no-policy-set':
    case 'quarantined':
    case 'not-json':
    case 'key-reused':
    case 'facts-missing':
    case 'busy':
    case 'expired':
    case 'unbound':
    case 'vault-silent':
    case 'placeholder-gone':
      return { code, reason: denial.kind };
  }
}
