import { terms as usual, type Terms } from './terms.ts';

/**
 * Control's side of the lease protocol: who may hold a lease, and when a stop is confirmed. A state machine: plain data,
 * events in, effects out, `now` (Unix ms, control's clock) passed in. Control carries the effects out and nothing else.
 */
export interface Authority {
  readonly terms: Terms;
  /** One number over everything that decides: stops, flags, policies, manifests. */
  epoch: number;
  /** When the newest durable write that is known to be confirmed was issued; null: none in this instance yet. */
  heartbeat: number | null;
  /** When the heartbeat that is on its way to storage was issued. */
  writing: number | null;
  /** Asks that wait for it. */
  asking: Ask[];
  /** Before this time leases may be out that this instance does not know of: those of an instance before it. */
  fence: number;
  /** agent -> incarnation -> until when its lease may be live. */
  leases: Map<string, Map<string, number>>;
  /** Stops that are not confirmed, by receipt. */
  forming: Map<string, Forming>;
  /** The latest reading of the clock. */
  clock: number;
  /** How far the clock moved forward since the latest look. */
  moved: number;
  /** When that look was: what is judged by time is judged as of it. */
  looked: number;
}

export interface Ask {
  agent: string;
  incarnation: string;
  /** The asker's own mark of this ask; comes back with its answer. */
  ref: number;
}

/** A lease that may be live. */
export interface Held {
  agent: string;
  incarnation: string;
  until: number;
}

/** A stop on its way to being confirmed. */
export interface Forming {
  epoch: number;
  stopAt: number;
  fence: number;
  /** Null: an earlier instance made the stop, and who held a lease then is not known any more. */
  guards: (Held & { acked: boolean })[] | null;
}

export type AuthorityEvent =
  | ({ kind: 'ask' } & Ask)
  /** The heartbeat issued then is durable, or could not be written. */
  | { kind: 'written' | 'unwritten'; issued: number }
  /** A stop was recorded. `agent`: the only agent it can concern; null: any. */
  | { kind: 'stop'; receipt: string; agent: string | null }
  /** Something else that decides has changed: a resume, a policy set, a flag. */
  | { kind: 'change' }
  /** An incarnation says that it can start nothing more under an epoch before this one. */
  | { kind: 'ack'; agent: string; incarnation: string; epoch: number }
  /** The timer for `nextLook` fired; it was set for so long, right after the look before. */
  | { kind: 'look'; waited: number };

export type AuthorityEffect =
  | { kind: 'grant'; ref: number; epoch: number; duration: number }
  | { kind: 'refuse'; ref: number }
  /** Write the heartbeat durably, then say `written`. */
  | { kind: 'write'; issued: number }
  /** Only after the change is durable. A push that is lost costs time, never safety. */
  | { kind: 'push'; agent: string; incarnation: string; epoch: number }
  | { kind: 'confirmed'; receipt: string; standing: Standing };

/** A new instance's state. */
export function newAuthority(
  stored: {
    epoch: number;
    /** When the newest heartbeat in storage was issued; null when no lease was ever granted. */
    heartbeat: number | null;
    /** Stops that no instance has confirmed: receipt -> when they were made. */
    forming?: readonly { receipt: string; epoch: number; stopAt: number }[];
  },
  now: number,
  terms: Terms = usual,
): Authority {
  const fence = fenceAfter(stored.heartbeat, now, terms);
  const forming = (stored.forming ?? []).map(({ receipt, epoch, stopAt: made }) => {
    // Made by another machine's clock, which may be behind this one by E; and before this instance began.
    const stopAt = Math.min(now, made + terms.skew);
    return [receipt, { epoch, stopAt, fence, guards: null }] as const;
  });
  return {
    terms,
    epoch: stored.epoch,
    heartbeat: null,
    writing: null,
    asking: [],
    fence,
    leases: new Map(),
    forming: new Map(forming),
    clock: now,
    moved: 0,
    looked: now,
  };
}

/**
 * Until when leases of an instance before this one may be in use. It granted up to its heartbeat + L, and that heartbeat
 * was written before this instance began; but by another machine's clock, which may be ahead of or behind this one by E.
 */
