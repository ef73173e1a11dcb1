import { terms } from './terms.ts';

/**
 * Control's side of the lease protocol: who may hold a lease, and when a stop is confirmed. Plain data and pure
 * functions over it; `now` is Unix ms. Control makes what must last durable and carries the messages.
 */
export interface Authority {
  epoch: number;
  /** When the last durable write that is known to be confirmed was issued; null: none in this instance yet. */
  heartbeat: number | null;
  /**
   * Before this time leases may be out that this instance does not know of: those of an instance before it.
   * Every grant of that instance ended at its heartbeat + L, and its heartbeat is in storage, so the fence is
   * min(restart, stored heartbeat) + L + M.
   */
  fence: number;
  /** agent -> incarnation -> until when its lease may be live. */
  leases: Map<string, Map<string, number>>;
}

/** A new instance's state. `storedHeartbeat` is null when no lease was ever granted. */
export function newAuthority(epoch: number, storedHeartbeat: number | null, now: number): Authority {
  const fence = storedHeartbeat === null ? 0 : Math.min(now, storedHeartbeat) + terms.lease + terms.margin;
  return { epoch, heartbeat: null, fence, leases: new Map() };
}

/** How long a grant given now would last: L less the age of the heartbeat, so that a cut-off instance grants nothing. */
export function grantDuration(authority: Authority, now: number): number {
  if (authority.heartbeat === null) return 0;
  const age = now - authority.heartbeat;
  // A heartbeat from the future is a clock that stepped back: grant nothing until the next write.
  return age < 0 ? 0 : Math.max(0, terms.lease - age);
}

/** Whether the next heartbeat is due. */
export function heartbeatDue(authority: Authority, now: number): boolean {
  return authority.heartbeat === null || Math.abs(now - authority.heartbeat) >= terms.heartbeat;
}

/** `ask`: grants a lease under the current epoch, or null when the heartbeat is too old. */
export function grant(
  authority: Authority,
  agent: string,
  incarnation: string,
  now: number,
): { epoch: number; duration: number } | null {
  const duration = grantDuration(authority, now);
  if (duration <= 0) return null;
  const held = authority.leases.get(agent) ?? new Map<string, number>();
  forget(held, now);
  // A shorter grant never shortens what an earlier answer, still on its way, may have promised.
  held.set(incarnation, Math.max(held.get(incarnation) ?? 0, now + duration));
  authority.leases.set(agent, held);
  return { epoch: authority.epoch, duration };
}

/** A lease that may be live when a stop comes. */
export interface Held {
  agent: string;
  incarnation: string;
  until: number;
}

/** Every lease that may be live at `now`, the margin included; what has lapsed is forgotten. */
export function heldLeases(authority: Authority, now: number): Held[] {
  forgetLapsed(authority, now);
  return [...authority.leases].flatMap(([agent, held]) =>
    [...held].map(([incarnation, until]) => ({ agent, incarnation, until })),
  );
}

/** Forgets leases that have lapsed, the margin included: every waking guard is a new incarnation. */
export function forgetLapsed(authority: Authority, now: number): void {
  for (const [agent, held] of authority.leases) {
    forget(held, now);
    if (held.size === 0) authority.leases.delete(agent);
  }
}

function forget(held: Map<string, number>, now: number): void {
  for (const [incarnation, until] of held) if (until + terms.margin <= now) held.delete(incarnation);
}

/** A stop on its way to being confirmed. */
export interface Forming {
  stopAt: number;
  fence: number;
  guards: (Held & { acked: boolean })[];
}

/** What must be accounted for before a stop made at `stopAt` is confirmed. */
export function forming(authority: Authority, stopAt: number, concerns: (agent: string) => boolean): Forming {
  const guards = heldLeases(authority, stopAt)
    .filter(({ agent }) => concerns(agent))
    .map((held) => ({ ...held, acked: false }));
  return { stopAt, fence: authority.fence, guards };
}

/** An ack speaks for one incarnation only. */
export function acknowledge(stop: Forming, agent: string, incarnation: string): void {
  for (const guard of stop.guards) {
    if (guard.agent === agent && guard.incarnation === incarnation) guard.acked = true;
  }
}

export interface Standing {
  confirmed: boolean;
  acked: number;
  lapsed: number;
  waiting: number;
  /** When it is confirmed at the latest without another message. */
  confirmedBy: number;
}

/** Where a stop stands at `now`. */
export function standing(stop: Forming, now: number): Standing {
  const latest = stop.stopAt + terms.lease + terms.margin;
  const lapseAt = (until: number): number => until + terms.margin;
  const open = stop.guards.filter((guard) => !guard.acked && lapseAt(guard.until) > now);
  const acked = stop.guards.filter((guard) => guard.acked).length;
  const confirmedBy = Math.min(
    latest,
    Math.max(
      stop.stopAt,
      stop.fence,
      ...stop.guards.filter((guard) => !guard.acked).map(({ until }) => lapseAt(until)),
    ),
  );
  return {
    confirmed: (open.length === 0 && now >= stop.fence) || now >= latest,
    acked,
    lapsed: stop.guards.length - acked - open.length,
    waiting: open.length,
    confirmedBy,
  };
}
