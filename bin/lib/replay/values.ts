/** What earlier steps answered, by their names. */
export type Answers = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

const reference = /^\$([a-z0-9][a-z0-9-]*)((?:\.[A-Za-z0-9_]+)+)$/;

/**
 * A value with each `$step.path` replaced by what that step answered there. Throws over what no step answered: sent as it
 * stands, it would be another call than the suite means.
 */
export function resolved<T>(value: T, answers: Answers): T {
  return replaced(value, answers) as T;
}

function replaced(value: unknown, answers: Answers): unknown {
  if (typeof value === 'string') return looked(value, answers);
  if (Array.isArray(value)) return value.map((one) => replaced(one, answers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one, answers)]));
}

function looked(text: string, answers: Answers): unknown {
  const [, step = '', path = ''] = reference.exec(text) ?? [];
  if (step === '') return text;
  let found: unknown = answers.get(step);
  for (const key of path.slice(1).split('.'))
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  if (found === undefined) throw new Error(`${text}: that step answered nothing of the kind`);
  return found;
}
