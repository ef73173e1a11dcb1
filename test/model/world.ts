import type { Authority, AuthorityEffect } from '../../flags/authority.ts';
import { newHolder, type Holder } from '../../flags/holder.ts';
import type { Terms } from '../../flags/terms.ts';
import { real, type Parts, type Snapshot } from './parts.ts';

/**
 * The state of a world in which the lease protocol runs: control and its storage, guards, a tool, what is on its way
 * between them, and a true time that none of them can read. It is always `NOW`: when time passes, everything that is
 * remembered grows older, so that states which differ only in when they happened are one.
 */
export const NOW = 10_000;

export interface World {
  readonly config: Config;
  /** Changed only through `own`, as all that is below it: worlds share what did not change. */
  readonly control: Instance;
  /** An instance that was replaced and does not know it: nothing that it writes is confirmed any more. */
  readonly cut: Instance | null;
  stored: Readonly<Stored>;
  guards: readonly Guard[];
  /** Calls that the tool works on. */
  runs: readonly Readonly<Run>[];
  net: readonly Message[];
  timers: readonly Readonly<Timer>[];
  stops: readonly Readonly<MadeStop>[];
  left: Readonly<Budget>;
  /** Which of the settings of the clocks it began with. */
  readonly start: number;
  /** How many instances of control there were before this one. */
  restarts: number;
  /** What was promised and did not hold. */
  violation: string | null;
  /** What no other world shares yet. */
  readonly owned: Set<object>;
}

/** A world's shape and which faults may happen in it, and how often. */
export interface Config {
  readonly id: string;
  readonly name: string;
  readonly terms: Terms;
  readonly parts: Parts;
  /** Whom each stop covers: a bit for each agent. */
  readonly stops: readonly number[];
  /** Vendor requests of one call. */
  readonly requests: number;
  /** Where each starts to explore from; clocks are ahead of true time by this much. */
  readonly clocks: readonly Clocks[];
  readonly budget: Budget;
  /** By how much a clock steps. */
  readonly steps: { control: readonly number[]; guard: readonly number[] };
  /** Whether stops must be confirmed in time. Explored apart, since it needs one more time to be told apart. */
  readonly bound?: boolean;
  /** Whether control has just written a heartbeat when the world begins. */
  readonly beating?: boolean;
  /** Remembered times are not told apart once they are older than this. */
  readonly memory: number;
}

export interface Clocks {
  /** Of control, and of each instance after it. */
  readonly control: readonly number[];
  /** Of each agent's guard. */
  readonly guards: readonly number[];
  readonly tool: number;
}

export interface Budget {
  /** Leases that are asked for. */
  asks: number;
  calls: number;
  resumes: number;
  /** Policies, flags: whatever makes a new epoch and stops nothing. */
  changes: number;
  guardsReplaced: number;
  controlReplaced: number;
  /** Messages that arrive once more. */
  repeated: number;
  /** A run that arrives once more, at another isolate of the tool. */
  repeatedRuns: number;
  /** Connections to the tool that break. */
  broken: number;
  /** Writes that fail. */
  unwritten: number;
  controlSteps: number;
  guardSteps: number;
}

export const noFaults: Budget = {
  asks: 0,
  calls: 0,
  resumes: 0,
  changes: 0,
  guardsReplaced: 0,
  controlReplaced: 0,
  repeated: 0,
  repeatedRuns: 0,
  broken: 0,
  unwritten: 0,
  controlSteps: 0,
  guardSteps: 0,
};

/** A part's number among all parts, once it is known: `encode.ts`. Whoever copies a part to change it forgets the number. */
interface Numbered {
  number?: number | undefined;
}

export interface Instance extends Numbered {
  authority: Authority;
  offset: number;
  /** In its memory: which stops are in force. */
  stops: number;
  /** Writes that storage has not confirmed, oldest first. */
  pending: Write[];
  asking: { ref: number; guard: number; askedAt: number; askedTrue: number }[];
  /** When its timer fires, in true time. */
  lookAt: number | null;
  /** How long that timer was set for. */
  lookAfter: number;
}

