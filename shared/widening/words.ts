import { canonical } from '../canonical.ts';

/** A line when a number grew. */
export function longer(name: string, was: number, is: number, unit: string): string[] {
  return is > was ? [`${name} raised from ${was} to ${is} ${unit}`] : [];
}

/** A line when a number shrank. */
export function shorter(name: string, was: number, is: number, unit: string): string[] {
  return is < was ? [`${name} shortened from ${was} to ${is} ${unit}`] : [];
}

/** A line when two values differ in anything. */
export function changed(name: string, was: unknown, is: unknown): string[] {
  return canonical(was ?? null) === canonical(is ?? null) ? [] : [`${name} changed: treated as widening`];
}

/** Every key that is not judged above, in either of the two: whoever adds one and no rule for it needs a second person. */
export function otherKeys(of: string, was: object, is: object, known: readonly string[]): string[] {
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys]
    .filter((key) => !known.includes(key))
    .flatMap((key) => changed(`${of} ${key}`.trim(), at(was, key), at(is, key)));
}

/** An own property, whatever it is called. */
export function at(value: object, key: string): unknown {
  return own(value as Record<string, unknown>, key);
}

/** The same, of a record whose values are of one kind. */
export function own<T>(values: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}
