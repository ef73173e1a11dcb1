/** What an exercise is made of: facts that people read, and the few steps that differ from one to the next. */
import type { Target } from '../../../flags/targets.ts';
import type { ScenarioName } from '../../../shared/exercise.ts';
import type { ContactName } from '../../../shared/rpc.ts';
import type { VendorRequest } from '../drill-analysis.ts';
import type { Stage } from './stage.ts';

/** What noticed that something is wrong. */
export type DetectedBy =
  | 'denial'
  | 'limit'
  | 'alert'
  | 'budget meter'
  | 'readiness fall'
  | 'journal query'
  | 'person';

export interface Detected {
  by: DetectedBy;
  /** What was seen, in a line. */
  what: string;
  /** Ids that show it. */
  evidence: string[];
}

/** One call that the agent made. Times are Unix ms of the machine that runs the exercise. */
export interface Deed {
  /** Null: the gate gave it no id. */
  call: string | null;
  action: string;
  mode: 'read' | 'propose' | 'execute';
  at: number;
  endedAt: number;
  /** HTTP status of its last answer; 0: no answer. */
  status: number;
  /** The problem's code, if it was refused. */
  code: string | null;
  output: Record<string, unknown>;
  /** Whether it was made after the stop was confirmed. */
  afterStop: boolean;
}

/** A text of what a call answered; empty where it answered none. */
export function textOf({ output }: Deed, field: string): string {
  const value = output[field];
  return typeof value === 'string' ? value : '';
}

/** A vendor request that must not come any more once the stop is confirmed. */
export interface Harm {
  vendor: string;
  method: string;
  /** Exactly, or how it begins where it ends in `*`. */
  path: string;
}

/** Whether a request of a vendor's log is such a one. */
export function fits({ method, path }: Pick<Harm, 'method' | 'path'>, one: VendorRequest): boolean {
  if (one.method !== method) return false;
  return path.endsWith('*') ? one.path.startsWith(path.slice(0, -1)) : one.path === path;
}

/** One thing that was looked at afterwards. `open`: it could not be looked at. */
export interface Check {
  id: string;
  what: string;
  status: 'passed' | 'failed' | 'open';
  found: string;
}

/** How an exercise shows that a tool's vendor is the simulated one: this call makes this request in the simulator's log. */
export interface Probe {
  vendor: string;
  action: string;
  mode: 'read' | 'propose';
  input: Record<string, unknown>;
  method: string;
  /** As in `Harm`. */
  path: string;
}

export interface Bounds {
  /** Milliseconds. A team is expected to be within, and told when it is not; nothing fails by it. */
  detect: number;
  stop: number;
  notify: number;
  restore: number;
}

/** The steps of one run, on what the script picked for it. */
export interface Scene {
  /** All that the vendors hold of what is at stake, without what only says when it was written. */
  look(): Promise<unknown>;
  /** What goes wrong. */
  incident(): Promise<void>;
  /** Looks once whether it would be noticed now. */
  detect(): Promise<Detected | null>;
  /** What the agent goes on to try after the stop. */
  goOn(): Promise<void>;
  /** Known once the incident has happened. */
  harm(): Harm[];
  /** Ids at vendors whose later effects must not come, as a part of the path in the vendor's log. */
  pending(): { vendor: string; id: string }[];
  /** Checks of this exercise alone. */
  checks(deeds: readonly Deed[]): Check[];
}

export interface Script {
  name: ScenarioName;
  title: string;
  /** What happens, in two or three sentences. */
  story: string;
  /** Whose credential the calls are made with. */
  agent: string;
  target: Target;
  /** Whether the incident changes what the vendors hold; one that is denied from the start must not. */
  changes: boolean;
  /** Call by call, or as a rollback plan of the session, which other people approve. */
  restoreBy: 'undo' | 'rollback';
  /** Whether the stop cancels what is scheduled. */
  cancel: boolean;
  contacts: readonly ContactName[];
  bounds: Bounds;
  probes: readonly [Probe, ...Probe[]];
  /** What no undo brings back, and what a person does instead. */
  lost: readonly { what: string; instead: string }[];
  /** For the people in the room. */
  questions: readonly string[];
  /** Picks what it is about. Changes nothing. */
  open(stage: Stage): Promise<Scene>;
}
