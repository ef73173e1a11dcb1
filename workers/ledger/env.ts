import type { PeopleEnv } from '../../shared/people.ts';
import type { EntryData, Head } from '../../shared/journal.ts';
import type { AgentTrail, Objects } from '../../shared/rpc.ts';
import type { Counts } from './evidence-store.ts';
import type { CallScan, EntryScan, FoundCalls, FoundEntries, Page } from './store.ts';
import type { ToolOutcome } from '../../shared/pulse.ts';
import type { SecretOfTool } from './secret-store.ts';
import type { Tallied } from './tally.ts';
import type { Claim, SavedCheckpoint } from './ledger-index.ts';

export interface Env extends PeopleEnv {
  LEDGER: Objects<MonthApi>;
  LEDGER_INDEX: Objects<IndexApi>;
  /** Ed25519 private JWK. */
  CHECKPOINT_PRIVATE_KEY: string;
  /** Seconds between checkpoints while entries arrive; 300 when absent. */
  CHECKPOINT_SECONDS?: string;
}

/** What one month's object holds of one source's chain. */
export interface MonthState {
  /** Row of the newest entry. */
  last: number;
  heads: Record<string, Head>;
}

export type Appended =
  /** `refused`: one of the entries was, and all after it. */
  { kind: 'taken'; acknowledged: number; refused: boolean } | { kind: 'moved'; to: string };

/** Counters of all tools, as one month holds them. */
export interface ToolTally {
  hour: { tool: string; word: string; times: number }[];
  day: { tool: string; word: string; times: number }[];
  /** Newest first. */
  ended: { tool: string; outcome: ToolOutcome }[];
  secrets: SecretOfTool[];
}

/** One month of the audit log. */
export interface MonthApi {
  /** Takes entries of one source in order; `moved` when the chain goes on in a newer month. */
  append(source: string, bodies: string[]): Promise<Appended>;
  /** Ends a source's chain in this month, for the month where it goes on, and tells where it ends. Idempotent. */
  release(source: string, to: string): Promise<Head>;
  /** Writes an entry to the ledger's own chain. */
  note(kind: string, data: EntryData): Promise<void>;
  /** Writes who read what, unless the very same was written within the last minute. */
  noteRead(data: EntryData): Promise<void>;
  /** Where every chain ends here, at one moment. */
  state(): Promise<MonthState>;
  /** Rows after `after` up to `upTo`, oldest first. */
  page(after: number, upTo: number): Promise<Page>;
  find(scan: EntryScan): Promise<FoundEntries>;
  findCalls(scan: CallScan): Promise<FoundCalls>;
  entriesOf(calls: string[]): Promise<string[]>;
  /** In the order of the asks. */
  counts(asks: { agent: string; since: string }[]): Promise<Counts[]>;
  trail(agent: string, since: string): Promise<AgentTrail>;
  /** What was counted by the minute since a time (RFC 3339), of all tools together. */
  minutes(since: string): Promise<Pick<Tallied, 'minute' | 'word' | 'times'>[]>;
  /** What was counted of each tool. */
  tools(hourAgo: string, dayAgo: string): Promise<ToolTally>;
}

/** What knows the months, and which month holds the end of each source's chain. */
export interface IndexApi {
  /** Says that a source's chain goes on in a month. Idempotent. */
  claim(source: string, month: string): Promise<Claim>;
  /** The month that holds the end of a chain. */
  where(source: string): Promise<string | null>;
  /** Oldest first. */
  months(): Promise<string[]>;
  checkpoint(): Promise<SavedCheckpoint>;
  saved(id: number): Promise<SavedCheckpoint | null>;
}
