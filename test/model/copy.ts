import type { Authority, Forming } from '../../flags/authority.ts';
import type { Holder } from '../../flags/holder.ts';
import type { Snapshot } from './parts.ts';
import { NOW, type Guard, type Instance, type Message, type Said, type World, type Write } from './world.ts';

/** A world that can be changed without changing this one; both share what neither changes. */
export function copy(world: World): World {
  return { ...world, owned: new Set() };
}

/** This world's own instance of control, to be changed. */
export function ownInstance(world: World, which: 'control' | 'cut'): Instance {
  const instance = world[which]!;
  if (world.owned.has(instance)) return instance;
  const own = copyInstance(instance);
  world.owned.add(own);
  Object.assign(world, { [which]: own });
  return own;
}

/** This world's own guard, to be changed. */
export function ownGuard(world: World, n: number): Guard {
  const guard = world.guards[n]!;
  if (world.owned.has(guard)) return guard;
  const own = { ...guard, number: undefined, holder: copyHolder(guard.holder) };
  world.owned.add(own);
  world.guards = world.guards.with(n, own);
  return own;
}

function copyInstance(instance: Instance): Instance {
  return {
    ...instance,
    number: undefined,
    authority: copyAuthority(instance.authority),
    pending: instance.pending.map((write) => ({ ...write, held: [...write.held] })),
    asking: instance.asking.map((ask) => ({ ...ask })),
  };
}

function copyAuthority(authority: Authority): Authority {
  const leases: Authority['leases'] = new Map();
  for (const [agent, held] of authority.leases) leases.set(agent, new Map(held));
  const forming: Authority['forming'] = new Map();
  for (const [receipt, stop] of authority.forming) forming.set(receipt, copyForming(stop));
  return { ...authority, asking: [...authority.asking], leases, forming };
}

function copyForming(stop: Forming): Forming {
  return { ...stop, guards: stop.guards && stop.guards.map((guard) => ({ ...guard })) };
}

function copyHolder(holder: Holder<Snapshot>): Holder<Snapshot> {
  return {
    ...holder,
    lease: holder.lease && { ...holder.lease, snapshot: { ...holder.lease.snapshot } },
    tokens: new Set(holder.tokens),
    owed: holder.owed.map((push) => ({ ...push, tokens: new Set(push.tokens) })),
  };
}

/** A tick passes: all that is remembered grows older. Times before `oldest` are told apart no more. */
export function age(world: World, oldest: number): void {
  const older = (time: number): number => Math.max(time - 1, oldest);
  moveInstance(ownInstance(world, 'control'), older);
  if (world.cut) moveInstance(ownInstance(world, 'cut'), older);
  const { heartbeat, forming } = world.stored;
  world.stored = {
    ...world.stored,
    heartbeat: heartbeat === null ? null : older(heartbeat),
    forming: forming.map((stop) => ({ ...stop, stopAt: older(stop.stopAt) })),
  };
  for (const n of world.guards.keys()) moveHolder(ownGuard(world, n).holder, older);
  world.runs = world.runs.map((run) => ({
    ...run,
    number: undefined,
    intentAt: older(run.intentAt),
    startBefore: older(run.startBefore),
    lookedAt: run.lookedAt === null ? null : older(run.lookedAt),
  }));
  world.net = world.net.map((message) => movedMessage(message, older));
  world.timers = world.timers.map((timer) => ({ ...timer, number: undefined, due: older(timer.due) }));
  world.stops = world.stops.map((stop) => ({ ...stop, madeAt: older(stop.madeAt) }));
}

type Move = (time: number) => number;

function moveInstance(instance: Instance, move: Move): void {
  moveAuthority(instance.authority, move);
  instance.pending = instance.pending.map((write) => movedWrite(write, move));
  for (const ask of instance.asking) {
    ask.askedAt = move(ask.askedAt);
    ask.askedTrue = move(ask.askedTrue);
  }
  // Overdue is overdue.
  if (instance.lookAt !== null) instance.lookAt = Math.max(move(instance.lookAt), NOW);
}

function moveAuthority(authority: Authority, move: Move): void {
  if (authority.heartbeat !== null) authority.heartbeat = move(authority.heartbeat);
  if (authority.writing !== null) authority.writing = move(authority.writing);
  authority.fence = move(authority.fence);
  authority.clock = move(authority.clock);
  authority.looked = move(authority.looked);
  for (const held of authority.leases.values()) {
    for (const [incarnation, until] of held) held.set(incarnation, move(until));
  }
  for (const stop of authority.forming.values()) {
    stop.stopAt = move(stop.stopAt);
    stop.fence = move(stop.fence);
    for (const guard of stop.guards ?? []) guard.until = move(guard.until);
  }
}

function moveHolder(holder: Holder<Snapshot>, move: Move): void {
  holder.clock = move(holder.clock);
  if (holder.asking !== null) holder.asking = move(holder.asking);
  if (!holder.lease) return;
  holder.lease.askedAt = move(holder.lease.askedAt);
  holder.lease.expiry = move(holder.lease.expiry);
  holder.lease.snapshot.end = move(holder.lease.snapshot.end);
}

function movedWrite(write: Write, move: Move): Write {
  const { body } = write;
  const moved =
    body.kind === 'heartbeat'
      ? { ...body, issued: move(body.issued) }
      : { ...body, stopAt: move(body.stopAt) };
  return { ...write, body: moved, held: write.held.map((said) => movedSaid(said, move)) };
}

function movedSaid(said: Said, move: Move): Said {
  return said.kind === 'confirmed' ? said : movedMessage(said, move);
}

function movedMessage(message: Message, move: Move): Message {
  switch (message.kind) {
    case 'ask':
      return {
        ...message,
        number: undefined,
        askedAt: move(message.askedAt),
        askedTrue: move(message.askedTrue),
      };
    case 'grant':
      return { ...message, number: undefined, askedAt: move(message.askedAt), end: move(message.end) };
    case 'run':
      return {
        ...message,
        number: undefined,
        intentAt: move(message.intentAt),
        startBefore: move(message.startBefore),
      };
    case 'push':
    case 'ack':
    case 'answer':
      return message;
  }
}
