import type {
  ApprovalsDesk,
  AutonomyDesk,
  ControlDesk,
  IncidentDesk,
  LeadsConsole,
  LedgerDesk,
  Operators,
} from '../../shared/rpc.ts';
import type { TriageDesk } from '../../shared/handoffs.ts';
import type { ReviewDesk } from '../../shared/reviews.ts';
import type { NotifierDesk } from '../../shared/notices.ts';
import type { ArtefactDesk } from '../../shared/artefacts.ts';
import type { PeopleEnv } from '../../shared/people.ts';
import type { ErasureDesk } from '../../shared/erasure.ts';
import type { ToolDesk } from '../../shared/tool-desk.ts';
import type { RollbackDesk } from '../../shared/rollback/view.ts';
import type { VaultDesk } from '../../shared/vault.ts';

/** The desks of the Workers that decide: each checks the person itself. What the console knows of people is for show. */
export interface Env extends PeopleEnv {
  CONTROL: ControlDesk;
  /** Control's, too: readiness and autonomy. */
  AUTONOMY: AutonomyDesk;
  APPROVALS: ApprovalsDesk;
  /** Approvals', too: cases that agents handed over, and calls that are looked at afterwards. */
  TRIAGE: TriageDesk;
  REVIEWS: ReviewDesk;
  LEDGER: LedgerDesk;
  NOTIFIER: NotifierDesk;
  LEADS: LeadsConsole;
  /** Guards' own entrypoint: the operators' lane. */
  OPERATORS: Operators;
  /** Guards', too: what agents flagged. */
  INCIDENTS: IncidentDesk;
  /** Guards', too: rollbacks. */
  ROLLBACKS: RollbackDesk;
  /** Guards', too: artefacts. */
  ARTEFACTS: ArtefactDesk;
  /** Guards', too: the tools. */
  TOOLS: ToolDesk;
  /** The vault's own: its keys, and erasures of a person. No value comes from there. */
  VAULT: VaultDesk;
  ERASURES: ErasureDesk;
  /** JSON: Worker -> name of a secret -> when it was set (RFC 3339), null where nobody noted it. Absent: not known. */
  SECRETS_SET_AT?: string;
  /** 32 random bytes as text: seals the sandbox's session cookies. Absent in production, where there are none. */
  SESSION_KEY?: string;
  /** The pages' style and scripts. */
  ASSETS: { fetch(request: Request): Promise<Response> };
}
