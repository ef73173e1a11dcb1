import { age, copy, ownGuard, ownInstance } from './copy.ts';
import {
  admit,
  ask,
  begin,
  carryOut,
  change,
  clockOf,
  confirmWrite,
  end,
  failWrite,
  handOff,
  look,
  setTimer,
  stepControl,
  stepGuard,
  store,
} from './wiring.ts';
import {
  agentName,
  incarnationName,
  newGuard,
  NOW,
  type Budget,
  type Message,
  type Timer,
  type World,
} from './world.ts';

/** Something that can happen in a world now. `go` answers the world after it, and leaves this one as it is. */
export interface Move {
  kind: string;
  readonly what: () => string;
  readonly go: () => World;
}

type Can = (kind: string, what: () => string, act: (next: World) => void) => void;

/** Everything that can happen in a world now. */
export function moves(world: World): Move[] {
  return found(world, [messages, guards, tool, timers, storage, people, faults, time]);
}

/** Only what time and the tool's pauses do. */
export function passing(world: World): Move[] {
  return found(world, [tool, time]);
}

function found(world: World, kinds: ((world: World, can: Can) => void)[]): Move[] {
  const found: Move[] = [];
  const can: Can = (kind, what, act) => {
    const go = (): World => {
      const next = copy(world);
      act(next);
      tidy(next);
      return next;
    };
    found.push({ kind, what, go });
  };
  for (const kind of kinds) kind(world, can);
  return found;
}

function spend(next: World, what: keyof Budget): void {
  next.left = { ...next.left, [what]: next.left[what] - 1 };
}

/** Time passes, unless something that is assumed or on a timer must come first. */
function time(world: World, can: Can): void {
  const { control, runs, config } = world;
  if (control.lookAt !== null && control.lookAt <= NOW)
    return can('look', () => 'control looks', lookOfControl);
  const bounded = config.parts.afterLook === 'pause';
  const mustHand = runs.some(({ lookedAt }) => lookedAt !== null && NOW - lookedAt >= config.terms.pause);
  if (!bounded || !mustHand)
    can(
      'time',
      () => 'time passes',
      (next) => age(next, NOW - config.memory),
    );
}

function lookOfControl(next: World): void {
  const control = ownInstance(next, 'control');
  control.lookAt = null;
  stepControl(next, 'control', { kind: 'look', waited: control.lookAfter });
  const { lease, margin, skew } = next.config.terms;
  if (!next.config.bound) return;
  for (const [n, { status, madeAt, inherited }] of next.stops.entries()) {
    // Another instance goes by another clock, and must allow for the difference.
    const bound = madeAt + lease + margin + (inherited ? 2 * skew : 0);
    // What an instance says waits until what it wrote is durable.
    if (status === 'made' && NOW >= bound && next.control.pending.length === 0)
      next.violation = `stop ${n} was not confirmed in time`;
  }
}

/** Any message arrives, whatever was sent before it; or is lost, which is the same as never arriving. */
function messages(world: World, can: Can): void {
  for (const [n, message] of world.net.entries()) {
    const { left } = world;
    const arrives = (more: string) => `${message.kind} of ${incarnationName(message.guard)} arrives${more}`;
    for (const [to, deliver] of receivers(world, message)) {
      can(
        'message',
        () => arrives(to),
        (next) => {
          next.net = next.net.toSpliced(n, 1);
          deliver(next);
        },
      );
      if (left.repeated > 0 && message.kind !== 'run' && message.kind !== 'answer') {
        can(
          'repeat',
          () => arrives(`${to}, and will again`),
          (next) => {
            spend(next, 'repeated');
            deliver(next);
          },
        );
      }
    }
    if (message.kind === 'run' && left.repeatedRuns > 0) {
      can(
        'repeat',
        () => arrives(', and will at another isolate'),
        (next) => {
          spend(next, 'repeatedRuns');
          begin(next, message);
        },
      );
    }
  }
}

