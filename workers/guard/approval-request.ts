import { mask } from '../../shared/mask.ts';
import type { Preview } from '../../shared/preview.ts';
import type { Amended, ApprovalRequest, Derivation, RequestPreview } from '../../shared/rpc.ts';
import { releasesInWords } from '../../shared/releases.ts';
import type { Usage } from '../../shared/usage.ts';
import type { AskedCall } from './call.ts';
import type { Governed } from './column.ts';
import { maskedBecause } from './entries.ts';
import { previewForPeople } from './preview.ts';
import type { Ruling } from './steps/policy.ts';

/** Everything a person needs to decide on exactly this call, personal fields masked. */
export function approvalRequest(from: {
  id: string;
  call: string;
  digest: string;
  asked: AskedCall;
  governance: Governed['governance'];
  ruling: Ruling;
  usage: Usage;
  seen: Preview | null;
  provenance: Derivation[];
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
    because: maskedBecause(asked.because),
    confidence,
    ...revisable({ ...from, preview: seen && previewForPeople(seen, action) }),
    needs: ruling.needs,
    effect: action.summary,
    sensitivity: action.sensitivity,
    group,
    escalation,
    requestedAt: new Date(now).toISOString(),
    respondBy: new Date(now + respondSeconds * 1000).toISOString(),
    deadline: new Date(now + deadlineSeconds * 1000).toISOString(),
  };
}

/** What of a request an edit may change, but for its digest and how many people it needs. Masked. */
type Revisable = Omit<Amended['request'], 'digest' | 'needs'>;

/** The same of a call as a person edited it. Pure. */
export function revisable({
  asked,
  governance,
  ruling,
  usage: { action: _action, calls: _calls, ...usage },
  preview,
  provenance,
}: {
  asked: AskedCall;
  governance: Governed['governance'];
  ruling: Pick<Ruling, 'policies'>;
  usage: Usage;
  preview: RequestPreview | null;
  provenance: Derivation[];
}): Revisable {
  const { action, input, releases } = asked;
  return {
    input: mask(input, action.inputSchema, true),
    policies: ruling.policies,
    policyVersion: governance.version,
    preview,
    provenance,
    releases: releasesInWords(releases),
    usage,
    irreversible: action.undo !== undefined && 'irreversible' in action.undo,
    undo: undoInWords(asked, governance.manifest.undo.hours),
  };
}

function undoInWords({ action }: AskedCall, hours: number): string {
  const { undo } = action;
  if (!undo) return 'changes nothing';
  if ('irreversible' in undo) return `irreversible: ${undo.irreversible}`;
  return `for ${hours} h after it ran: ${undo.how} (${undo.action})`;
}
