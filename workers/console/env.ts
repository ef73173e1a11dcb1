import type {
  ApprovalsDesk,
  AutonomyDesk,
  ControlDesk,
  IncidentDesk,
  LeadsConsole,
  LedgerDesk,
  Operators,
} from '../../shared/rpc.ts';
import type { ArtefactDesk } from '../../shared/artefacts.ts';
import type { RollbackDesk } from '../../shared/rollback/view.ts';

/** The desks of the Workers that decide. The console holds no secret: each desk checks the person itself. */
export interface Env {
  CONTROL: ControlDesk;
  /** Control's, too: readiness and autonomy. */
  AUTONOMY: AutonomyDesk;
  APPROVALS: ApprovalsDesk;
  LEDGER: LedgerDesk;
  LEADS: LeadsConsole;
  /** Guards' own entrypoint: the operators' lane. */
  OPERATORS: Operators;
  /** Guards', too: what agents flagged. */
  INCIDENTS: IncidentDesk;
  /** Guards', too: rollbacks. */
  ROLLBACKS: RollbackDesk;
  /** Guards', too: artefacts. */
  ARTEFACTS: ArtefactDesk;
}
