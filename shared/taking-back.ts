/** What can be taken back of what agents did, and what the vendor holds of it now. Plain data. */
import type { Conflict } from './image.ts';

/** One execute of an agent, as far as it can be taken back. */
export interface Takeable {
  call: string;
  agent: string;
  action: string;
  /** Null: not known any more in which it was admitted. */
  workflow: string | null;
  session: string | null;
  /** RFC 3339, of the outcome. */
  at: string;
  /** The record at the vendor, as its contract says; null: the contract names none, or it was never known. */
  about: { record: string; id: string } | null;
  way: Way;
  outcome: 'succeeded' | 'indeterminate';
  /** The operators' call that takes it back; `at` (RFC 3339) is null while that has not succeeded. */
  takenBack: { by: string; at: string | null } | null;
}

/** How it is taken back: by its contract's undo, by cancelling what is still to come, or not at all. `until`: RFC 3339. */
export type Way =
  | { kind: 'undo' | 'cancel'; action: string; until: string }
  /** `instead`: what a person does, in words, where the contract says it. */
  | { kind: 'none'; why: string; instead: string | null };

/** Which executes of one agent are asked for. */
export interface TakeablesQuery {
  /** RFC 3339, of the outcome: from then on, and before then. */
  since?: string;
  until?: string;
  session?: string;
  workflow?: string;
  /** `next` of the page before. */
  after?: string;
  /** At most 500 at once. */
  limit: number;
}

/** A page, oldest first by when they ended. `next`: null when this is the last. */
export interface Takeables {
  takeables: Takeable[];
  next: string | null;
}

/** What the vendor holds now of what a call changed. Nothing was written to find it out. */
export interface Look {
  call: string;
  /** As the call left it; changed by somebody since; as it was before the call; or it cannot be told. */
  state: 'as-left' | 'changed' | 'as-before' | 'unknown';
  /** Of `changed`: where. Values are masked by the contract. */
  conflicts: Conflict[];
  /** Names exactly what was found, so that a person can force the undo over that and nothing newer; null: cannot be forced. */
  found: string | null;
  /** In our words; why it cannot be told. */
  detail: string | null;
}
