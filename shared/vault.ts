/** What the vault answers to whom. Values are in clear here and nowhere else outside the tools. */
import type { PersonalClass } from './contract.ts';
import type { PersonKey } from './erasure.ts';
import type { Placeholder, PlaceholderClass } from './placeholder.ts';
import type { Result } from './rpc.ts';

/** A batch is at most so many values and so many characters; of a token's placeholders at most so many open at once. */
export const SEAL_ITEMS = 5_000;
export const SEAL_CHARACTERS = 4_000_000;
export const OPEN_PLACEHOLDERS = 1_000;
/** What a batch becomes once detectors have looked into its texts is at most so many values. */
export const SEALED_VALUES = 20_000;
/** One value is at most so many characters: with its key it stays below what one row can hold. */
export const VALUE_CHARACTERS = 500_000;

/** One value that is to be sealed. */
export interface SealItem {
  class: PersonalClass;
  value: string;
  /**
   * Whom it is about, in words that name the same person again within this agent's data: `email:` and the address in lower case,
   * or a record's kind and id. The vault keeps a keyed hash of it. Null: nobody knows.
   */
  subject: string | null;
  /**
   * `whole`: the value becomes one placeholder. `spans`: only what detectors find in it does, and the rest stays readable; what
   * looks like a placeholder in it is made unusable first.
   */
  how: 'whole' | 'spans';
  /** Where it stood: the action and the field, such as `crm.contact.read email`. */
  source: string;
}

/** What a tool gets; refused when its token is not good for it. */
export type Vaulted<T> = { ok: true; value: T } | { ok: false; reason: string };

/** For tool Workers. Each method verifies the dispatch token itself, and answers for its agent only. */
export interface ToolVault {
  /**
   * The text that leaves in place of each value, in their order. Taken until a minute after the token's `startBefore`: the vendor
   * may take its time.
   */
  seal(token: string, items: SealItem[]): Promise<Vaulted<string[]>>;
  /**
   * What these placeholders stand for, by placeholder; one that is not known any more is absent. Only what the token names, and
   * only before its `startBefore`.
   */
  open(token: string, placeholders: Placeholder[]): Promise<Vaulted<Record<Placeholder, string>>>;
}

/** What an agent typed into a field. `free-text`: only what detectors find in it is sealed. */
export interface TypedItem {
  class: PersonalClass;
  value: string;
}

export interface DoorAsk {
  agent: string;
  call: string;
  /** How long what is sealed is kept (ms). */
  keepMs: number;
  typed: TypedItem[];
  /** What the agent put into fields, or into texts. */
  placeholders: Placeholder[];
}

/** What the guard may know of a placeholder, and no more. */
export interface KnownPlaceholder {
  placeholder: Placeholder;
  class: PlaceholderClass;
  /** Keyed hash of whom it is about; null: nobody knows, as of everything that an agent typed. */
  subject: string | null;
  /** Where it stood when it was sealed. */
  source: string;
  /** The agent typed it. */
  typed: boolean;
}

export interface DoorAnswer {
  /** What is kept of each typed value, in their order. */
  typed: string[];
  /** In the order of the placeholders; null: not known here, or not any more. */
  known: (KnownPlaceholder | null)[];
}

/** For the guard, which can seal and ask, and open nothing. */
export interface DoorVault {
  take(ask: DoorAsk): Promise<DoorAnswer>;
}

/** Who opens a value for their own eyes, and why. */
export interface PersonalOpening {
  agent: string;
  call: string;
  reason: string;
}

/** For approvals: what a person reveals. The vault checks the person itself. */
export interface RevealVault {
  /** The text with its placeholders opened; refuses who may not see it. Recorded before it is answered. */
  reveal(credential: string | null, text: string, opening: PersonalOpening): Promise<Result<string>>;
}

/** What an inbox erased of a person. */
export interface ErasedLeads {
  /** In all, this erasure's earlier asks included. */
  leads: number;
  /** Nothing is left to look at; else it is asked again. */
  done: boolean;
}

/** The leads Worker's entrypoint for the vault, which has checked the person who has it done. */
export interface LeadErasure {
  /** Idempotent by the erasure's id, and resumable: each ask does a part. A dry run counts and erases nothing. */
  erase(erasure: string, persons: PersonKey[], dryRun: boolean): Promise<ErasedLeads>;
}

/** One agent's vault in figures. Times are RFC 3339. */
export interface AgentVault {
  agent: string;
  values: number;
  /** Id of the Worker's key that wraps the agent's keys; null: it has none yet. */
  wrappedBy: string | null;
  /** What new values are encrypted under. */
  dataKey: { version: number; at: string } | null;
  /** Values that still hang on a data key of before. */
  behind: number;
  /** Openings and other entries that the audit log has not got yet. */
  unshipped: number;
  /** Why it is closed; null: it works. Names the setting. */
  fault: string | null;
}

/** The keys of all vaults. */
export interface VaultKeys {
  /** Ids of what `VAULT_KEY` and `VAULT_KEY_PREVIOUS` hold; `fault`: why they cannot be used. */
  key: { current: string | null; previous: string | null; fault: string | null };
  /** As found when last looked at (`at`); null: not looked at yet. */
  agents: { agent: string; at: string | null; vault: AgentVault | null }[];
  /** How many still hang on another key than the current one, and how many could not be asked or are closed. */
  onOld: number;
  unknown: number;
  /** When all were looked at last. */
  sweptAt: string | null;
  /** What verifies certificates of erasure, an Ed25519 JWK; null: none can be made. */
  certificateKey: string | null;
}

/** The vault's entrypoint for the console. Each method checks the person itself, and none answers a value. */
export interface VaultDesk {
  view(credential: string | null): Promise<Result<VaultKeys>>;
  /** Owners. `input`: `{ reason, agent? }`. With an agent: a new data key for it. Without: every vault moves to `VAULT_KEY`. */
  rotate(credential: string | null, input: unknown): Promise<Result<VaultKeys>>;
}

/** A span of one of several texts, in UTF-16 code units, `end` exclusive. */
export interface TextSpan {
  /** Which text, from 0. */
  text: number;
  start: number;
  end: number;
}

export interface RedactAsk {
  agent: string;
  /** How long what is sealed is kept (ms). */
  keepMs: number;
  texts: string[];
}

export interface Redacted {
  /** In their order, with placeholders. */
  texts: string[];
  /** What was replaced, as it stood in the texts that were sent. */
  found: (TextSpan & { class: PlaceholderClass; placeholder: Placeholder })[];
}

export interface CheckAsk {
  agent: string;
  texts: string[];
  /** Classes of placeholders that may stand there; null: all. */
  allowed: PlaceholderClass[] | null;
}

/** What should not stand in a text. Never holds what stands there. */
export type TextFault =
  | (TextSpan & { kind: 'personal' | 'secret'; class: PlaceholderClass })
  | (TextSpan & { kind: 'placeholder'; class: PlaceholderClass; why: 'unknown' | 'not-allowed' })
  /** Something in the text is made to look like a placeholder, or was one once. */
  | { kind: 'placeholder'; text: number; why: 'malformed' };

/** `retryAfter`: seconds, where the agent has had its share for now. */
export type Rationed<T> = { ok: true; value: T } | { ok: false; reason: string; retryAfter?: number };

/** For the gateway: texts of an agent that it has authenticated. Seals what the agent typed and asks what is known, and opens nothing. */
export interface RedactionVault {
  redact(ask: RedactAsk): Promise<Rationed<Redacted>>;
  check(ask: CheckAsk): Promise<Rationed<TextFault[]>>;
}
