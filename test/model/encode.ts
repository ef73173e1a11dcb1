import type { Authority } from '../../flags/authority.ts';
import type { Holder } from '../../flags/holder.ts';
import type { Snapshot } from './parts.ts';
import {
  NOW,
  type Guard,
  type Instance,
  type Message,
  type Run,
  type Said,
  type Stored,
  type World,
  type Write,
} from './world.ts';

/** The fields of the two machines that are told apart here and grow older in `copy.ts`. */
type AuthorityFields =
  | 'terms'
  | 'epoch'
  | 'heartbeat'
  | 'writing'
  | 'asking'
  | 'fence'
  | 'leases'
  | 'forming'
  | 'clock'
  | 'moved'
  | 'looked';
type HolderFields =
  | 'terms'
  | 'incarnation'
  | 'floor'
  | 'lease'
  | 'asking'
  | 'tokens'
  | 'owed'
  | 'acked'
  | 'clock';

/** Fails to compile when a machine gets a field that is not among them. */
type All<Known, Fields extends Known> = Fields;

/** Gives each world a key that another one shares if and only if everything that can still happen in both is the same. */
export class Keys {
  /** Each part's text once; a world is the numbers of its parts. Exact, so no two states are ever taken for one. */
  readonly #numbers = new Map<string, number>();

  of(world: World): string {
    const { config, stored, left, guards, runs, net, timers, stops } = world;
    let key = `${world.start}i${this.#number(world.control, instance)}`;
    if (world.cut) key += `c${this.#number(world.cut, instance)}`;
    // What is in storage matters only to another instance.
    if (left.controlReplaced > 0) key += `s${this.#text(storage(stored))}`;
    // A clock that never steps is never found to have stepped.
    const stepping = config.steps.guard.length > 0;
    const text = stepping ? guardWithClock : guardText;
    for (const guard of guards) key += `g${this.#number(guard, text)}`;
    key += `r${this.#all(runs, stepping ? runWithIntent : runText)}n${this.#all(net, stepping ? messageWithIntent : message)}t${this.#all(timers, timer)}`;
    key += made(stops, config.bound === true) + budget(left);
    return world.violation ? `${key}!` : key;
  }

  /** Their order does not matter. */
  #all<T extends { number?: number | undefined }>(items: readonly T[], text: (item: T) => string): string {
    if (items.length === 0) return '';
    if (items.length === 1) return `${this.#number(items[0]!, text)}`;
    return items
      .map((item) => this.#number(item, text))
      .sort((a, b) => a - b)
      .join(',');
  }

  #number<T extends { number?: number | undefined }>(item: T, text: (item: T) => string): number {
    return (item.number ??= this.#text(text(item)));
  }

