/** Check digits of card numbers and registers of persons. All take a string of digits (or letters, where said) and are pure. */

/** ISO/IEC 7812-1, annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The sum of digits times weights; digits beyond the weights don't count. */
export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at += 1) sum += (digits.charCodeAt(at) - 48) * (weights[at] ?? 0);
  return sum;
}

/** The value of a digit or letter in base 36: `A` is 10. */
export function base36(character: string): number {
  return Number.parseInt(character, 36);
}

/** ISO 7064 MOD 97-10 over letters and digits, as IBANs have it after their first four characters went to the end. */
export function mod97(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = base36(character);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/** ISO 7064 MOD 11,10: German tax ids and VAT numbers. The last digit is the check. */
export function mod11and10(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits.at(-1));
}

/** ICAO 9303: weights 7, 3, 1 over digits and letters; the last character is the check digit. */
export function icao(text: string): boolean {
  let sum = 0;
  for (let at = 0; at < text.length - 1; at += 1) sum += base36(text.charAt(at)) * ([7, 3, 1][at % 3] ?? 0);
  return sum % 10 === Number(text.at(-1));
}

const dihedral = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
] as const;
const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4] as const;

/** Verhoeff's: Aadhaar and the Nigerian NIN. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let at = 0; at < digits.length; at += 1) {
    let digit = Number(digits[digits.length - 1 - at]);
    for (let times = at % 8; times > 0; times -= 1) digit = permutation[digit] ?? 0;
    check = dihedral[check]?.[digit] ?? 0;
  }
  return check === 0;
}

/** Whether a month and a day can be: `31` of any month passes only where the month has it. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Whether `yymmdd` is a day of this or the last century. */
export function isShortDate(yymmdd: string): boolean {
  const [month, day] = [Number(yymmdd.slice(2, 4)), Number(yymmdd.slice(4, 6))];
  const year = Number(yymmdd.slice(0, 2));
  return isDay(1900 + year, month, day) || isDay(2000 + year, month, day);
}

/** All one digit: passes many checksums and is nobody's. */
export function isMonotone(digits: string): boolean {
  return /^(.)\1*$/.test(digits);
}
