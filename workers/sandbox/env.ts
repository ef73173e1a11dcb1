import type { Answer, Objects } from '../../shared/rpc.ts';

/** A Worker that is reached with HTTP requests. */
export interface Host {
  fetch(request: Request): Promise<Response>;
}

/** One simulated vendor: its API by `fetch`, and the pages that control it. */
export interface SimulatorApi extends Host {
  control(method: string, path: string, body: string): Promise<Answer>;
}

/** What stands behind the front door. */
export interface Hosts {
  GATEWAY: Host;
  CONSOLE: Host;
  LEADS: Host;
  /** Only for Unleash's webhook. */
  HOOKS: Host;
  SIMULATOR: Objects<SimulatorApi>;
}

export interface Env extends Hosts {
  /** Hashes of the credentials that the tools send: the sandbox can check them, but not use them. */
  HUBSPOT_TOKEN_SHA256: string;
  HUNTER_API_KEY_SHA256: string;
  SLACK_BOT_TOKEN_SHA256: string;
  META_ACCESS_TOKEN_SHA256: string;
  RESEND_API_KEY_SHA256: string;
  INTERCOM_ACCESS_TOKEN_SHA256: string;
  WORDPRESS_LOGIN_SHA256: string;
}