  #text(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

function time(at: number | null): string {
  return at === null ? '-' : String(at - NOW);
}

function instance({ authority, offset, stops, pending, asking, lookAt, lookAfter }: Instance): string {
  const asks = asking.map((ask) => `${ask.ref},${ask.guard},${time(ask.askedAt)},${time(ask.askedTrue)}`);
  return `${machine(authority)}!${offset}!${stops}!${pending.map(write).join('|')}!${asks.join(';')}!${lookAt === null ? '' : `${time(lookAt)},${lookAfter}`}`;
}

function machine({
  epoch,
  heartbeat,
  writing,
  asking,
  fence,
  leases,
  forming,
  clock,
  moved,
  looked,
}: Pick<Authority, All<AuthorityFields, keyof Authority>>): string {
  const held: string[] = [];
  for (const [agent, incarnations] of leases) {
    for (const [incarnation, until] of incarnations) held.push(`${agent}${incarnation}${time(until)}`);
  }
  const stops = [...forming].map(([receipt, stop]) => {
    const guards = stop.guards?.map(
      ({ incarnation, until, acked }) => `${incarnation}${time(until)}${acked ? '+' : ''}`,
    );
    return `${receipt},${stop.epoch},${time(stop.stopAt)},${time(stop.fence)},${guards?.join('&') ?? 'x'}`;
  });
  // Nothing is compared with the clock while nothing is waited for.
  const waits = leases.size > 0 || forming.size > 0 || fence > looked;
  const seen = waits ? `${time(clock)},${moved},${time(looked)}` : '';
  const refs = asking.map(({ ref }) => ref).join('&');
  return `${epoch},${time(heartbeat)},${time(writing)},${refs},${time(fence)},${held.sort().join('&')},${stops.join('&')},${seen}`;
}

function write({ body, effects, held, durable }: Write): string {
  const what =
    body.kind === 'heartbeat'
      ? time(body.issued)
      : `${body.epoch},${body.stops},${body.stop},${time(body.stopAt)}`;
  const due = effects.map((effect) =>
    effect.kind === 'push' ? `p${effect.incarnation}${effect.epoch}` : effect.kind,
  );
  return `${what}~${due.join('&')}~${held.map(said).join('&')}~${durable ? 1 : 0}`;
}

function said(what: Said): string {
  return what.kind === 'confirmed' ? `c${what.stop}` : message(what);
}

function storage({ epoch, heartbeat, stops, forming }: Stored): string {
  const stopsForming = forming.map(({ stop, epoch, stopAt }) => `${stop},${epoch},${time(stopAt)}`);
  return `S${epoch},${time(heartbeat)},${stops},${stopsForming.join(';')}`;
}

function guardText({ agent, holder, offset, current }: Guard): string {
  const known: Pick<Holder<Snapshot>, All<HolderFields, keyof Holder<Snapshot>>> = holder;
  const { floor, lease, asking, tokens, owed, acked } = known;
  const held = lease
    ? `${lease.epoch}&${time(lease.askedAt)}&${time(lease.expiry)}&${lease.snapshot.stops}&${time(lease.snapshot.end)}`
    : '';
  const pushes = owed.map(
    ({ ref, epoch, tokens }) => `${ref}&${epoch}&${[...tokens].sort((a, b) => a - b).join('.')}`,
  );
  return `G${agent},${offset},${current ? 1 : 0},${floor},${acked},${held},${time(asking)},${[...tokens].sort((a, b) => a - b).join('.')},${pushes.join('+')}`;
}

function guardWithClock(guard: Guard): string {
  return `${guardText(guard)},${time(guard.holder.clock)}`;
}

function runText({ guard, token, startBefore, left, lookedAt }: Run): string {
  return `R${guard},${token},${time(startBefore)},${left},${time(lookedAt)}`;
}

function runWithIntent(run: Run): string {
  return `${runText(run)},${time(run.intentAt)}`;
}

function timer({ kind, guard, ref, due }: World['timers'][number]): string {
  return `T${kind},${guard},${ref},${time(due)}`;
}

function made(stops: World['stops'], bound: boolean): string {
  return `M${stops
    .map(({ status, madeAt, inherited }) =>
      status === 'made' && bound ? `${time(madeAt)}${inherited}` : status,
    )
    .join(';')}`;
}

function budget(left: World['left']): string {
  return `B${Object.values(left).join(',')}`;
}

function messageWithIntent(sent: Message): string {
  return sent.kind === 'run' ? `${message(sent)},${time(sent.intentAt)}` : message(sent);
}

function message(sent: Message): string {
  switch (sent.kind) {
    case 'ask':
      return `q${sent.guard},${time(sent.askedAt)},${time(sent.askedTrue)}`;
    case 'grant':
      return `g${sent.guard},${time(sent.askedAt)},${sent.epoch},${sent.duration},${sent.stops},${time(sent.end)}`;
    case 'push':
      return `p${sent.guard},${sent.epoch}`;
    case 'ack':
      return `a${sent.guard},${sent.epoch}`;
    case 'run':
      return `r${sent.guard},${sent.token},${time(sent.startBefore)}`;
    case 'answer':
      return `s${sent.guard},${sent.token}`;
  }
}
