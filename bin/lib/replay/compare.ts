/** One place where what happened is not what the suite says. */
export interface Difference {
  /** `expect.output.queue`, `intercom conversations/2001 state`. */
  at: string;
  expected: unknown;
  got: unknown;
}

/**
 * Where `got` does not hold what `expected` asks for. Objects are compared by the fields that are asked for and may hold more;
 * lists are compared whole. Pure.
 */
export function missing(expected: unknown, got: unknown, at: string): Difference[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return [{ at, expected, got }];
    return expected.flatMap((one, index) => missing(one, got[index], `${at}[${index}]`));
  }
  if (!isObject(expected)) return expected === got ? [] : [{ at, expected, got }];
  if (!isObject(got)) return [{ at, expected, got }];
  return Object.entries(expected).flatMap(([key, value]) =>
    missing(value, Object.hasOwn(got, key) ? got[key] : undefined, `${at}.${key}`),
  );
}

/** The same for two lists whose order says nothing. Pure. */
export function unlike(
  expected: readonly string[] | undefined,
  got: readonly string[] | undefined,
  at: string,
): Difference[] {
  if (expected === undefined) return [];
  const same = expected.toSorted().join('\n') === (got ?? []).toSorted().join('\n') && got !== undefined;
  return same ? [] : [{ at, expected: expected.toSorted(), got: got?.toSorted() }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
