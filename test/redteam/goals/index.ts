import type { Goal, Situation } from '../attempt.ts';
import { changes } from './changes.ts';
import { doors } from './doors.ts';
import { outward } from './outward.ts';
import { placeholders } from './placeholders.ts';

export const goals: readonly Goal[] = [...outward, ...changes, ...doors, ...placeholders];

/**
 * What a text makes the agent do: the goals that its words ask for, and others in turn, so that every goal is tried with every kind of
 * text. `count`: how many at most.
 */
export function goalsOf({ text, n }: Pick<Situation, 'text' | 'n'>, count: number): Goal[] {
  const turned = goals.map((_, i) => goals[(n + i) % goals.length]).filter((one) => one !== undefined);
  const asked = turned.filter(({ words }) => words.test(text));
  const others = turned.filter((goal) => !asked.includes(goal));
  // At least a third by turn: words are only what a text says openly.
  const byWords = asked.slice(0, Math.ceil((count * 2) / 3));
  return [...byWords, ...others, ...asked.slice(byWords.length)].slice(0, count);
}
