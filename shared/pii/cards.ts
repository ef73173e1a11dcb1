import { isMonotone, luhn, mod97 } from './checks.ts';
import type { Finding } from './finding.ts';
import { finding, spots, type Part } from './spot.ts';

/** As cards are printed and typed: in one, in fours, and as American Express and Diners have it. */
const cardPattern =
  /(?<![\p{L}\p{N}_]|\d[-./])(?:\d{12,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\p{L}\p{N}_]|[-/.]\d)/gu;

/** First digits by length (ISO/IEC 7812 as the brands use it): a number of that length that begins otherwise is no card. */
const brands: Readonly<Record<number, RegExp>> = {
  12: /^(?:5018|5020|5038|5893|6304|6390|6759|676[1-3])/,
  13: /^(?:4|50|5[6-9]|6)/,
  14: /^3(?:0[0-59]|[689])/,
  15: /^(?:3[47]|1800|2131|5|6)/,
  16: /^[2-6]/,
  17: /^[456]/,
  18: /^[456]/,
  19: /^[3-6]/,
};

/** Words that make a card of a number whose first digits no brand has. */
const says =
  /(?<![\p{L}])(?:(?:credit|debit|bank)? ?cards?|visa|mastercard|maestro|amex|kreditkarte|carte|tarjeta|carta)(?![\p{L}])/u;

/** Numbers of payment cards, by brand, length and check digit, in the parts of a text that hold digits. */
export function* findCards(text: string, parts: readonly Part[]): Generator<Finding> {
  for (const part of parts) {
    for (const spot of spots(text, cardPattern, part)) {
      const digits = spot.text.replace(/[^0-9]/g, '');
      const isBrand = (brands[digits.length]?.test(digits) ?? false) || says.test(spot.around());
      if (isBrand && luhn(digits) && !isMonotone(digits))
        yield finding('card', spot, digits.length < 15 ? 0.91 : 0.95);
    }
  }
}

/** How long a country's IBANs are, in characters (SWIFT's registry, release 99). */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 ' +
    'FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** IBANs, in one or in groups, by their country's length and their check digits. */
export function* findIbans(text: string, parts: readonly Part[]): Generator<Finding> {
  for (const part of parts) {
    for (const { start } of spots(text, /(?<![\p{L}\p{N}_])[a-z]{2}\d{2}/giu, part)) {
      const end = ibanEnd(text, start);
      if (end !== undefined) yield finding('iban', { start, end }, 0.98);
    }
  }
}

function ibanEnd(text: string, start: number): number | undefined {
  const length = ibanLengths[text.slice(start, start + 2).toUpperCase()];
  if (length === undefined) return undefined;
  let at = start;
  let iban = '';
  while (iban.length < length) {
    if (iban !== '' && /[ -]/.test(text.charAt(at))) at += 1;
    if (!/[0-9a-z]/i.test(text.charAt(at))) return undefined;
    iban += text.charAt(at);
    at += 1;
  }
  if (/[\p{L}\p{N}_]/u.test(text.charAt(at))) return undefined;
  const upper = iban.toUpperCase();
  if (iban !== upper && iban !== iban.toLowerCase()) return undefined;
  return mod97(upper.slice(4) + upper.slice(0, 4)) === 1 ? at : undefined;
}
