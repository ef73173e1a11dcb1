import type { Counts, PersonKey } from '../../shared/erasure.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { PeopleEnv, Person } from '../../shared/people.ts';
import type { LedgerIntake, Objects, Result } from '../../shared/rpc.ts';
import type { AgentVault, LeadErasure, Vaulted, VaultKeys } from '../../shared/vault.ts';
import type { Erased, Opening, Take, Took } from './entries.ts';
import type { KeyEnv } from './keyring.ts';
import type { IndexErasures } from './erasure-run.ts';

export interface Env extends PeopleEnv, KeyEnv {
  /** Verifies the guards' dispatch tokens. */
  DISPATCH_PUBLIC_KEY: string;
  /** Ed25519 private JWK that certificates of erasure are signed with. Absent or empty: none is made. */
  CERTIFICATE_PRIVATE_KEY?: string;
  VAULT: Objects<VaultApi>;
  VAULT_INDEX: Objects<IndexApi>;
  LEDGER: LedgerIntake;
  /** Absent: leads are not part of an erasure, and its report says so. */
  LEAD_ERASURE?: LeadErasure;
  /** Private P-256 JWK, or a list of them: opens what the lead inboxes sealed. */
  LEAD_PRIVATE_KEY: string;
  LEAD_OPENINGS: Objects<LeadOpeningsApi>;
}

/** Who had leads of one site opened. */
export interface LeadOpeningsApi {
  /** Durable before it answers. `data` holds no value of any lead. */
  record(kind: string, data: EntryData): Promise<void>;
}

export const INDEX_NAME = 'index';

/** One agent's values. Reached by this Worker's entrypoints only, each of which has checked who asks. */
export interface VaultApi {
  /** Seals and asks in one visit; what is sealed is the placeholder of each value, the one that it had before if it is kept. */
  take(take: Take): Promise<Vaulted<Took>>;
  /** What they stand for; what is not known is absent. Recorded before it is answered. */
  open(placeholders: string[], opening: Opening): Promise<Vaulted<Record<string, string>>>;
  /** Counts text that an agent wants read against what it may have read a minute: seconds to wait, or null. */
  ration(characters: number): Promise<number | null>;
  /** Records that somebody was refused. */
  refused(opening: Opening, why: string, placeholders: string[]): Promise<void>;
  /** What may be told of it: figures, no value. Waking it rewraps its keys. */
  status(): Promise<AgentVault>;
  /** A new data key; what hangs on the old one is encrypted anew in the background. */
  rotate(person: Person, reason: string): Promise<Vaulted<AgentVault>>;
  /** Whom a placeholder is about, as keys that find the person elsewhere; null: it is not kept here. */
  personsOf(placeholder: string): Promise<Vaulted<PersonKey[] | null>>;
  /** Erases a person and returns what was erased, once for each erasure's id. `null`: a dry run, which erases nothing. */
  erase(erasure: string | null, who: Erased): Promise<Vaulted<Counts>>;
}

/** Which agents have vaults, and the erasures. There is one such object. */
export interface IndexApi extends IndexErasures {
  /** Before the first value of an agent is kept. */
  add(agent: string): Promise<void>;
  /** Looks at every vault, which rewraps the keys of each, and returns what it found. */
  sweep(person: Person | null, reason: string): Promise<VaultKeys>;
  view(): Promise<VaultKeys>;
  /** Records that somebody was refused whom nothing tells the agent of. */
  refused(why: string): Promise<void>;
  /** A new data key for one agent; refused where it has no vault. */
  rotate(agent: string, person: Person, reason: string): Promise<Result<AgentVault>>;
}