function fenceAfter(heartbeat: number | null, now: number, { lease, margin, skew }: Terms): number {
  return heartbeat === null ? 0 : Math.min(now, heartbeat + skew) + lease + margin;
}

/** One step of the machine. Changes `state` in place and says what is to be done, in order. */
export function authorityStep(state: Authority, event: AuthorityEvent, now: number): AuthorityEffect[] {
  observe(state, now);
  switch (event.kind) {
    case 'ask':
      return ask(state, event, now);
    case 'written':
      if (state.writing === event.issued) state.writing = null;
      // Not the later of the two: after a step back that would be one from the future until the clock had caught up.
      state.heartbeat = event.issued;
      return [...state.asking.splice(0).map((waiting) => grant(state, waiting, now)), ...confirm(state)];
    case 'unwritten':
      if (state.writing === event.issued) state.writing = null;
      return state.asking.splice(0).map(({ ref }) => ({ kind: 'refuse', ref }));
    case 'stop':
      state.epoch += 1;
      state.forming.set(event.receipt, forming(state, event.agent, now));
      return [...pushes(state), ...confirm(state)];
    case 'change':
      state.epoch += 1;
      return pushes(state);
    case 'ack':
      for (const stop of state.forming.values()) acknowledge(stop, event);
      return confirm(state);
    case 'look':
      look(state, event.waited, now);
      forgetLapsed(state);
      return confirm(state);
  }
}

// ── leases ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function ask(state: Authority, { agent, incarnation, ref }: Ask, now: number): AuthorityEffect[] {
  if (!heartbeatDue(state, now)) return [grant(state, { agent, incarnation, ref }, now)];
  state.asking.push({ agent, incarnation, ref });
  // Concurrent askers share one write.
  if (state.writing !== null) return [];
  state.writing = now;
  return [{ kind: 'write', issued: now }];
}

function heartbeatDue({ heartbeat, terms }: Authority, now: number): boolean {
  return heartbeat === null || Math.abs(now - heartbeat) >= terms.heartbeat;
}

/** How long a grant given now would last: L less the age of the heartbeat, so that a cut-off instance grants nothing. */
export function grantDuration({ heartbeat, terms }: Authority, now: number): number {
  if (heartbeat === null) return 0;
  const age = now - heartbeat;
  // A heartbeat from the future is a clock that stepped back: grant nothing until the next write.
  return age < 0 ? 0 : Math.max(0, terms.lease - age);
}

function grant(state: Authority, { agent, incarnation, ref }: Ask, now: number): AuthorityEffect {
  const duration = grantDuration(state, now);
  if (duration <= 0) return { kind: 'refuse', ref };
  forgetLapsed(state);
  const held = state.leases.get(agent) ?? new Map<string, number>();
  // A shorter grant never shortens what an earlier answer, still on its way, may have promised.
  held.set(incarnation, Math.max(held.get(incarnation) ?? 0, now + duration));
  state.leases.set(agent, held);
  return { kind: 'grant', ref, epoch: state.epoch, duration };
}

/** Every lease that may be live at `now`, the margin included. */
export function heldLeases({ leases, terms }: Authority, now: number): Held[] {
  return [...leases].flatMap(([agent, held]) =>
    [...held]
      .filter(([, until]) => until + terms.margin > now)
      .map(([incarnation, until]) => ({ agent, incarnation, until })),
  );
}

/** Forgets leases that have lapsed, the margin included: every waking guard is a new incarnation. */
function forgetLapsed({ leases, terms, looked }: Authority): void {
  for (const [agent, held] of leases) {
    for (const [incarnation, until] of held) if (until + terms.margin <= looked) held.delete(incarnation);
    if (held.size === 0) leases.delete(agent);
  }
}

function pushes(state: Authority): AuthorityEffect[] {
  const { epoch } = state;
  return heldLeases(state, state.looked).map(({ agent, incarnation }) => ({
    kind: 'push',
    agent,
    incarnation,
    epoch,
  }));
}

// ── stops ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What must be accounted for before a stop made now is confirmed. */
function forming(state: Authority, agent: string | null, now: number): Forming {
  const guards = heldLeases(state, state.looked)
    .filter((held) => agent === null || held.agent === agent)
    .map((held) => ({ ...held, acked: false }));
  return { epoch: state.epoch, stopAt: now, fence: state.fence, guards };
}

