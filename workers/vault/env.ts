import type { PeopleEnv } from '../../shared/people.ts';
import type { LedgerIntake, Objects } from '../../shared/rpc.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';
import type { Opening, Sealable } from './entries.ts';

export interface Env extends PeopleEnv {
  /** Verifies the guards' dispatch tokens. */
  DISPATCH_PUBLIC_KEY: string;
  /** 32 random bytes, base64url: wraps the key of each agent. */
  VAULT_KEY: string;
  VAULT: Objects<VaultApi>;
  LEDGER: LedgerIntake;
}

/** One agent's values. Reached by this Worker's entrypoints only, each of which has checked who asks. */
export interface VaultApi {
  /** The placeholder of each value, the one that it had before if it is kept. */
  seal(items: Sealable[], keepMs: number): Promise<string[]>;
  /** In the order of the placeholders; null: not known, or not any more. */
  known(placeholders: string[]): Promise<(KnownPlaceholder | null)[]>;
  /** What they stand for; what is not known is absent. Recorded before it is answered. */
  open(placeholders: string[], opening: Opening): Promise<Record<string, string>>;
}