function receivers(world: World, message: Message): [string, (next: World) => void][] {
  const { guard } = message;
  switch (message.kind) {
    case 'ask': {
      const atControl = ['', (next: World) => ask(next, 'control', message)] as [
        string,
        (next: World) => void,
      ];
      if (!world.cut) return [atControl];
      return [atControl, [' at the instance that is cut off', (next) => ask(next, 'cut', message)]];
    }
    case 'grant':
      return [['', (next) => granted(next, message)]];
    case 'push':
      return objects(world, guard).map((at) => [
        at === guard ? '' : ` at ${incarnationName(at)}`,
        (next) => pushed(next, at, message),
      ]);
    case 'ack':
      return [['', (next) => acked(next, message)]];
    case 'run':
      return [['', (next) => begin(next, message)]];
    case 'answer':
      return [['', (next) => stepGuard(next, guard, { kind: 'settled', token: message.token })]];
  }
}

function granted(next: World, message: Message & { kind: 'grant' }): void {
  const { guard, askedAt, epoch, duration, stops, end } = message;
  stepGuard(next, guard, { kind: 'granted', askedAt, epoch, duration, snapshot: { stops, end } });
}

/** Whom a message to the object of that name may reach: the living incarnation, or for a while the one before it. */
function objects({ guards }: World, guard: number): number[] {
  const { agent } = guards[guard]!;
  return guards.flatMap((other, n) => (other.agent === agent && (other.current || n === guard) ? [n] : []));
}

function pushed(next: World, at: number, { guard, epoch }: { guard: number; epoch: number }): void {
  const { holder } = next.guards[at]!;
  const used = new Set(holder.owed.map((push) => push.ref));
  for (const timer of next.timers) if (timer.kind === 'waited' && timer.guard === at) used.add(timer.ref);
  let ref = 1;
  while (used.has(ref)) ref += 1;
  stepGuard(next, at, { kind: 'push', incarnation: incarnationName(guard), epoch, ref });
}

function acked(next: World, { guard, epoch }: { guard: number; epoch: number }): void {
  const agent = agentName(next.guards[guard]!.agent);
  stepControl(next, 'control', { kind: 'ack', agent, incarnation: incarnationName(guard), epoch });
}

function guards(world: World, can: Can): void {
  for (const n of world.guards.keys()) {
    asks(world, n, can);
    admits(world, n, can);
  }
}

function asks({ config, guards, left }: World, n: number, can: Can): void {
  const { holder, offset } = guards[n]!;
  const { asking } = holder;
  if (left.asks === 0) return;
  if (asking !== null) {
    return can(
      'ask',
      () => `${incarnationName(n)} waits no longer for its lease`,
      (next) => stepGuard(next, n, { kind: 'refused', askedAt: asking }),
    );
  }
  const due = config.parts.holderStep({ ...holder }, { kind: 'need' }, NOW + offset).length > 0;
  if (!due) return;
  can(
    'ask',
    () => `${incarnationName(n)} asks for a lease`,
    (next) => {
      spend(next, 'asks');
      stepGuard(next, n, { kind: 'need' });
    },
  );
}

function admits({ config, guards, left }: World, n: number, can: Can): void {
  const { holder, offset, agent } = guards[n]!;
  if (left.calls === 0) return;
  const lease = config.parts.liveLease({ ...holder }, NOW + offset);
  if (!lease) return;
  const stopped = config.stops.some(
    (covered, stop) => lease.snapshot.stops & (1 << stop) && covered & (1 << agent),
  );
  if (stopped) return;
  can(
    'admit',
    () => `${incarnationName(n)} admits a call`,
    (next) => {
      spend(next, 'calls');
      admit(next, n);
    },
  );
}

function tool(world: World, can: Can): void {
  for (const run of world.runs) {
    const of = incarnationName(run.guard);
    if (run.lookedAt !== null) {
      can(
        'tool',
        () => `the tool hands over a request of ${of}`,
        (next) => handOff(next, run),
      );
      continue;
    }
    can(
      'tool',
      () => `the tool looks for the next request of ${of}`,
      (next) => look(next, run),
    );
    can(
      'tool',
      () => `the tool ends a call of ${of} early`,
      (next) => end(next, run),
    );
  }
}

