/**
 * Minor units as people write an amount of a currency (ISO 4217), without its name: 1250 of EUR is `12.50`, of JPY `1,250`.
 * Pure.
 */
export function amountIn(currency: string, minorUnits: number): string {
  const { format, digits } = money(currency);
  return format.format(minorUnits / 10 ** digits);
}

function money(currency: string): { format: Intl.NumberFormat; digits: number } {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return { format: new Intl.NumberFormat('en', { minimumFractionDigits: digits }), digits };
}
