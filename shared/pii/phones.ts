import type { Finding } from './finding.ts';
import { finding, spots, type Part, type Spot } from './spot.ts';

/** Whether a number with its country's code can be one: what `libphonenumber` knows of all countries, where it is bundled. */
export type KnowsNumber = (international: string) => boolean;

/** Digits with what stands between them in a phone number, and an extension. Bounded: an end is looked for at most 48 units on. */
const candidate =
  /(?<![\p{N}_@=#$€£]|[\p{L}\p{N}]-)(?:\+ ?|\()?\d(?:[ \u00a0().\-/]{0,3}\d){6,16}(?:[ ,]{0,2}(?:x|ext\.?|extension|#|durchwahl) ?\d{1,6})?(?![\p{N}_@%]|[.,]\d|[-/]\p{N})/giu;

/** Words beside a number that make a phone number of it. */
const says =
  /(?<![\p{L}])(?:phones?|tel|telephone|telefono?|telefoon|teléfono|téléphone|telefon|mobile|mobil|móvil|handy|cell|cellular|celular|fax|call|called|calling|dial|ring|reach|text(?:ed)? me|sms|whatsapp|signal|viber|hotline|helpline|office|desk|switchboard|answer(?:s|ing)?|voicemail|registered|contact|number is|numéro|nummer|rufnummer|número|anruf|anrufen|ruf|hívj|puhelin|zadzwoń|tlf|gsm|电话|手机|電話|携帯|전화|โทร|هاتف|जवाल)(?![\p{L}])/u;
/** Words right before a number that make something else of it. */
const elsewise =
  /(?:(?<![\p{L}])(?:id|ids|order|invoice|ticket|case|ref|reference|card|account|acct|iban|vat|version|isbn|sku|part|item|tracking|amount|total|budget|record|deal|campaign|port|page|year|zip|code|usd|eur)(?: (?:no|number|nr|id|is))?\.?[^\p{L}\p{N}]{0,3}|[$€£¥] ?)$/u;

/**
 * Phone numbers of every country: with the country's code, in a usual form, or where words say what it is. Bare digits in a sentence
 * without such words are left alone: most of them are record ids.
 */
export function* findPhones(
  text: string,
  parts: readonly Part[],
  known: KnowsNumber = () => false,
): Generator<Finding> {
  for (const part of parts) {
    for (const spot of spots(text, candidate, part)) {
      const score = scoreOf(spot, letterBefore(text, spot.start), known);
      if (score > 0) yield finding('phone', spot, score);
    }
  }
}

function letterBefore(text: string, at: number): boolean {
  return at > 0 && /\p{L}/u.test(text.charAt(at - 1));
}

function scoreOf(spot: Spot, glued: boolean, known: KnowsNumber): number {
  const number = spot.text.replace(/[ ,]{0,2}(?:x|ext|extension|#|durchwahl).*$/iu, '');
  const digits = number.replace(/[^0-9]/g, '');
  if (digits.length > 15 || !balanced(number) || isOtherwise(number)) return 0;
  if (glued) return isAmerican(number) ? 0.7 : 0;
  if (number.startsWith('+')) return international(digits, number, known);
  if (elsewise.test(spot.before())) return 0;
  if (digits.startsWith('00') && digits.length >= 10 && known(`+${digits.slice(2)}`)) return 0.85;
  if (says.test(spot.around()) && digits.length <= 13) return 0.82;
  if (spot.text !== number) return 0.8;
  return national(number, digits, spot.alone);
}

function international(digits: string, number: string, known: KnowsNumber): number {
  if (digits.length < 8) return 0;
  if (known(`+${digits.replace(/^(\d{1,3})0(?=\d{8})/, number.includes('(0)') ? '$1' : '$&')}`)) return 0.95;
  return /\d[ ().-]+\d/.test(number) || digits.length >= 10 ? 0.8 : 0;
}

/** A number without its country's code and without a word that says what it is: by its form. */
function national(number: string, digits: string, alone: boolean): number {
  const grouped = /\d[^\d]+\d/.test(number);
  if (grouped && isAmerican(number)) return 0.78;
  // Hardly any record's id begins with a zero.
  if (!grouped && /^0[1-9]\d{8,9}$/.test(digits)) return alone ? 0.55 : 0.5;
  if (!grouped) return alone && /^(?:[2-9]\d{9}|1[3-9]\d{9})$/.test(digits) ? 0.55 : 0;
  if (/^\(\d{1,5}\)/.test(number) && digits.length >= 7) return 0.74;
  if (digits.startsWith('0') && digits.length >= 9 && digits.length <= 12) return 0.74;
  return isEvenlyGrouped(number) && digits.length >= 8 && digits.length <= 12 ? 0.5 : 0;
}

/** The North American plan: area and exchange begin with 2 to 9, and the exchange is none of the services. */
function isAmerican(number: string): boolean {
  return /^(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}[2-9](?!11)\d{2}[ .-]?\d{4}$/.test(number);
}

/** Groups of at least two digits between one kind of separator, that are no thousands and no years. */
function isEvenlyGrouped(number: string): boolean {
  const groups = number.split(/[^\d]+/);
  const separators = new Set(number.replace(/\d/g, ''));
  if (separators.size > 1 || groups.some((group) => group.length < 2 || group.length > 6)) return false;
  const thousands = groups.slice(1).every((group) => group.length === 3) && (groups[0]?.length ?? 0) <= 3;
  const years = groups.some((group) => /^(?:19|20)\d\d$/.test(group));
  return !(thousands && !separators.has('-')) && !years;
}

function balanced(number: string): boolean {
  return !number.includes('(') === !number.includes(')') && !/\)\d*\(|\([^)]*$/.test(number);
}

/** Dates, times, versions and ranges of years. */
function isOtherwise(number: string): boolean {
  return /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d)(?!\d)|^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/.test(
    number,
  );
}
