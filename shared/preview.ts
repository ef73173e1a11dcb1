import type { Undo } from './contract.ts';
import type { FailureReason } from './outcome.ts';

/** What executing an action would change, as its tool sees it now. Nothing was written to find it out. */
export interface Preview {
  /** The fields concerned as the vendor holds them; null: there is no such record yet. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
  /** Where the two differ. */
  changes: Change[];
  /** What comes of it besides, in the tool's own words. */
  sideEffects: string[];
  undo: Undo;
}

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

/** What a tool answers to a guard that asks for a preview. */
export type Previewed =
  | { kind: 'foreseen'; preview: Preview }
  /** The call would fail, or what it would change cannot be told. */
  | { kind: 'failed'; reason: FailureReason; detail: string; retryAfter?: number }
  | { kind: 'lapsed' };
