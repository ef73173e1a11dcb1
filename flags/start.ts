import { terms as usual, type Terms } from './terms.ts';

/** What a dispatch token says about time. Unix ms, the guard's clock. */
export interface Window {
  /** When the guard recorded the intent. */
  intentAt: number;
  startBefore: number;
}

/**
 * The tool's part of the lease protocol: whether a vendor request may start. Asked after the last `await` and right before
 * the hand-off, for EACH request. A clock that is behind the intent by more than E breaks the assumption, and starts
 * nothing; asked this way round, so that a time that is no number starts nothing either.
 */
export function mayStart(window: Window, now: number, { skew }: Terms = usual): boolean {
  return now >= window.intentAt - skew && now < window.startBefore;
}
