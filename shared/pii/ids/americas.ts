import { isMonotone, luhn, weighted } from '../checks.ts';
import { shape, words, type Register } from './register.ts';

const socialSecurity = words('ssn', 'social sec', 'social-sec', 'ss#', 'ss #', 'tax id', 'taxpayer');
/** A letter of a Medicare number, and a letter or digit of one. */
const [L, LN] = ['[ac-hj-kmnp-rt-y]', '[ac-hj-kmnp-rt-y0-9]'];

/** Numbers that were printed in advertisements and on samples, and are nobody's. */
const samples = new Set(['078051120', '219099999', '123456789', '987654320', '000456789', '111223333']);

export const american: readonly Register[] = [
  {
    name: 'US social security number',
    pattern: shape(String.raw`\d{3}([-. ])\d{2}\1\d{4}|\d{9}|\d{3}-?\d{2}-?\d{4}`),
    holds: (id) =>
      !samples.has(id) && /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(id) && !isMonotone(id),
    sure: 'formed',
    words: socialSecurity,
  },
  {
    name: 'US individual taxpayer number',
    pattern: shape(String.raw`9\d{2}[- ]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]?\d{4}`),
    sure: 'formed',
    words: words('itin', 'tax', 'tin'),
  },
  {
    name: 'US Medicare beneficiary',
    pattern: shape(`[1-9]${L}${LN}\\d-?${L}${LN}\\d-?${L}{2}\\d{2}`),
    sure: 'always',
  },
  {
    name: 'US health provider',
    pattern: shape(String.raw`[12]\d{3}[- ]?\d{3}[- ]?\d{3}`),
    holds: (id) => luhn(`80840${id}`) && !isMonotone(id),
    sure: 'said',
    words: words('npi', 'provider'),
  },
  {
    name: 'US health provider in groups',
    pattern: shape(String.raw`[12]\d{3}-\d{3}-\d{3}`),
    holds: (id) => luhn(`80840${id}`),
    sure: 'always',
  },
  {
    name: 'US prescriber (DEA)',
    pattern: shape(String.raw`[abcdefghjklmprstux][a-z9]\d{7}`),
    holds: (id) => deaHolds(id.slice(2)),
    sure: 'said',
    words: words('dea', 'licen[sc]e', 'certificate', 'prescri'),
  },
  {
    name: 'US passport',
    pattern: shape(String.raw`[a-z]\d{8}`),
    sure: 'named',
    words: words('passport', 'travel doc'),
  },
  {
    name: 'US passport in digits',
    pattern: shape(String.raw`\d{9}`),
    sure: 'named',
    words: words('passport'),
  },
  {
    name: 'US driver licence',
    pattern: shape(
      String.raw`[a-z]\d{6,12}|[a-z]{2}\d{6,7}|\d{7,9}|[a-z]\d{3}[- ]\d{3,4}[- ]\d{2,4}(?:[- ]\d{2,4})?|[a-z]{3}\d{6}`,
    ),
    sure: 'named',
    words: words("driver'?s?'? licen[sc]e", 'driving licen[sc]e', 'licen[sc]e (?:no|num|#|is)', 'dl ?#'),
  },
  {
    name: 'US bank routing number',
    pattern: shape(String.raw`[0123678]\d{3}-?\d{4}-?\d`),
    holds: (id) =>
      /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(id) && routingHolds(id) && !isMonotone(id),
    sure: 'grouped',
    words: words('routing', 'aba', 'rtn', 'bank', 'transit', 'wire'),
  },
  {
    name: 'US bank account',
    pattern: shape(String.raw`\d{8,17}`),
    sure: 'named',
    words: words(
      'bank (?:account|acct)',
      'account (?:number|no|num|#)',
      'acct',
      'checking',
      'savings acc',
      'sort code',
    ),
  },
  {
    name: 'CA social insurance number',
    pattern: shape(String.raw`[1-79]\d{2}([- ])\d{3}\1\d{3}|[1-79]\d{8}`),
    holds: (id) => luhn(id) && !isMonotone(id),
    sure: 'said',
    words: words('sin(?![a-z])', 'social ins', 'canad', 'nas(?![a-z])'),
  },
  {
    name: 'CA social insurance number with dashes',
    pattern: shape(String.raw`[1-79]\d{2}-\d{3}-\d{3}`),
    holds: luhn,
    sure: 'always',
  },
  {
    name: 'BR CPF',
    pattern: shape(String.raw`\d{3}\.?\d{3}\.?\d{3}-?\d{2}`),
    holds: cpfHolds,
    sure: 'formed',
    words: words('cpf', 'cadastro', 'brasil'),
  },
  {
    name: 'BR CNPJ',
    pattern: shape(String.raw`\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}`),
    sure: 'always',
  },
  {
    name: 'MX CURP',
    pattern: shape(
      String.raw`[a-z][aeioux][a-z]{2}\d{2}[01]\d[0-3]\d[hmx][a-z]{2}[b-df-hj-np-tv-z]{3}[a-z0-9]\d`,
    ),
    sure: 'always',
  },
  {
    name: 'CL RUT',
    pattern: shape(String.raw`\d{1,2}\.?\d{3}\.?\d{3}-[0-9k]`),
    holds: rutHolds,
    sure: 'formed',
    words: words('rut(?![a-z])', 'run(?![a-z])'),
  },
  {
    name: 'AR CUIT',
    pattern: shape(String.raw`(?:2[03-7]|3[034])-\d{8}-\d`),
    holds: (id) => (11 - (weighted(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === Number(id[10]),
    sure: 'always',
  },
];

function deaHolds(digits: string): boolean {
  const sum = weighted(digits, [1, 2, 1, 2, 1, 2]);
  return sum % 10 === Number(digits[6]);
}

function routingHolds(id: string): boolean {
  return weighted(id, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
}

function cpfHolds(id: string): boolean {
  if (isMonotone(id)) return false;
  const check = (length: number): number => {
    let sum = 0;
    for (let at = 0; at < length; at += 1) sum += Number(id[at]) * (length + 1 - at);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === Number(id[9]) && check(10) === Number(id[10]);
}

function rutHolds(id: string): boolean {
  const body = id.slice(0, -1);
  let sum = 0;
  for (let at = 0; at < body.length; at += 1) sum += Number(body[body.length - 1 - at]) * (2 + (at % 6));
  return '0123456789K'[(11 - (sum % 11)) % 11] === id.at(-1);
}
