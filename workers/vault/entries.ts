/** What goes into one agent's vault, and who takes it out. */
import type { PersonKey } from '../../shared/erasure.ts';
import type { PlaceholderClass } from '../../shared/placeholder.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';

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

/** Who has values opened, for which call, and what for. */
export type Opening = { call: string } & (
  | {
      by: 'tool';
      tool: string;
      action: string;
      purpose: string;
      workflow: string | null;
      lane: string | null;
    }
  | { by: 'person'; person: string; credential: string; reason: string }
);

/** What is sealed and asked in one visit. */
export interface Take {
  items: Sealable[];
  /** How long what is sealed is kept (ms). */
  keepMs: number;
  placeholders: string[];
}

export interface Took {
  sealed: string[];
  /** In the order of the placeholders; null: not known, or not any more. */
  known: (KnownPlaceholder | null)[];
}

/** A person to be erased from one agent's vault: by keys, and by one of its placeholders. */
export interface Erased {
  persons: PersonKey[];
  placeholder: string | null;
}
