/** Where a policy looks: `['context', 'input', 'queue']`. */
export type AttributePath = readonly string[];

/**
 * All attributes that an expression of Cedar's JSON form reads the value of, from `principal` or `context` on. A name alone,
 * such as `context.input`, stands for everything below it. What `has` only asks the presence of is not read. Pure.
 */
export function reads(body: unknown): AttributePath[] {
  if (typeof body !== 'object' || body === null) return [];
  const path = pathOf(body);
  if (path) return [path];
  if ('has' in body) return hasReads(body.has);
  // Neither a literal nor the names in `is` and `like` read anything.
  return Object.entries(body).flatMap(([name, part]) => (name === 'Value' ? [] : reads(part)));
}

/** `has` tells nothing of the attribute itself, but a path of several names goes through those before the last. */
function hasReads(node: unknown): AttributePath[] {
  const { left, attr } = node as { left: unknown; attr: string | string[] };
  const through = Array.isArray(attr) ? attr.slice(0, -1) : [];
  const from = pathOf(left);
  if (!from) return reads(left);
  return from.length + through.length > 2 ? [[...from, ...through]] : [];
}

/** The names from a variable on, if the expression is nothing but those. */
export function pathOf(body: unknown): AttributePath | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('Var' in body && typeof body.Var === 'string') return [body.Var];
  if (!('.' in body)) return undefined;
  const { left, attr } = body['.'] as { left: unknown; attr: string };
  const before = pathOf(left);
  return before && [...before, attr];
}
