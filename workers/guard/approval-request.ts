import type { AgentGovernance } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { mask } from '../../shared/mask.ts';
import type { Preview } from '../../shared/preview.ts';
import type { ApprovalRequest } from '../../shared/rpc.ts';
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
  return {
    id,
    call,
    agent: caller.agent,
    user: caller.user,
    workflow,
    tool: action.tool,
    action: action.name,
    digest,
    input: mask(asked.input, action.inputSchema, true),
    because: maskedBecause(asked.because),
    confidence,
    policies: ruling.policies,
    policyVersion: governance.version,
    effect: action.summary,
    ...(seen && { changes: maskedChanges(seen, action, true) }),
    undo: undoInWords(asked, governance.manifest.undo.hours),
    needs: ruling.needs,
    requestedAt: new Date(now).toISOString(),
    deadline: new Date(now + governance.manifest.approvals.deadlineSeconds * 1000).toISOString(),
  };
}

function undoInWords({ action }: AskedCall, hours: number): string {
  const { undo } = action;
  if (!undo) return 'changes nothing';
  if ('irreversible' in undo) return `irreversible: ${undo.irreversible}`;
  return `for ${hours} h after it ran: ${undo.how} (${undo.action})`;
}
