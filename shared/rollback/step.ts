/** The words of a rollback plan. Plain data: it is stored, shown, digested and sent between Workers. */
import type { Conflict } from '../image.ts';
import type { DecidingPolicy } from '../policy.ts';
import type { Look, Takeable } from '../taking-back.ts';

/** What an inverse action needs before it may run, as its agent's own call would. */
export interface Inverse {
  needs: 0 | 1 | 2;
  /** Who asked for it; empty with two people where it could not be asked at all. */
  policies: DecidingPolicy[];
  /** Why it counts as two people though no policy asked for that; null: as the policies say. */
  why: string | null;
  /** Fields of the record that it writes; `*`: the record as a whole, or it is not known. */
  fields: string[];
}

/** How far a step is. All but the first two are final. */
export type StepState =
  | { kind: 'waiting' }
  /** Handed to the guard as the operators' call `lane`, or about to be: the guard is asked under the same id, never anew. */
  | { kind: 'under-way'; lane: string; tries: number }
  /** Taken back. `seen`: what the vendor held right after it; null: there was nothing to compare. */
  | { kind: 'restored'; lane: string; seen: Look['state'] | null }
  /** `lane`: the try that came to nothing; null: none was made. */
  | { kind: 'nothing'; why: 'taken-back' | 'as-before' }
  | { kind: 'left'; why: LeftWhy; detail: string; instead: Instead; lane: string | null };

/** What a person does about a call that is not taken back. */
export interface Instead {
  kind: 'look-up' | 'cancel' | 'apologise' | 'notify' | 'decide' | 'by-hand';
  text: string;
  /** For messages that have gone out: a text to start from. It holds no data of the call. */
  draft: string | null;
}

/** Why a call is left as it is. */
export type LeftWhy =
  /** There is none, by its contract or by now. */
  | 'no-way-back'
  | 'window-over'
  /** Nobody knows whether it happened. */
  | 'indeterminate'
  /** Somebody has changed it since. */
  | 'conflict'
  /** What the vendor holds cannot be seen. */
  | 'unseen'
  /** A later call about the same record is left, so this one would write into the middle of a history. */
  | 'blocked'
  /** It was tried, and the vendor or the gate refused. */
  | 'refused'
  /** It was tried, and nobody knows whether it happened. */
  | 'unclear'
  /** A person ended the rollback before its turn. */
  | 'ended';

/** What is planned for one call. */
export type Fate =
  /** `forced`: a person wants it done past what speaks against it; `found` names what was seen and may be overwritten. */
  | { kind: 'undo' | 'cancel'; action: string; until: string; forced: { found: string | null } | null }
  /** It is as before already. */
  | { kind: 'nothing'; why: 'taken-back' | 'as-before'; by: string | null }
  | { kind: 'left'; why: LeftWhy; detail: string; instead: Instead };

/** One call in a plan. Steps stand in the order in which they are done. */
export interface Step extends Pick<Takeable, 'call' | 'agent' | 'action' | 'workflow' | 'at' | 'about'> {
  fate: Fate;
  /** Names the record at its vendor; null: the contract names none, so nothing is known to depend on it. */
  record: string | null;
  /** The later call about the same record, which is taken back first; null: none in this plan. */
  after: string | null;
  /** Whether the call created its record: whatever is later at the same tool is taken back before. */
  creates: boolean;
  needs: 0 | 1 | 2;
  policies: DecidingPolicy[];
  /** Why two people, where no policy said so. */
  needsWhy: string | null;
  /** Where the vendor holds something else than the call left; what earlier steps of the plan explain is not in it. */
  conflicts: Conflict[];
  /** Names what was found there, for whoever forces it; null: it cannot be forced. */
  found: string | null;
}

/** A plan: every call of the selection, none twice. */
export interface Plan {
  steps: Step[];
  /** How many people other than who asked must approve it: the most that one of its inverse actions needs. */
  needs: 0 | 1 | 2;
  counts: PlanCounts;
  /** SHA-256 over all of it: what is approved is exactly this. */
  digest: string;
}

export interface PlanCounts {
  /** That are taken back when it runs. */
  takes: number;
  nothing: number;
  left: number;
}
