/** Hunter's size of a company: `11-50`, `251-1K`, `100K+`, or null. Null, too, for what it never said before. */
export function employeeRange(text: string | null | undefined): { min: number | null; max: number | null } {
  const match = /^(\d{1,7})([KM]?)(?:-(\d{1,7})([KM]?)|(\+))?$/.exec(text ?? '');
  if (!match) return { min: null, max: null };
  const [, low, lowUnit, high, highUnit, open] = match;
  const min = count(low, lowUnit);
  if (open) return { min, max: null };
  return { min, max: high === undefined ? min : count(high, highUnit) };
}

const units: Readonly<Record<string, number>> = { K: 1_000, M: 1_000_000 };

function count(digits: string | undefined, unit: string | undefined): number {
  return Number(digits) * (units[unit ?? ''] ?? 1);
}