export interface Write {
  body:
    | { kind: 'heartbeat'; issued: number }
    | { kind: 'change'; epoch: number; stops: number; stop: number | null; stopAt: number };
  /** To be carried out once it is durable. */
  effects: AuthorityEffect[];
  /** Said after it was issued, and not let out before it is durable: the platform's output gate. */
  held: Said[];
  /** It reached storage, though the instance that wrote it was replaced before it heard so. */
  durable: boolean;
}

export type Said = Message | { kind: 'confirmed'; stop: number };

export interface Stored {
  epoch: number;
  heartbeat: number | null;
  stops: number;
  forming: readonly { stop: number; epoch: number; stopAt: number }[];
}

export interface Guard extends Numbered {
  agent: number;
  holder: Holder<Snapshot>;
  offset: number;
  /** False: replaced, and goes on without knowing. */
  current: boolean;
}

export interface Run extends Numbered {
  guard: number;
  token: number;
  intentAt: number;
  startBefore: number;
  left: number;
  /** When the look for the next request was taken, if it was. */
  lookedAt: number | null;
}

export type Message = Numbered & Sent;

type Sent =
  | { kind: 'ask'; guard: number; askedAt: number; askedTrue: number }
  | {
      kind: 'grant';
      guard: number;
      askedAt: number;
      epoch: number;
      duration: number;
      stops: number;
      end: number;
    }
  | { kind: 'push' | 'ack'; guard: number; epoch: number }
  | { kind: 'run'; guard: number; token: number; intentAt: number; startBefore: number }
  | { kind: 'answer'; guard: number; token: number };

export interface Timer extends Numbered {
  kind: 'waited' | 'settled';
  guard: number;
  /** The push, or the token. */
  ref: number;
  due: number;
}

export interface MadeStop {
  status: 'not made' | 'made' | 'confirmed' | 'resumed';
  madeAt: number;
  /** Control was replaced since. */
  inherited: boolean;
}

export const agentName = (agent: number): string => `a${agent}`;
export const incarnationName = (guard: number): string => `i${guard}`;

/** One world for each setting of the clocks. Nothing is granted, stopped or under way. */
export function newWorlds(config: Config): World[] {
  return config.clocks.map((clocks, start) => newWorld({ ...config, clocks: [clocks] }, start));
}

function newWorld(config: Config, start: number): World {
  const { parts, terms } = config;
  const clocks = config.clocks[0]!;
  const now = NOW + clocks.control[0]!;
  const authority = parts.newAuthority({ epoch: 1, heartbeat: null }, now, terms);
  if (config.beating) parts.authorityStep(authority, { kind: 'written', issued: now }, now);
  const stored: Stored = { epoch: 1, heartbeat: authority.heartbeat, stops: 0, forming: [] };
  return {
    config,
    control: {
      authority,
      offset: clocks.control[0]!,
      stops: 0,
      pending: [],
      asking: [],
      lookAt: null,
      lookAfter: 0,
    },
    cut: null,
    stored,
    guards: clocks.guards.map((offset, agent) => newGuard(config, agent, agent, offset)),
    runs: [],
    net: [],
    timers: [],
    stops: config.stops.map(() => ({ status: 'not made', madeAt: NOW, inherited: false })),
    left: { ...config.budget },
    start,
    restarts: 0,
    violation: null,
    owned: new Set(),
  };
}

export function newGuard({ terms }: Config, guard: number, agent: number, offset: number): Guard {
  return { agent, holder: newHolder<Snapshot>(incarnationName(guard), terms), offset, current: true };
}

/** Usual wiring, no faults; a scenario says what differs. */
export const quiet = { parts: real, steps: { control: [], guard: [] }, budget: noFaults };