function timers(world: World, can: Can): void {
  for (const [n, { kind, guard, ref, due }] of world.timers.entries()) {
    const now = world.config.parts.waits === 'timer' ? NOW : clockOf(world.guards[guard]!);
    if (due > now) continue;
    can(
      'timer',
      () =>
        `${incarnationName(guard)} has waited P + M after a ${kind === 'waited' ? 'push' : 'broken connection'}`,
      (next) => {
        next.timers = next.timers.toSpliced(n, 1);
        stepGuard(next, guard, kind === 'waited' ? { kind, ref } : { kind, token: ref });
      },
    );
  }
}

function storage(world: World, can: Can): void {
  for (const which of ['control', 'cut'] as const) {
    const write = world[which]?.pending[0];
    if (!write) continue;
    const { body, durable } = write;
    if (which === 'control' || durable)
      can(
        'write',
        () => `a ${body.kind} of ${which} is written`,
        (next) => confirmWrite(next, which),
      );
    const fails = which === 'cut' ? !durable : world.left.unwritten > 0;
    if (body.kind !== 'heartbeat' || !fails) continue;
    can(
      'write',
      () => `a heartbeat of ${which} cannot be written`,
      (next) => {
        if (which === 'control') spend(next, 'unwritten');
        failWrite(next, which, body.issued);
      },
    );
  }
}

function people(world: World, can: Can): void {
  const { control, left } = world;
  for (const [n, { status }] of world.stops.entries()) {
    const bit = 1 << n;
    const inMemory = (control.stops & bit) !== 0;
    if (status === 'not made' && !inMemory) {
      const agent = onlyAgent(world, n);
      can(
        'stop',
        () => `stop ${n}`,
        (next) => change(next, { kind: 'stop', receipt: String(n), agent }, control.stops | bit),
      );
    }
    if ((status === 'made' || status === 'confirmed') && inMemory && left.resumes > 0) {
      can(
        'resume',
        () => `resume of stop ${n}`,
        (next) => {
          spend(next, 'resumes');
          change(next, { kind: 'change' }, control.stops & ~bit);
        },
      );
    }
  }
  if (left.changes > 0) {
    can(
      'change',
      () => 'something else changes',
      (next) => {
        spend(next, 'changes');
        change(next, { kind: 'change' }, control.stops);
      },
    );
  }
}

function onlyAgent({ config }: World, stop: number): string | null {
  const covered = config.stops[stop]!;
  const agents = config.clocks[0]!.guards.length;
  const only = Math.log2(covered);
  return agents > 1 && Number.isInteger(only) ? agentName(only) : null;
}

function faults(world: World, can: Can): void {
  const { left, control } = world;
  if (left.guardsReplaced > 0) replacements(world, can);
  if (left.controlReplaced > 0) {
    for (let durable = 0; durable <= control.pending.length; durable += 1)
      can(
        'replace',
        () => `control is replaced when ${durable} of its writes are durable`,
        (next) => replaceControl(next, durable),
      );
  }
  if (left.broken > 0) connections(world, can);
  clocks(world, can);
}

function replacements({ guards, config }: World, can: Can): void {
  for (const [n, { current, agent, offset }] of guards.entries()) {
    if (!current) continue;
    can(
      'replace',
      () => `${incarnationName(n)} is replaced`,
      (next) => {
        spend(next, 'guardsReplaced');
        ownGuard(next, n).current = false;
        next.guards = [...next.guards, newGuard(config, next.guards.length, agent, offset)];
      },
    );
  }
}

function clocks({ left, config, guards }: World, can: Can): void {
  for (const by of left.controlSteps > 0 ? config.steps.control : []) {
    can(
      'step',
      () => `control's clock steps by ${by}`,
      (next) => {
        spend(next, 'controlSteps');
        ownInstance(next, 'control').offset += by;
      },
    );
  }
  for (const by of left.guardSteps > 0 ? config.steps.guard : []) {
    // A guard that is ahead of its tools by more than E breaks the assumption by what it admits from then on.
    if (by > config.terms.skew && left.asks > 0) continue;
    for (const n of guards.keys()) {
      can(
        'step',
        () => `the clock of ${incarnationName(n)} steps by ${by}`,
        (next) => {
          spend(next, 'guardSteps');
          ownGuard(next, n).offset += by;
        },
      );
    }
  }
}

