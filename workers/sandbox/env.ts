import type { PeopleEnv } from '../../shared/people.ts';
import type { Answer, LedgerIntake, Objects } from '../../shared/rpc.ts';
import type { SecretHash } from './vendors/vendor.ts';

/** A Worker that is reached with HTTP requests. */
export interface Host {
  fetch(request: Request): Promise<Response>;
}

/** One simulated vendor: its API by `fetch`, and the pages that control it. */
export interface SimulatorApi extends Host {
  /** `credential`: of a person, for what only people may do. */
  control(method: string, path: string, body: string, credential?: string | null): Promise<Answer>;
}

/** What stands behind the front door. */
export interface Hosts {
  GATEWAY: Host;
  CONSOLE: Host;
  LEADS: Host;
  /** Only for Unleash's webhook. */
  HOOKS: Host;
  /** Only for Slack's buttons. */
  SLACK_HOOKS: Host;
  SIMULATOR: Objects<SimulatorApi>;
}

/** With the hashes of the credentials that the tools send: the sandbox can check them, but not use them. */
export interface Env extends Hosts, PeopleEnv, Record<SecretHash, string> {
  LEDGER: LedgerIntake;
}
