import type { Policy } from '../governance.ts';

/** A list that admits: more entries are wider, and fewer are narrower only as far as all policies read it so. */
export function list(
  attribute: string,
  entry: string,
  was: readonly string[],
  is: readonly string[],
  policies: readonly Policy[],
): string[] {
  const gained = is.filter((name) => !was.includes(name)).map((name) => `gains the ${entry} ${name}`);
  const lost = was.filter((name) => !is.includes(name));
  if (lost.length === 0 || policies.every((policy) => onlyAdmits(policy, attribute))) return gained;
  const read = `which a policy reads another way: treated as widening`;
  return [...gained, ...lost.map((name) => `loses the ${entry} ${name}, ${read}`)];
}

/**
 * Whether a policy allows no more when a list loses entries: it says nothing of the list, or forbids unless the list
 * contains something. A permit that names it counts as another way: with the entry, it may have failed, which denies.
 */
function onlyAdmits({ json }: Policy, attribute: string): boolean {
  return json.conditions.every(
    ({ kind, body }) =>
      !mentions(body, attribute) || (json.effect === 'forbid' && kind === 'unless' && grows(body, attribute)),
  );
}

/** Whether a policy holds back no less when a flag of the context becomes true: it forbids when it is. */
export function onlyHolds({ json }: Policy, attribute: string): boolean {
  return json.conditions.every(
    ({ kind, body }) =>
      !mentions(body, attribute) || (json.effect === 'forbid' && kind === 'when' && grows(body, attribute)),
  );
}

const asking: ReadonlySet<string> = new Set(['contains', 'containsAll', 'containsAny']);

/** Whether an expression of Cedar's JSON form can only become true, never false, by the list's growing or the flag's being true. */
function grows(body: unknown, attribute: string): boolean {
  if (!mentions(body, attribute)) return true;
  if (typeof body !== 'object' || body === null || Object.keys(body).length !== 1) return false;
  if (isPath(body)) return true;
  const [[operator, value] = ['', null]] = Object.entries(body) as [string, unknown][];
  if (typeof value !== 'object' || value === null) return false;
  const { left, right } = value as { left?: unknown; right?: unknown };
  if (operator === '&&' || operator === '||') return grows(left, attribute) && grows(right, attribute);
  return asking.has(operator) && isPath(left) && !mentions(right, attribute);
}

function isPath(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if ('Var' in body) return true;
  return '.' in body && isPath((body['.'] as { left?: unknown } | null)?.left);
}

/** Looks for the name anywhere, so that no way of reaching an attribute is missed. */
function mentions(body: unknown, attribute: string): boolean {
  return JSON.stringify(body).includes(JSON.stringify(attribute));
}
