import {
  base36,
  icao,
  isDay,
  isMonotone,
  isShortDate,
  luhn,
  mod11and10,
  mod97,
  weighted,
} from '../checks.ts';
import { shape, words, type Register } from './register.ts';

const nationalInsurance = String.raw`(?!bg|gb|nk|kn|tn|nt|zz)[abceghj-prstw-z][abceghj-nprstw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]`;
const spanishLetters = 'TRWAGMYFPDXBNJZSQVHLCKE';
const finnishLetters = '0123456789ABCDEFHJKLMNPRSTUVWXY';
const passport = [
  'passport',
  'reisepass',
  'pass-?nr',
  'passeport',
  'pasaporte',
  'passaporto',
  'paszport',
  'ausweis',
];

export const european: readonly Register[] = [
  { name: 'UK national insurance number', pattern: shape(nationalInsurance), sure: 'always' },
  {
    name: 'UK NHS number',
    pattern: shape(String.raw`\d{3}([- ]?)\d{3}\1\d{4}`),
    holds: nhsHolds,
    sure: 'said',
    words: words('nhs', 'health serv', 'patient'),
  },
  {
    name: 'UK driving licence',
    pattern: shape(
      String.raw`(?=[a-z])[a-z9]{5}\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d[a-z9]{2}[0-9a-z][a-z]{2}`,
    ),
    sure: 'always',
  },
  {
    name: 'UK or IT passport',
    pattern: shape(String.raw`[a-z]{2}\d{7}`),
    sure: 'said',
    words: words(...passport),
  },
  {
    name: 'ES NIF or NIE',
    pattern: shape(String.raw`(?:\d{7,8}|[xyz]\d{7,8})-?[a-z]`),
    holds: spanishHolds,
    sure: 'always',
  },
  {
    name: 'ES passport',
    pattern: shape(String.raw`[a-z]{3}\d{6}[a-z]?`),
    sure: 'said',
    words: words(...passport),
  },
  {
    name: 'IT fiscal code',
    pattern: shape(
      String.raw`[a-z]{6}[0-9lmnpqrstuv]{2}[abcdehlmprst][0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{3}[a-z]`,
    ),
    sure: 'always',
  },
  {
    name: 'IT VAT number',
    pattern: shape(String.raw`(?:it)?\d{11}`),
    holds: (id) => luhn(id.replace('IT', '')) && !isMonotone(id.slice(0, -1)),
    sure: 'named',
    words: words('p\\.? ?iva', 'partita', 'vat', 'iva'),
  },
  {
    name: 'IT driving licence',
    pattern: shape(String.raw`u1[bcdfghlj-np-tv-z0-9]{7}[a-z]`),
    sure: 'always',
  },
  {
    name: 'IT driving licence, older, or identity card',
    pattern: shape(String.raw`[a-z]{2}\d{7}[a-z]|[a-z]{2}\d{5}[a-z]{2}`),
    sure: 'said',
    words: words('patente', 'licen[sc]', 'carta', 'identit'),
  },
  {
    name: 'PL PESEL',
    pattern: shape(String.raw`\d{11}`),
    holds: peselHolds,
    sure: 'always',
    words: words('pesel'),
  },
  {
    name: 'FI personal identity code',
    pattern: shape(String.raw`\d{6}[-+a-fu-y]\d{3}[0-9a-y]`),
    holds: finnishHolds,
    sure: 'always',
  },
  {
    name: 'SE personnummer',
    pattern: shape(String.raw`(?:(?:18|19|20)\d{2}|\d{2})\d{4}[-+]?\d{4}`),
    holds: swedishHolds,
    sure: 'always',
  },
  {
    name: 'SE organisationsnummer',
    pattern: shape(String.raw`(?:16)?[1-35-9]\d[2-9]\d{3}-?\d{4}`),
    holds: (id) => luhn(id.slice(-10)),
    sure: 'formed',
    words: words('org', 'company', 'corporate', 'företag', 'bolag'),
  },
  {
    name: 'NO fødselsnummer',
    pattern: shape(String.raw`\d{6} ?\d{5}`),
    holds: norwegianHolds,
    sure: 'always',
  },
  {
    name: 'DK CPR',
    pattern: shape(String.raw`\d{6}-?\d{4}`),
    holds: (id) => isDay(2000, Number(id.slice(2, 4)), Number(id.slice(0, 2))),
    sure: 'named',
    words: words('cpr', 'personnummer'),
  },
  {
    name: 'NL BSN',
    pattern: shape(String.raw`\d{9}`),
    holds: (id) => weighted(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
    sure: 'named',
    words: words('bsn', 'burgerservice', 'sofi'),
  },
  {
    name: 'BE national number',
    pattern: shape(String.raw`\d{2}\.\d{2}\.\d{2}-\d{3}[.-]\d{2}|\d{11}`),
    holds: (id) => belgianHolds(id),
    sure: 'formed',
    words: words('rijksregister', 'registre national', 'nationaal', 'niss', 'insz'),
  },
  {
    name: 'FR social security',
    pattern: shape(String.raw`[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3} ?\d{2}`),
    holds: frenchHolds,
    sure: 'always',
  },
  {
    name: 'CH AHV',
    pattern: shape(String.raw`756\.?\d{4}\.?\d{4}\.?\d{2}`),
    holds: (id) => weighted(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
    sure: 'always',
  },
  ...german(),
];

function german(): Register[] {
  const papers = '[cfghjklmnprtvwxyz]';
  return [
    {
      name: 'DE tax id',
      pattern: shape(String.raw`[1-9]\d ?\d{3} ?\d{3} ?\d{3}`),
      holds: (id) => mod11and10(id) && !isMonotone(id),
      sure: 'said',
      words: words('steuer', 'id-?nr', 'identifikation', 'tax', 'tin(?![a-z])'),
    },
    {
      name: 'DE tax number',
      pattern: shape(String.raw`\d{2,3}/\d{3,4}/\d{4,5}`),
      sure: 'always',
    },
    {
      name: 'DE tax number of the federation',
      pattern: shape(String.raw`(?:0[1-9]|1[0-6])\d{11}`),
      sure: 'named',
      words: words('steuer', 'tax', 'finanzamt', 'st\\.?-?nr'),
    },
    {
      name: 'DE passport or identity card',
      pattern: shape(`${papers}[0-9cfghjklmnprtvwxyz]{7,8}\\d`),
      holds: icao,
      sure: 'said',
      words: words(...passport, 'personal', 'identity', 'id card'),
    },
    {
      name: 'DE pension insurance',
      pattern: shape(String.raw`\d{2}[0-9]\d[01]\d{3}[a-z]\d{3}`),
      holds: pensionHolds,
      sure: 'always',
    },
    {
      name: 'DE health insurance',
      pattern: shape(String.raw`[a-z]\d{9}`),
      holds: (id) => {
        const digits = letterAsTwo(id.slice(0, -1));
        return digitSum(digits, [1, 2]) % 10 === Number(id.at(-1));
      },
      sure: 'said',
      words: words('kvnr', 'kranken', 'versichert', 'gesundheit', 'health'),
    },
    {
      name: 'DE doctor (LANR)',
      pattern: shape(String.raw`\d{9}`),
      holds: (id) => (10 - (weighted(id, [4, 9, 4, 9, 4, 9]) % 10)) % 10 === Number(id[6]) && !isMonotone(id),
      sure: 'said',
      words: words('lanr', 'arzt'),
    },
    {
      name: 'DE driving licence',
      pattern: shape(String.raw`[a-z]{2}\d{8}[0-9a-z]`),
      sure: 'said',
      words: words('führerschein', 'fuehrerschein', 'fahrerlaubnis', 'driv', 'licen[sc]e'),
    },
    {
      name: 'DE VAT number',
      pattern: shape(String.raw`de[- ]?\d{3}[- ]?\d{3}[- ]?\d{3}`),
      sure: 'always',
    },
  ];
}

function nhsHolds(id: string): boolean {
  if (isMonotone(id)) return false;
  const rest = 11 - (weighted(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest === 11 ? 0 : rest) === Number(id[9]);
}

function spanishHolds(id: string): boolean {
  const number = id.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return spanishLetters[Number(number) % 23] === id.at(-1);
}

function peselHolds(id: string): boolean {
  if (weighted(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 !== 0) return false;
  const month = Number(id.slice(2, 4)) % 20;
  return isDay(2000, month, Number(id.slice(4, 6)));
}

function finnishHolds(id: string): boolean {
  // A dash or plus is gone from the compact form; a letter for the century stays.
  const digits = id.replace(/^(\d{6})[A-Z]/, '$1');
  if (digits.length !== 10 || !/^\d{9}/.test(digits)) return false;
  if (!isDay(2000, Number(digits.slice(2, 4)), Number(digits.slice(0, 2)))) return false;
  return finnishLetters[Number(digits.slice(0, 9)) % 31] === digits[9];
}

function swedishHolds(id: string): boolean {
  const short = id.slice(-10);
  const day = Number(short.slice(4, 6));
  const birth = short.slice(0, 4) + String(day > 60 ? day - 60 : day).padStart(2, '0');
  return luhn(short) && isShortDate(birth);
}

function norwegianHolds(id: string): boolean {
  const day = Number(id.slice(0, 2)) % 40;
  if (!isDay(2000, Number(id.slice(2, 4)) % 40, day)) return false;
  return (
    weighted(id, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weighted(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}

function belgianHolds(id: string): boolean {
  const [body, check] = [id.slice(0, 9), Number(id.slice(9))];
  return 97 - mod97(body) === check || 97 - mod97(`2${body}`) === check;
}

function frenchHolds(id: string): boolean {
  const digits = id.replace('2A', '19').replace('2B', '18');
  return 97 - mod97(digits.slice(0, 13)) === Number(digits.slice(13));
}

/** A letter counts as its place in the alphabet, in two digits. */
function letterAsTwo(id: string): string {
  return id.replace(/[A-Z]/, (letter) => String(base36(letter) - 9).padStart(2, '0'));
}

/** The digits of each product, summed, with weights in turn. */
function digitSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const product = Number(digits[at]) * (weights[at % weights.length] ?? 0);
    sum += Math.floor(product / 10) + (product % 10);
  }
  return sum;
}

function pensionHolds(id: string): boolean {
  const digits = letterAsTwo(id.slice(0, -1));
  return digitSum(digits, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 === Number(id.at(-1));
}
