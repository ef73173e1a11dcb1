import type { GuardApi, Objects } from '../../shared/rpc.ts';
import type { RedactionVault } from '../../shared/vault.ts';

/** All that the gateway holds: who may ask for a token, the key it signs tokens with, and the ways to the guards and the vault. */
export interface Env {
  /** One guard per agent, by the agent's name. */
  GUARD: Objects<GuardApi>;
  /** For texts that agents send outside any call. Opens nothing. */
  VAULT: RedactionVault;
  /** Ed25519 private key, JWK text. */
  TOKEN_PRIVATE_KEY: string;
  /** JSON: client id -> agent and SHA-256 (hex) of the client's secret. */
  AGENT_CLIENTS: string;
}
