import type { AuthorityEffect, AuthorityEvent } from '../../flags/authority.ts';
import type { HolderEffect, HolderEvent } from '../../flags/holder.ts';
import { ownGuard, ownInstance } from './copy.ts';
import type { Snapshot } from './parts.ts';
import {
  agentName,
  incarnationName,
  NOW,
  type MadeStop,
  type Message,
  type Run,
  type Said,
  type Timer,
  type World,
  type Write,
} from './world.ts';

/** The model's wiring of the machines: what `workers/control`, `workers/guard` and `shared/tool` do, on a world. */

export type Which = 'control' | 'cut';

export function clockOf({ offset }: { offset: number }): number {
  return NOW + offset;
}

// ── control ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function stepControl(world: World, which: Which, event: AuthorityEvent): void {
  const instance = ownInstance(world, which);
  carryOut(world, which, world.config.parts.authorityStep(instance.authority, event, clockOf(instance)));
}

export function carryOut(world: World, which: Which, effects: readonly AuthorityEffect[]): void {
  for (const effect of effects) perform(world, which, effect);
  watch(world, which);
}

function perform(world: World, which: Which, effect: AuthorityEffect): void {
  switch (effect.kind) {
    case 'grant':
    case 'refuse':
      return answer(world, which, effect);
    case 'write': {
      const body = { kind: 'heartbeat' as const, issued: effect.issued };
      ownInstance(world, which).pending.push({ body, effects: [], held: [], durable: false });
      return;
    }
    case 'push': {
      const guard = world.guards.findIndex(({ holder }) => holder.incarnation === effect.incarnation);
      return say(world, which, { kind: 'push', guard, epoch: effect.epoch });
    }
    case 'confirmed':
      return say(world, which, { kind: 'confirmed', stop: Number(effect.receipt) });
  }
}

function answer(world: World, which: Which, effect: AuthorityEffect & { kind: 'grant' | 'refuse' }): void {
  const instance = ownInstance(world, which);
  const asked = instance.asking.find(({ ref }) => ref === effect.ref);
  if (!asked) return;
  instance.asking = instance.asking.filter((ask) => ask !== asked);
  // A refusal says no more than silence does, after which the guard asks again too.
  if (effect.kind === 'refuse') return;
  const { guard, askedAt, askedTrue } = asked;
  const { epoch, duration } = effect;
  const end = askedTrue + duration;
  say(world, which, { kind: 'grant', guard, askedAt, epoch, duration, stops: instance.stops, end });
}

/** Nothing leaves an instance before what it wrote until then is durable: the platform's output gate. */
function say(world: World, which: Which, said: Said): void {
  const last = ownInstance(world, which).pending.at(-1);
  if (last) last.held.push(said);
  else letOut(world, which, said);
}

function letOut(world: World, which: Which, said: Said): void {
  if (said.kind !== 'confirmed') return send(world, said);
  // A receipt is a row: one that is cut off from storage confirms nothing that anybody sees.
  if (which === 'cut') return;
  const forming = world.stored.forming.filter(({ stop }) => stop !== said.stop);
  world.stored = { ...world.stored, forming };
  if (world.stops[said.stop]!.status === 'made') setStop(world, said.stop, { status: 'confirmed' });
}

function setStop(world: World, n: number, changed: Partial<MadeStop>): void {
  world.stops = world.stops.with(n, { ...world.stops[n]!, ...changed });
}

/** The oldest write that is not confirmed reached storage, and the instance hears so. */
export function confirmWrite(world: World, which: Which): void {
  const { body, effects, held, durable } = ownInstance(world, which).pending.shift()!;
  if (!durable) store(world, body);
  for (const said of held) letOut(world, which, said);
  if (body.kind === 'heartbeat') stepControl(world, which, { kind: 'written', issued: body.issued });
  else carryOut(world, which, effects);
}

/** The oldest write, a heartbeat, failed, and what waited for it at the output gate is lost; a receipt is a write of its own. */
export function failWrite(world: World, which: Which, issued: number): void {
  const { held } = ownInstance(world, which).pending.shift()!;
  for (const said of held) if (said.kind === 'confirmed') say(world, which, said);
  stepControl(world, which, { kind: 'unwritten', issued });
}

export function store(world: World, body: Write['body']): void {
  if (body.kind === 'heartbeat') {
    world.stored = { ...world.stored, heartbeat: body.issued };
    return;
  }
  const { epoch, stops, stop, stopAt } = body;
  const ended = world.stored.stops & ~stops;
  for (const n of world.stops.keys()) if (ended & (1 << n)) setStop(world, n, { status: 'resumed' });
  let { forming } = world.stored;
  if (stop !== null) {
    forming = [...forming, { stop, epoch, stopAt }];
    setStop(world, stop, { status: 'made', madeAt: NOW, inherited: false });
  }
  world.stored = { ...world.stored, epoch, stops, forming };
}

/** A stop, a resume or another change: in memory at once, carried out when durable. */
export function change(world: World, event: AuthorityEvent, stops: number): void {
  const control = ownInstance(world, 'control');
  const now = clockOf(control);
  const effects = world.config.parts.authorityStep(control.authority, event, now);
  control.stops = stops;
  const stop = event.kind === 'stop' ? Number(event.receipt) : null;
  const { epoch } = control.authority;
  const body = { kind: 'change' as const, epoch, stops, stop, stopAt: now };
  control.pending.push({ body, effects, held: [], durable: false });
}

