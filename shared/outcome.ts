import type { Conflict, Image } from './image.ts';

/** How a call ended at the vendor. `detail` goes to the journal only: short, in our words, no vendor text. */
export type Outcome =
  | {
      kind: 'succeeded';
      output: Record<string, unknown>;
      undo?: UndoPlan;
      /**
       * Of an execute about an artefact: its whole content right before and right after, for its versions. Left out where the
       * images of the undo hold all of it.
       */
      content?: { before: Image; after: Image };
    }
  /** Nothing was changed. */
  | {
      kind: 'failed';
      reason: FailureReason;
      detail: string;
      retryAfter?: number;
      /** Of `changed`: where. */
      conflicts?: Conflict[];
    }
  /** The time to start had passed before the first vendor request. Nothing was sent. */
  | { kind: 'lapsed' }
  /** A request that may have changed something got no clear answer. */
  | { kind: 'indeterminate'; detail: string };

export type FailureReason =
  /** No such record at the vendor. */
  | 'not-found'
  /** The vendor says the record exists already or has changed. */
  | 'conflict'
  /** The vendor does not hold what an undo was to take back: somebody has changed it since. */
  | 'changed'
  /** The vendor did not accept the values. */
  | 'rejected'
  /** The vendor's own limit; `retryAfter` in seconds. */
  | 'vendor-limited'
  /** The vendor refused our credential. */
  | 'credential'
  /** No answer to a request that changes nothing; or nothing was sent, as the vendor has not answered lately. */
  | 'unavailable'
  /** An answer that is not one as the tool knows the vendor to give, to a request that changes nothing. */
  | 'contract'
  /** What a placeholder of the input stands for is not kept any more. */
  | 'forgotten'
  /** A stop called it off. */
  | 'cancelled'
  /** The tool refused before any vendor request: bad token, bad input, no vendor set. */
  | 'refused';

/** The compensating action of a call that ran. */
export interface UndoPlan {
  action: string;
  input: Record<string, unknown>;
  /**
   * What the vendor held of what `action` would change, right before the call and right after it, as the tool's `image` of
   * `action` reads it. Undefined: not told, so no later change can be seen and a person has to force the undo.
   */
  images?: { before: Image; after: Image };
}
