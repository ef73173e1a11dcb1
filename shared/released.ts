/**
 * A copy of what came over RPC and is to be kept. The original holds its sender's context, and through it both objects,
 * awake until garbage is collected; the copy holds nothing.
 */
export function released<T extends object>(answer: T): T {
  const copy = structuredClone(answer);
  (answer as Partial<Disposable>)[Symbol.dispose]?.();
  return copy;
}