/** Control's timer: one at a time, set anew when it fires. */
function watch(world: World, which: Which): void {
  if (which === 'cut' || world.control.lookAt !== null) return;
  const instance = ownInstance(world, which);
  const now = clockOf(instance);
  const at = world.config.parts.nextLook(instance.authority, now);
  // Not again in the same moment: the product waits for a few milliseconds at least.
  if (at === null) return;
  instance.lookAfter = Math.max(1, at - now);
  instance.lookAt = NOW + instance.lookAfter;
}

export function ask(world: World, which: Which, message: Message & { kind: 'ask' }): void {
  const { guard, askedAt, askedTrue } = message;
  const { asking } = ownInstance(world, which);
  let ref = 1;
  while (asking.some((asked) => asked.ref === ref)) ref += 1;
  asking.push({ ref, guard, askedAt, askedTrue });
  const agent = agentName(world.guards[guard]!.agent);
  stepControl(world, which, { kind: 'ask', agent, incarnation: incarnationName(guard), ref });
}

// ── guards ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function stepGuard(world: World, guard: number, event: HolderEvent<Snapshot>): void {
  const { holder, offset } = ownGuard(world, guard);
  const effects = world.config.parts.holderStep(holder, event, NOW + offset);
  for (const effect of effects) performGuard(world, guard, effect);
}

function performGuard(world: World, guard: number, effect: HolderEffect): void {
  switch (effect.kind) {
    case 'ask':
      return send(world, { kind: 'ask', guard, askedAt: effect.askedAt, askedTrue: NOW });
    case 'ack':
      return send(world, { kind: 'ack', guard, epoch: effect.epoch });
    case 'wait':
      return setTimer(world, { kind: 'waited', guard, ref: effect.ref }, effect.milliseconds);
    case 'stranger':
      // Control hears that nobody acks, which says no more than silence does.
      return;
  }
}

export function setTimer(world: World, timer: Omit<Timer, 'due'>, after: number): void {
  const from = world.config.parts.waits === 'timer' ? NOW : clockOf(world.guards[timer.guard]!);
  world.timers = [...world.timers, { ...timer, due: from + after }];
}

/** The look that each admission takes, the intent, the token and the message to the tool: one step, no await in it. */
export function admit(world: World, guard: number): void {
  const { parts, terms } = world.config;
  const { holder, offset } = ownGuard(world, guard);
  const now = NOW + offset;
  const lease = parts.liveLease(holder, now)!;
  const { end } = lease.snapshot;
  if (NOW >= end && world.config.steps.guard.length === 0)
    world.violation = 'a call was admitted after its lease had ended';
  const startBefore = parts.startBefore({ terms }, lease, now);
  const token = freeToken(world, guard);
  stepGuard(world, guard, { kind: 'issued', token });
  send(world, { kind: 'run', guard, token, intentAt: now, startBefore });
}

function freeToken(world: World, guard: number): number {
  const used = new Set(world.guards[guard]!.holder.tokens);
  for (const run of world.runs) if (run.guard === guard) used.add(run.token);
  for (const sent of world.net) if ('token' in sent && sent.guard === guard) used.add(sent.token);
  for (const timer of world.timers)
    if (timer.kind === 'settled' && timer.guard === guard) used.add(timer.ref);
  let token = 1;
  while (used.has(token)) token += 1;
  return token;
}

// ── the tool ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A run arrives, and the tool looks for its first request. What may pass between the two, the message's delay stands for.
 */
export function begin(
  world: World,
  { guard, token, intentAt, startBefore }: Message & { kind: 'run' },
): void {
  const run: Run = { guard, token, intentAt, startBefore, left: world.config.requests, lookedAt: null };
  if (!mayStart(world, run)) return send(world, { kind: 'answer', guard, token });
  world.runs = [...world.runs, { ...run, number: undefined, lookedAt: NOW }];
}

function mayStart(world: World, run: Run): boolean {
  const now = NOW + world.config.clocks[0]!.tool;
  return world.config.parts.mayStart(run, now, world.config.terms);
}

/** The last look before a further vendor request; when it says no, the call has lapsed. */
export function look(world: World, run: Run): void {
  if (world.config.parts.looks === 'each' && !mayStart(world, run)) return end(world, run);
  world.runs = world.runs.with(world.runs.indexOf(run), { ...run, number: undefined, lookedAt: NOW });
}

/** A vendor request is handed to fetch: what every promise is about. After the last one the tool answers. */
export function handOff(world: World, run: Run): void {
  const covering = world.stops.findIndex(
    ({ status }, stop) => status === 'confirmed' && covers(world, stop, run.guard),
  );
  if (covering >= 0) world.violation = `a request was handed over after stop ${covering} was confirmed`;
  const left = run.left - 1;
  if (left === 0) return end(world, run);
  world.runs = world.runs.with(world.runs.indexOf(run), { ...run, number: undefined, left, lookedAt: null });
}

export function end(world: World, run: Run): void {
  world.runs = world.runs.filter((other) => other !== run);
  send(world, { kind: 'answer', guard: run.guard, token: run.token });
}

export function covers(world: World, stop: number, guard: number): boolean {
  return (world.config.stops[stop]! & (1 << world.guards[guard]!.agent)) !== 0;
}

function send(world: World, message: Message): void {
  world.net = [...world.net, message];
}