/** The guard no longer hears of a run; the run may go on, or not have arrived yet. */
function connections({ config, guards, timers }: World, can: Can): void {
  const { dispatch, margin } = config.terms;
  for (const [n, { holder }] of guards.entries()) {
    for (const token of holder.tokens) {
      if (timers.some(({ kind, guard, ref }) => kind === 'settled' && guard === n && ref === token)) continue;
      can(
        'break',
        () => `the connection of a call of ${incarnationName(n)} breaks`,
        (next) => {
          spend(next, 'broken');
          setTimer(next, { kind: 'settled', guard: n, ref: token }, dispatch + margin);
        },
      );
    }
  }
}

/** A new instance begins from what is durable. The old one goes on, and its writes are confirmed no more. */
function replaceControl(next: World, durable: number): void {
  const { config } = next;
  spend(next, 'controlReplaced');
  const old = ownInstance(next, 'control');
  for (const write of old.pending.slice(0, durable)) {
    store(next, write.body);
    write.durable = true;
  }
  old.lookAt = null;
  next.restarts += 1;
  next.stops = next.stops.map((stop) => ({ ...stop, inherited: true }));
  // Whatever made the clock step made it for both: the two differ as the scenario says.
  const { control: ahead } = config.clocks[0]!;
  const offset = old.offset + (ahead[next.restarts] ?? 0) - (ahead[next.restarts - 1] ?? 0);
  const { epoch, heartbeat, stops } = next.stored;
  const forming = next.stored.forming.map(({ stop, epoch, stopAt }) => ({
    receipt: String(stop),
    epoch,
    stopAt,
  }));
  const authority = config.parts.newAuthority({ epoch, heartbeat, forming }, NOW + offset, config.terms);
  const control = { authority, offset, stops, pending: [], asking: [], lookAt: null, lookAfter: 0 };
  next.owned.add(control);
  Object.assign(next, { cut: old, control });
  carryOut(next, 'control', []);
}

/**
 * Drops what can change nothing any more, so that worlds which differ only in that are one: a lease that would be over when
 * it came makes control wait, at most; an ack counts only for stops that wait for it.
 */
function tidy(next: World): void {
  const { config, guards, stops, left } = next;
  const { lease } = config.terms;
  const admits = left.calls > 0 || config.budget.calls === 0;
  const settled = stops.every(({ status }) => status === 'confirmed' || status === 'resumed');
  const useful = (message: Message): boolean => {
    switch (message.kind) {
      case 'ask':
        return (admits && message.askedTrue + lease > NOW) || config.steps.guard.length > 0;
      case 'grant':
        return (admits && message.end > NOW) || config.steps.guard.length > 0;
      case 'push':
      case 'ack':
        return !settled;
      case 'answer':
        return !settled && guards[message.guard]!.holder.tokens.has(message.token);
      case 'run':
        return true;
    }
  };
  if (!next.net.every(useful)) next.net = next.net.filter(useful);
  if (!admits)
    for (const [n, { holder }] of guards.entries()) if (holder.lease) ownGuard(next, n).holder.lease = null;
  const awaited = ({ kind, guard, ref }: Timer): boolean => {
    const { tokens, owed } = next.guards[guard]!.holder;
    return kind === 'settled' ? tokens.has(ref) : owed.some((push) => push.ref === ref);
  };
  if (!next.timers.every(awaited)) next.timers = next.timers.filter(awaited);
}

/** Whether anything can still be handed over. When nothing can, no promise about it can break any more. */
export function canHandOff(world: World): boolean {
  const { left, runs, net, stops } = world;
  if (stops.every(({ status }) => status === 'resumed')) return false;
  return runs.length > 0 || net.some(({ kind }) => kind === 'run') || (left.calls > 0 && canAdmit(world));
}

function canAdmit({ left, net, guards, config, control, cut }: World): boolean {
  const granting = ({ kind }: { kind: string }) => kind === 'ask' || kind === 'grant';
  return (
    left.asks > 0 ||
    net.some(granting) ||
    [control, cut].some(
      (it) => it && (it.asking.length > 0 || it.pending.some(({ held }) => held.some(granting))),
    ) ||
    guards.some(({ holder, offset }) => config.parts.liveLease({ ...holder }, NOW + offset))
  );
}
