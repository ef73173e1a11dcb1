/** Money as HubSpot writes it and as contracts have it. Pure. */

/**
 * Minor units of a decimal text, exactly: `1234.5` in EUR is 123450. Null for what is no such number, has more decimals than
 * its currency, or no currency that is known.
 */
export function minorUnits(
  text: string | null | undefined,
  currency: string | null | undefined,
): number | null {
  const digits = digitsOf(currency);
  const [, sign, whole = '', part = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/.exec(text ?? '') ?? [];
  if (digits === undefined || whole === '') return null;
  const decimals = part.replace(/0+$/, '');
  if (decimals.length > digits) return null;
  const units = Number(`${sign}${whole}${decimals.padEnd(digits, '0')}`);
  return Number.isSafeInteger(units) ? units : null;
}

/** Minor units as a decimal text: 123450 in EUR is `1234.50`. Undefined without a known currency. */
export function decimalText(units: number, currency: string | null | undefined): string | undefined {
  const digits = digitsOf(currency);
  if (digits === undefined) return undefined;
  const text = String(Math.abs(units)).padStart(digits + 1, '0');
  const cut = text.length - digits;
  const part = digits === 0 ? '' : `.${text.slice(cut)}`;
  return `${units < 0 ? '-' : ''}${text.slice(0, cut)}${part}`;
}

/** How many decimals a currency has (ISO 4217), as the platform knows it. */
function digitsOf(currency: string | null | undefined): number | undefined {
  if (!currency || !/^[A-Z]{3}$/.test(currency)) return undefined;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
}