/** An ack speaks for one incarnation, and for stops up to the epoch that it heard of. */
function acknowledge(stop: Forming, heard: { agent: string; incarnation: string; epoch: number }): void {
  if (heard.epoch < stop.epoch) return;
  for (const guard of stop.guards ?? []) {
    if (guard.agent === heard.agent && guard.incarnation === heard.incarnation) guard.acked = true;
  }
}

/** Whether nothing that the stop covers can start any more. */
function isConfirmed(
  { stopAt, fence, guards }: Forming,
  now: number,
  { lease, margin }: Pick<Terms, 'lease' | 'margin'>,
): boolean {
  if (now >= stopAt + lease + margin) return true;
  return (
    guards !== null && now >= fence && guards.every(({ acked, until }) => acked || until + margin <= now)
  );
}

export interface Standing {
  confirmed: boolean;
  acked: number;
  /** Leases that ran out, the margin included. */
  lapsed: number;
  /** Still waited for. */
  waiting: number;
  /** When it is confirmed at the latest without another message. */
  confirmedBy: number;
}

/** Where a stop stands at `now`. */
export function standing(stop: Forming, now: number, { lease, margin }: Terms): Standing {
  const latest = stop.stopAt + lease + margin;
  const guards = stop.guards ?? [];
  const silent = guards.filter(({ acked }) => !acked);
  const open = silent.filter(({ until }) => until + margin > now);
  const known = Math.max(stop.stopAt, stop.fence, ...silent.map(({ until }) => until + margin));
  const confirmedBy = stop.guards === null ? latest : Math.min(latest, known);
  return {
    confirmed: isConfirmed(stop, now, { lease, margin }),
    acked: guards.length - silent.length,
    lapsed: silent.length - open.length,
    waiting: open.length,
    confirmedBy,
  };
}

function confirm(state: Authority): AuthorityEffect[] {
  const effects: AuthorityEffect[] = [];
  for (const [receipt, stop] of state.forming) {
    // Cheaper than the count, which is made once: of two hundred guards each ack comes here.
    if (!isConfirmed(stop, state.looked, state.terms)) continue;
    const stands = standing(stop, state.looked, state.terms);
    state.forming.delete(receipt);
    effects.push({ kind: 'confirmed', receipt, standing: stands });
  }
  return effects;
}

/** When the machine must be looked at again (Unix ms); null: nothing is leased, nothing is forming, the fence is past. */
export function nextLook(state: Authority, now: number): number | null {
  if (idle(state)) return null;
  const due = [...state.forming.values()].map((stop) => standing(stop, now, state.terms).confirmedBy);
  return Math.max(now, Math.min(now + state.terms.look, ...due));
}

// ── the clock ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Nothing is waited for, so no time is judged. */
function idle({ leases, forming, fence, looked }: Authority): boolean {
  return leases.size === 0 && forming.size === 0 && fence <= looked;
}

function observe(state: Authority, now: number): void {
  if (idle(state)) {
    state.moved = 0;
    state.looked = now;
  } else {
    state.moved += Math.max(0, now - state.clock);
    // A stop that is made after a step back must not be judged as of before it.
    state.looked = Math.min(state.looked, now);
  }
  state.clock = now;
}

/**
 * A clock that steps forward makes live leases look lapsed, but a timer never fires early. So time counts only as far as
 * timers vouch for it: by what the clock moved beyond that, be it a step or a timer that fired late, everything that is
 * waited for moves too. Later is always safe. A clock that stepped back makes control wait longer by itself.
 */
function look(state: Authority, waited: number, now: number): void {
  const unaccounted = state.moved - waited;
  state.moved = 0;
  state.looked = now;
  if (unaccounted > 0) wait(state, unaccounted);
}

function wait(state: Authority, longer: number): void {
  state.fence += longer;
  for (const held of state.leases.values()) {
    for (const [incarnation, until] of held) held.set(incarnation, until + longer);
  }
  for (const stop of state.forming.values()) {
    stop.stopAt += longer;
    stop.fence += longer;
    for (const guard of stop.guards ?? []) guard.until += longer;
  }
}
