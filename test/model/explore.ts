import { Keys } from './encode.ts';
import { canHandOff, moves, type Move } from './moves.ts';
import { newWorlds, type Config, type World } from './world.ts';

export interface Explored {
  states: number;
  transitions: number;
  /** Steps from a start to the state that is farthest from all of them. */
  depth: number;
  /** Of a core, whatever else runs on the machine. */
  seconds: number;
  /** False: ended by the bounds, or by a broken promise. */
  complete: boolean;
  /** A shortest way to a state that breaks a promise. */
  broken: { promise: string; steps: string[] } | null;
}

interface Trace {
  move: Move['what'];
  before: Trace | null;
}

/** Walks every state that can be reached, the nearest first, until one breaks a promise. */
export function explore(config: Config, bounds: { states?: number; depth?: number } = {}): Explored {
  const began = process.cpuUsage();
  const keys = new Keys();
  const seen = new Set<string>();
  let transitions = 0;
  let depth = 0;
  let frontier: { world: World; trace: Trace | null }[] = [];
  const ended = (complete: boolean, broken: Explored['broken'] = null): Explored => {
    const { user, system } = process.cpuUsage(began);
    const seconds = (user + system) / 1e6;
    return { states: seen.size, transitions, depth, seconds, complete, broken };
  };
  for (const world of newWorlds(config)) {
    seen.add(keys.of(world));
    frontier.push({ world, trace: null });
  }
  while (frontier.length > 0) {
    if (depth >= (bounds.depth ?? Infinity)) return ended(false);
    depth += 1;
    const next: typeof frontier = [];
    for (const { world, trace } of frontier) {
      for (const { what, go } of moves(world)) {
        const reached = go();
        transitions += 1;
        const key = keys.of(reached);
        if (seen.has(key)) continue;
        seen.add(key);
        const way = { move: what, before: trace };
        if (reached.violation) return ended(false, { promise: reached.violation, steps: steps(way) });
        if (seen.size >= (bounds.states ?? Infinity)) return ended(false);
        if (canHandOff(reached) || config.budget.calls === 0) next.push({ world: reached, trace: way });
      }
    }
    frontier = next;
  }
  return ended(true);
}

function steps(trace: Trace | null): string[] {
  const way: string[] = [];
  for (let at = trace; at; at = at.before) way.push(at.move());
  return way.reverse();
}
