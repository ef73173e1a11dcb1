/** What one agent's vault keeps. */
import type { PlaceholderClass } from '../../shared/placeholder.ts';

/** A value on its way into the vault. */
export interface Sealable {
  class: PlaceholderClass;
  value: string;
  /** Whom it is about, in clear; the vault keeps a keyed hash. Null: nobody knows. */
  subject: string | null;
  source: string;
  /** What an agent typed has a namespace of its own, so that nobody finds out by typing what a vendor holds. */
  typed: boolean;
}

/** Who has values opened, and what for. */
export interface Opening {
  call: string;
  /** The action whose tool opens it, or the person. */
  by: string;
  /** Why; of a tool: to run the call. */
  reason: string;
}
