import { terms as usual, type Terms } from './terms.ts';

/**
 * A guard's side of the lease protocol: one incarnation's lease, its dispatch tokens that may still be used, and what it
 * owes control an answer to. A state machine: plain data, events in, effects out, `now` (Unix ms, the guard's clock) passed
 * in. `S` is what a grant carries: what is stopped, and under which policies.
 */
export interface Holder<S> {
  readonly terms: Terms;
  /** Random per construction of the guard; a lease and an ack speak for this one only. */
  readonly incarnation: string;
  /** No grant under an older epoch is taken or used. */
  floor: number;
  lease: Lease<S> | null;
  /** When the ask that is under way left; null: none is. */
  asking: number | null;
  /** Dispatch tokens that a tool may still act on. */
  tokens: Set<number>;
  /** The highest epoch that was acked: nothing can start under one before it, whoever asks again. */
  acked: number;
  /** Pushes that are not acked, each with the tokens that it waits for. */
  owed: { ref: number; epoch: number; tokens: Set<number> }[];
  /** The latest time seen, to notice a clock that steps back. */
  clock: number;
}

export interface Lease<S> {
  epoch: number;
  /** When it was asked for, and until when it lasts. Unix ms. */
  askedAt: number;
  expiry: number;
  snapshot: S;
}

export type HolderEvent<S> =
  /** Somebody needs a lease now or soon. */
  | { kind: 'need' }
  | { kind: 'granted'; askedAt: number; epoch: number; duration: number; snapshot: S }
  /** Control refused, or did not answer in time. */
  | { kind: 'refused'; askedAt: number }
  /** A token was given out under the lease that was just looked at. */
  | { kind: 'issued'; token: number }
  /** The tool has answered the token's call, or P + M have passed since it was given out: nothing more can start. */
  | { kind: 'settled'; token: number }
  /** Control says that an epoch passed. `ref`: the receiver's mark of the message. */
  | { kind: 'push'; incarnation: string; epoch: number; ref: number }
  /** P + M have passed since that push, on a timer. */
  | { kind: 'waited'; ref: number };

export type HolderEffect =
  | { kind: 'ask'; askedAt: number }
  /** Say `waited` after P + M, on a timer: a clock that steps forward must not end a token early. */
  | { kind: 'wait'; ref: number; milliseconds: number }
  /** This incarnation can start nothing more under an epoch before `epoch`. */
  | { kind: 'ack'; ref: number; epoch: number }
  /** The push is for another incarnation, for which this one cannot speak. */
  | { kind: 'stranger'; ref: number };

export function newHolder<S>(incarnation: string, terms: Terms = usual): Holder<S> {
  return {
    terms,
    incarnation,
    floor: 0,
    lease: null,
    asking: null,
    tokens: new Set(),
    acked: 0,
    owed: [],
    clock: 0,
  };
}

/** One step of the machine. Changes `state` in place and says what is to be done. */
export function holderStep<S>(state: Holder<S>, event: HolderEvent<S>, now: number): HolderEffect[] {
  switch (event.kind) {
    case 'need':
      return need(state, now);
    case 'granted':
      if (state.asking === event.askedAt) state.asking = null;
      take(state, event, now);
      return [];
    case 'refused':
      if (state.asking === event.askedAt) state.asking = null;
      return [];
    case 'issued':
      state.tokens.add(event.token);
      return [];
    case 'settled':
      return settled(state, event.token);
    case 'push':
      return push(state, event);
    case 'waited':
      return waited(state, event.ref);
  }
}

/** Asks when there is no live lease, and ahead of time when half of it is used. One ask is under way at a time. */
function need<S>(state: Holder<S>, now: number): HolderEffect[] {
  const lease = liveLease(state, now);
  if (lease && lease.expiry - now > state.terms.lease / 2) return [];
  if (state.asking !== null) return [];
  state.asking = now;
  return [{ kind: 'ask', askedAt: now }];
}

/**
 * Takes a grant, unless a push has overtaken it or a later ask was answered before it. It lasts from when it was asked
 * for, not from when it arrived.
 */
function take<S>(
  state: Holder<S>,
  grant: { askedAt: number; epoch: number; duration: number; snapshot: S },
  now: number,
): void {
  const { askedAt, epoch, duration, snapshot } = grant;
  // Asked for in the future: the clock has stepped back since, and the lease would last longer by as much.
  if (now < askedAt) return;
  if (epoch < state.floor || askedAt < (state.lease?.askedAt ?? 0)) return;
  state.floor = epoch;
  state.lease = { epoch, askedAt, expiry: askedAt + duration, snapshot };
}

/**
 * The live lease, if there is one: the look that each admission takes, with no `await` between it and the intent. A clock
 * that stepped back by more than E drops it.
 */
export function liveLease<S>(state: Holder<S>, now: number): Lease<S> | null {
  const steppedBack = now < state.clock - state.terms.skew;
  if (steppedBack) state.lease = null;
  // After a step the new time counts, or the holder would stay without a lease until the clock caught up.
  state.clock = steppedBack ? now : Math.max(state.clock, now);
  if (!state.lease || now >= state.lease.expiry) return null;
  return state.lease;
}

/** Until when a call admitted now may start a vendor request: min(now + P, the lease's end). */
export function startBefore({ terms }: { terms: Terms }, lease: { expiry: number }, now: number): number {
  return Math.min(now + terms.dispatch, lease.expiry);
}

/** From here on nothing is admitted under an older epoch; the ack waits for the tokens given out until now. */
function push<S>(
  state: Holder<S>,
  { incarnation, epoch, ref }: { incarnation: string; epoch: number; ref: number },
): HolderEffect[] {
  if (incarnation !== state.incarnation) return [{ kind: 'stranger', ref }];
  state.floor = Math.max(state.floor, epoch);
  if (state.lease && state.lease.epoch < state.floor) state.lease = null;
  if (epoch <= state.acked) return [{ kind: 'ack', ref, epoch }];
  // A push that comes again waits for what the first one waits for, and not for what was admitted since.
  const first = state.owed.find((push) => push.epoch >= epoch);
  state.owed.push({ ref, epoch, tokens: new Set(first?.tokens ?? state.tokens) });
  const due = acks(state);
  if (due.some((effect) => effect.kind === 'ack' && effect.ref === ref)) return due;
  const { dispatch, margin } = state.terms;
  return [...due, { kind: 'wait', ref, milliseconds: dispatch + margin }];
}

function settled<S>(state: Holder<S>, token: number): HolderEffect[] {
  state.tokens.delete(token);
  for (const { tokens } of state.owed) tokens.delete(token);
  return acks(state);
}

function waited<S>(state: Holder<S>, ref: number): HolderEffect[] {
  // Each of them was given out before the push, so none may start any more.
  for (const push of state.owed) if (push.ref === ref) push.tokens.clear();
  return acks(state);
}

/** The acks that are due: nothing is left that a push of that epoch, or of a later one, waits for. */
function acks<S>(state: Holder<S>): HolderEffect[] {
  const quiet = state.owed.filter(({ tokens }) => tokens.size === 0);
  if (quiet.length === 0) return [];
  state.acked = Math.max(state.acked, ...quiet.map(({ epoch }) => epoch));
  const due = state.owed.filter(({ epoch }) => epoch <= state.acked);
  state.owed = state.owed.filter(({ epoch }) => epoch > state.acked);
  return due.map(({ ref, epoch }) => ({ kind: 'ack', ref, epoch }));
}
