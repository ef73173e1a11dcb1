/**
 * A copy of what came over RPC and is to be kept. The original holds its sender's context, and through it both objects,
 * awake until garbage is collected; the copy holds nothing.
 */
export function released<T extends object>(answer: T): T {
  const copy = structuredClone(answer);
  letGo(answer);
  return copy;
}

/**
 * Lets go of its sender's context at once, for an answer over RPC that is used up soon. Plain data stays readable.
 * Without it every call leaves a context behind until garbage is collected.
 */
export function letGo<T>(answer: T): T {
  if (typeof answer === 'object' && answer !== null) (answer as Partial<Disposable>)[Symbol.dispose]?.();
  return answer;
}
