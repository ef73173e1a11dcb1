const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** A 64-bit integer: a number where that is exact, else a bigint, so that equal longs are always `===`. */
export type Long = number | bigint;

const exact = {
  '+': (a: bigint, b: bigint): bigint => a + b,
  '-': (a: bigint, b: bigint): bigint => a - b,
  '*': (a: bigint, b: bigint): bigint => a * b,
};
const fast = {
  '+': (a: number, b: number): number => a + b,
  '-': (a: number, b: number): number => a - b,
  '*': (a: number, b: number): number => a * b,
};

/** Adds, subtracts or multiplies; undefined where a signed 64-bit integer overflows, which Cedar calls an error. */
export function arithmetic(operator: '+' | '-' | '*', a: Long, b: Long): Long | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    // A double that is a safe integer was not rounded; `+ 0` turns -0 into 0.
    const quick = fast[operator](a, b) + 0;
    if (Number.isSafeInteger(quick)) return quick;
  }
  const result = exact[operator](BigInt(a), BigInt(b));
  if (result < MIN || result > MAX) return undefined;
  const number = Number(result);
  return Number.isSafeInteger(number) ? number : result;
}
