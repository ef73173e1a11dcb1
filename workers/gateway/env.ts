import type { GuardApi, Objects } from '../../shared/rpc.ts';

/** All that the gateway holds: who may ask for a token, the key it signs tokens with, and the way to the guards. */
export interface Env {
  /** One guard per agent, by the agent's name. */
  GUARD: Objects<GuardApi>;
  /** Ed25519 private key, JWK text. */
  TOKEN_PRIVATE_KEY: string;
  /** JSON: client id -> agent and SHA-256 (hex) of the client's secret. */
  AGENT_CLIENTS: string;
}
