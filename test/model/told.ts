import type { Explored } from './explore.ts';

export function told(
  name: string,
  { states, transitions, depth, seconds, complete, broken }: Explored,
): string {
  const walked = `${states} states, ${transitions} transitions, depth ${depth}, ${seconds.toFixed(1)} s`;
  const end = broken
    ? `: ${broken.promise}\n  ${broken.steps.join('\n  ')}`
    : complete
      ? ''
      : ', not to the end';
  return `${name}: ${walked}${end}`;
}
