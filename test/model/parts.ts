import { authorityStep, newAuthority, nextLook } from '../../flags/authority.ts';
import { holderStep, liveLease, startBefore } from '../../flags/holder.ts';
import { mayStart } from '../../flags/start.ts';

/** What a grant carries here. */
export interface Snapshot {
  /** Which stops are in force, a bit each. */
  stops: number;
  /** When the lease ends in true time. No machine reads it; the properties do. */
  end: number;
}

/** The product's own machines, and the four ways in which the model wires them. A broken variant replaces one of them. */
export const real = {
  newAuthority,
  authorityStep,
  nextLook,
  holderStep: holderStep<Snapshot>,
  liveLease: liveLease<Snapshot>,
  startBefore,
  mayStart,
  /** Which of a call's vendor requests are looked at: each, or the first only. */
  looks: 'each' as 'each' | 'first',
  /** What may pass between the look and the hand-off: the assumed pause, or an `await` of any length. */
  afterLook: 'pause' as 'pause' | 'await',
  /** What the holder's waits run on. */
  waits: 'timer' as 'timer' | 'clock',
};

export type Parts = typeof real;
