import type { AgentGovernance } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { mask } from '../../shared/mask.ts';
import type { Preview } from '../../shared/preview.ts';
import type { ApprovalRequest } from '../../shared/rpc.ts';
import { usageOf } from '../../shared/usage.ts';
import type { AskedCall } from './call.ts';
import { maskedBecause } from './entries.ts';
import { maskedChanges } from './preview.ts';
import type { Ruling } from './steps/policy.ts';

/** Everything a person needs to decide on exactly this call, personal fields masked. */
export function approvalRequest(from: {
  id: string;
  call: string;
  digest: string;
  asked: AskedCall;
  governance: AgentGovernance & { manifest: Manifest };
  ruling: Ruling;
  seen: Preview | null;
  now: number;
}): ApprovalRequest {
  const { id, call, digest, asked, governance, ruling, seen, now } = from;
  const { action, caller, workflow, confidence } = asked;
  const { group, escalation, deadlineSeconds } = governance.manifest.approvals;
  const { respondSeconds = Math.ceil(deadlineSeconds / 2) } = governance.manifest.approvals;
  return {
    id,
    call,
    agent: caller.agent,
    user: caller.user,
    workflow,
    tool: action.tool,
    action: action.name,
    digest,
    revision: 0,
    edited: null,
    input: mask(asked.input, action.inputSchema, true),
    because: maskedBecause(asked.because),
    confidence,
    policies: ruling.policies,
    policyVersion: governance.version,
    effect: action.summary,
    preview: seen && {
      before: null,
      after: {},
      changes: maskedChanges(seen, action, true),
      sideEffects: seen.sideEffects,
    },
    sensitivity: action.sensitivity,
    provenance: [],
    usage: usageOf(asked, {}),
    irreversible: action.undo !== undefined && 'irreversible' in action.undo,
    undo: undoInWords(asked, governance.manifest.undo.hours),
    needs: ruling.needs,
    group,
    escalation,
    requestedAt: new Date(now).toISOString(),
    respondBy: new Date(now + respondSeconds * 1000).toISOString(),
    deadline: new Date(now + deadlineSeconds * 1000).toISOString(),
  };
}

function undoInWords({ action }: AskedCall, hours: number): string {
  const { undo } = action;
  if (!undo) return 'changes nothing';
  if ('irreversible' in undo) return `irreversible: ${undo.irreversible}`;
  return `for ${hours} h after it ran: ${undo.how} (${undo.action})`;
}
