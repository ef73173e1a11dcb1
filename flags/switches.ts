import type { Mode } from '../shared/contract.ts';
import type { Coverage, Target } from './targets.ts';

export type SwitchKind = 'gate' | 'workflow' | 'agent' | 'tool' | 'action';

/** What every switch of a kind promises. */
interface Promises {
  /** Who answers for it. */
  owner: string;
  /** What off means, in a sentence that begins with what the switch is of. */
  off: string;
  /**
   * For how long (ms) each mode goes on after the flag's source was last heard. After it that mode is closed, for as
   * long as the silence lasts and no longer: silence latches nothing, because nobody decided anything.
   */
  silence: Readonly<Record<Mode, number>>;
}

/**
 * What changes something may run for ten polls on an old word: long enough for a server's restart, short enough to be
 * counted as stopped. What changes nothing may outlast an incident at the flags' source.
 */
const silence = { execute: 10_000, propose: 600_000, read: 600_000 } as const;

/**
 * The one table of switches. Each is a flag of the type `kill-switch`, and its name says what is *allowed*: on lets
 * through, and off, archived, unknown or unreadable does not.
 */
export const switchKinds: Readonly<Record<SwitchKind, Promises>> = {
  gate: { owner: 'incident commander', off: 'No call of any agent runs.', silence },
  workflow: { owner: "the workflow's business owner", off: 'No call of its agents runs.', silence },
  agent: { owner: "the agent's technical owner", off: 'No call of this agent runs.', silence },
  tool: { owner: "the tool's operator", off: 'No call of this tool runs, for any agent.', silence },
  action: { owner: "the tool's operator", off: 'No call of this action runs, for any agent.', silence },
};

export interface Switch extends Promises {
  /** `gate.enabled`, `workflow.<w>.enabled`, `agent.<a>.enabled`, `tool.<t>.enabled`, `action.<tool.object.verb>.enabled`. */
  name: string;
  kind: SwitchKind;
  /** What is stopped while it is off. */
  target: Target;
}

/** What exists behind the gate: the tools' contracts and the manifests in force. */
export interface Parts {
  workflows: Iterable<string>;
  agents: Iterable<string>;
  tools: Iterable<string>;
  actions: Iterable<string>;
}

/** Every switch there is, `gate.enabled` first, each once. */
export function allSwitches({ workflows, agents, tools, actions }: Parts): Switch[] {
  const of = (kind: SwitchKind, names: Iterable<string>): Switch[] =>
    [...new Set(names)].sort().map((name) => switchOf(kind, name));
  return [
    switchOf('gate', ''),
    ...of('workflow', workflows),
    ...of('agent', agents),
    ...of('tool', tools),
    ...of('action', actions),
  ];
}

function switchOf(kind: SwitchKind, name: string): Switch {
  const target = kind === 'gate' ? 'all' : (`${kind}:${name}` as Target);
  return { name: switchName(target), kind, target, ...switchKinds[kind] };
}

/** The name of the switch that holds a target. */
export function switchName(target: Target): string {
  return target === 'all' ? 'gate.enabled' : `${target.replace(':', '.')}.enabled`;
}

/** The switches that must all be on for a call. */
export function switchesOf({ workflow, agent, tool, action }: Coverage): string[] {
  return [
    switchName('all'),
    switchName(`workflow:${workflow}`),
    switchName(`agent:${agent}`),
    switchName(`tool:${tool}`),
    switchName(`action:${action}`),
  ];
}

/**
 * For how long from now (ms) each mode goes on if the source stays silent. `heardAt` (Unix ms): when the last answer was
 * asked for; null: never heard, so nothing goes on. Every call passes a switch of each kind, so the strictest counts.
 */
export function goesOnFor(heardAt: number | null, now: number): Record<Mode, number> {
  const left = (mode: Mode): number => {
    if (heardAt === null) return 0;
    const bound = Math.min(...Object.values(switchKinds).map((kind) => kind.silence[mode]));
    // A time from the future is a clock that stepped back: it is no reason to go on longer.
    return Math.max(0, Math.min(bound, heardAt + bound - now));
  };
  return { execute: left('execute'), propose: left('propose'), read: left('read') };
}
