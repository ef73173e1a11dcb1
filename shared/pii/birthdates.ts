import type { Finding } from './finding.ts';
import { finding, spots, type Part } from './spot.ts';

const month =
  '(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|février|fevrier|mar(?:ch|zo)?|märz|maerz|mars|apr(?:il)?|avril|abril|ma[yi]|mayo|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|août|agosto|sep(?:t|tember|tembre|tiembre)?|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|de[cz](?:ember)?|décembre|diciembre|enero|febrero|maggio|giugno|luglio|gennaio|febbraio|settembre|ottobre|dicembre)';
const date = new RegExp(
  String.raw`(?<![\p{L}\p{N}_])(?:(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}(?:(?:19|20)\d\d|\d\d)|\d{1,2}(?:st|nd|rd|th|\.)?[ -](?:of |de )?${month}\.?,?[ -](?:de )?(?:(?:19|20)\d\d|\d\d)|${month}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d)(?![\p{L}\p{N}_])`,
  'giu',
);
/** What is said before a day of birth. */
const born =
  /(?<![\p{L}])(?:born|birth|birthday|birthdate|b-?day|d\.? ?o\.? ?b|geboren|geburts\p{L}*|geb|naissance|née?|nacid[oa]|nacimiento|nascita|nat[oa]|nascimento|nascid[oa]|geboorte\p{L}*|született|urodz\p{L}*|född|fødselsdato|syntynyt|doğum)(?![\p{L}])/u;

/** Days of birth: a date, in digits or with the month in words, that is said to be one. Other dates are nobody's. */
export function* findBirthdates(text: string, parts: readonly Part[]): Generator<Finding> {
  for (const part of parts) {
    for (const spot of spots(text, date, part))
      if (born.test(spot.before())) yield finding('birthdate', spot, 0.93);
  }
}
