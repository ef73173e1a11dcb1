import type { PeopleEnv } from '../../shared/people.ts';
import type { LeadVault } from '../../shared/lead-vault.ts';
import type { LedgerIntake, Objects, Sites } from '../../shared/rpc.ts';
import type { LeadInbox } from './inbox.ts';
import type { LeadIndex } from './lead-index.ts';

export interface Env extends PeopleEnv {
  /** Secret of Cloudflare Turnstile; absent: forms are not asked for a token. */
  TURNSTILE_SECRET?: string;
  /** Replaces Turnstile's own siteverify address, for tests. */
  TURNSTILE_VERIFY_URL?: string;
  /** Public P-256 JWK: what leads are sealed with. The private half is the vault's. */
  LEAD_PUBLIC_KEY: string;
  /** Secret of the hashes by which an inbox knows a lead, a sender or a person again. */
  LEAD_HASH_KEY: string;
  VAULT: LeadVault;
  SITES: Sites;
  LEDGER: LedgerIntake;
  INBOX: Objects<LeadInbox>;
  INDEX: Objects<LeadIndex>;
}

/** The one object that knows which sites have an inbox. */
export const INDEX_NAME = 'sites';
