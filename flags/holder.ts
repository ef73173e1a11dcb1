import { terms } from './terms.ts';

/** A guard's side of the lease protocol: plain data and pure functions over it; times are Unix ms. */
export interface Holder {
  /** No grant under an older epoch is taken or used. */
  floor: number;
  lease: { epoch: number; expiry: number } | null;
  /** The latest time seen, to notice a clock that steps back. */
  clock: number;
}

export function newHolder(): Holder {
  return { floor: 0, lease: null, clock: 0 };
}

/** Takes a grant that was asked for at `askedAt`: it is counted from the asking, not from the receipt. */
export function take(holder: Holder, askedAt: number, grant: { epoch: number; duration: number }): boolean {
  if (grant.epoch < holder.floor) return false;
  holder.floor = grant.epoch;
  holder.lease = { epoch: grant.epoch, expiry: askedAt + grant.duration };
  return true;
}

/** A push: from here on nothing is admitted under an older epoch. */
export function raiseFloor(holder: Holder, epoch: number): void {
  holder.floor = Math.max(holder.floor, epoch);
  if (holder.lease && holder.lease.epoch < holder.floor) holder.lease = null;
}

/** The live lease at `now`, if there is one. A clock that stepped back by more than E drops it. */
export function liveLease(holder: Holder, now: number): { epoch: number; expiry: number } | null {
  const steppedBack = now < holder.clock - terms.skew;
  if (steppedBack) holder.lease = null;
  // After a step the new time counts, or the holder would stay without a lease until the clock caught up.
  holder.clock = steppedBack ? now : Math.max(holder.clock, now);
  if (!holder.lease || now >= holder.lease.expiry) return null;
  return holder.lease;
}

/** Until when a call admitted now may start a vendor request: min(now + P, expiry). */
export function startBefore(lease: { expiry: number }, now: number): number {
  return Math.min(now + terms.dispatch, lease.expiry);
}

/** Whether a call's own token can start nothing more. */
export function spent(tokenStartBefore: number, now: number): boolean {
  return now >= tokenStartBefore + terms.margin;
}
