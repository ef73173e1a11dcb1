import { isMonotone, isShortDate, luhn, verhoeff, weighted } from '../checks.ts';
import { shape, words, type Register } from './register.ts';

/** Asia, Africa and Oceania. */
export const others: readonly Register[] = [
  {
    name: 'IN Aadhaar',
    pattern: shape(String.raw`[2-9]\d{3}([-: ]?)\d{4}\1\d{4}`),
    holds: (id) => verhoeff(id) && !isPalindrome(id),
    sure: 'grouped',
    words: words('aadha?ar', 'uidai', 'uid(?![a-z])', 'आधार'),
  },
  { name: 'IN PAN', pattern: shape(String.raw`[a-z]{3}[abcfghjlpt][a-z]\d{4}[a-z]`), sure: 'always' },
  {
    name: 'IN PAN of another kind',
    pattern: shape(String.raw`[a-z]{5}\d{4}[a-z]`),
    sure: 'said',
    words: words('pan(?![a-z])', 'permanent account'),
  },
  {
    name: 'IN GSTIN',
    pattern: shape(String.raw`(?:0[1-9]|[12]\d|3[0-7])[a-z]{5}\d{4}[a-z][1-9a-z]z[0-9a-z]`),
    sure: 'always',
  },
  {
    name: 'IN voter',
    pattern: shape(String.raw`[a-z]{3}\d{7}`),
    sure: 'said',
    words: words('voter', 'epic', 'elector'),
  },
  {
    name: 'IN passport',
    pattern: shape(String.raw`[a-z][1-9]\d{5}[1-9]`),
    sure: 'named',
    words: words('passport'),
  },
  {
    name: 'AU tax file number',
    pattern: shape(String.raw`\d{3}( ?)\d{3}\1\d{3}`),
    holds: (id) => weighted(id, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !isMonotone(id),
    sure: 'said',
    words: words('tfn', 'tax file'),
  },
  {
    name: 'AU company number',
    pattern: shape(String.raw`\d{3}( ?)\d{3}\1\d{3}`),
    holds: (id) =>
      (10 - (weighted(id, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === Number(id[8]) && !isMonotone(id),
    sure: 'said',
    words: words('acn', 'company', 'austral'),
  },
  {
    name: 'AU business number',
    pattern: shape(String.raw`[1-9]\d( ?)\d{3}\1\d{3}\1\d{3}`),
    holds: (id) => {
      const lessOne = String(Number(id[0]) - 1) + id.slice(1);
      return weighted(lessOne, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 === 0;
    },
    sure: 'formed',
    words: words('abn', 'business', 'austral'),
  },
  {
    name: 'AU Medicare',
    pattern: shape(String.raw`[2-6]\d{3}( ?)\d{5}\1\d`),
    holds: (id) => weighted(id, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(id[8]),
    sure: 'grouped',
    words: words('medicare', 'health'),
  },
  { name: 'SG NRIC', pattern: shape(String.raw`[stfgm]\d{7}[a-z]`), holds: singaporeHolds, sure: 'always' },
  {
    name: 'SG NRIC of another kind',
    pattern: shape(String.raw`[a-w]\d{7}[a-z]`),
    sure: 'said',
    words: words('nric', 'fin(?![a-z])', 'singapore'),
  },
  {
    name: 'SG business number',
    pattern: shape(String.raw`[tsr]\d{2}[a-z]{2}\d{4}[a-z]|\d{8,9}[a-z]`),
    sure: 'named',
    words: words('uen', 'business', 'entity'),
  },
  {
    name: 'KR resident or foreigner',
    pattern: shape(String.raw`\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-?[1-8]\d{6}`),
    // Numbers given since October 2020 have no check digit.
    holds: (id) => isShortDate(id.slice(0, 6)) && Number(id.slice(7, 9)) <= 95 && !isMonotone(id),
    sure: 'grouped',
    words: words('rrn', 'frn', '주민', '외국인', 'resident', 'foreigner', 'korea'),
  },
  {
    name: 'KR passport',
    pattern: shape(String.raw`[msrodg]\d{8}`),
    sure: 'said',
    words: /passport|여권/u,
  },
  {
    name: 'KR passport since 2021',
    pattern: /[msrodg]\d{3}[a-z]\d{4}(?![0-9a-z_])(?![-/.]\d)/iuy,
    sure: 'always',
  },
  {
    name: 'KR driver licence',
    pattern: shape(String.raw`(?:1[1-9]|2[0-8])([- ]?)\d{2}\1\d{6}\1\d{2}`),
    sure: 'formed',
    words: words('운전', 'driver', 'licen[sc]e'),
  },
  {
    name: 'KR business number',
    pattern: shape(String.raw`\d{3}-\d{2}-\d{5}|\d{10}`),
    holds: koreanBusinessHolds,
    sure: 'formed',
    words: words('brn', 'business', '사업자'),
  },
  {
    name: 'TH national id',
    pattern: shape(String.raw`[1-8]([- ]?)\d{4}\1\d{5}\1\d{2}\1\d`),
    holds: thaiHolds,
    sure: 'always',
  },
  { name: 'TR national id', pattern: shape(String.raw`[1-9]\d{10}`), holds: turkishHolds, sure: 'always' },
  {
    name: 'ZA identity number',
    pattern: shape(String.raw`\d{6} ?\d{4} ?[012][0-9]\d`),
    holds: (id) => isShortDate(id.slice(0, 6)) && luhn(id),
    sure: 'always',
  },
  {
    name: 'NG NIN',
    pattern: shape(String.raw`\d{11}`),
    holds: verhoeff,
    sure: 'named',
    words: words('nin(?![a-z])', 'national id', 'nimc', 'nigeria'),
  },
  {
    name: 'PH TIN',
    pattern: shape(String.raw`\d{3}(-?)\d{3}\1\d{3}(?:\1\d{3,5})?`),
    holds: (id) => weighted(id, [9, 8, 7, 6, 5, 4, 3, 2]) % 11 === Number(id[8]) && !isMonotone(id),
    sure: 'named',
    words: words('tin(?![a-z])', 'taxpayer'),
  },
  {
    name: 'CN resident identity',
    pattern: shape(
      String.raw`[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9x]`,
    ),
    holds: (id) =>
      '10X98765432'[weighted(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === id[17],
    sure: 'always',
  },
  {
    name: 'JP My Number',
    pattern: shape(String.raw`\d{4} ?\d{4} ?\d{4}`),
    holds: (id) => {
      const rest = weighted(id, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return (rest <= 1 ? 0 : 11 - rest) === Number(id[11]);
    },
    sure: 'named',
    words: words('my ?number', 'マイナンバー', '個人番号'),
  },
  {
    name: 'IL identity number',
    pattern: shape(String.raw`\d{9}`),
    holds: luhn,
    sure: 'named',
    words: words('teudat', 'ת\\.?ז', 'israeli id'),
  },
  {
    name: 'any passport',
    pattern: shape(String.raw`[a-z]{1,2}\d{7,8}[a-z]?|\d{8,9}`),
    sure: 'named',
    words: words(
      'passport',
      'reisepass',
      'passeport',
      'pasaporte',
      'passaporto',
      'paspoort',
      'paszport',
      'pasaport',
    ),
  },
];

function isPalindrome(id: string): boolean {
  return (
    id.slice(0, id.length / 2) ===
    id
      .split('')
      .reverse()
      .join('')
      .slice(0, id.length / 2)
  );
}

function singaporeHolds(id: string): boolean {
  const kind = id.charAt(0);
  const offset = kind === 'T' || kind === 'G' ? 4 : kind === 'M' ? 3 : 0;
  const rest = (weighted(id.slice(1), [2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
  const letters = kind === 'S' || kind === 'T' ? 'JZIHGFEDCBA' : kind === 'M' ? 'XWUTRQPNJLK' : 'XWUTRQPNMLK';
  return letters[rest] === id[8];
}

function koreanBusinessHolds(id: string): boolean {
  const sum = weighted(id, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor((Number(id[8]) * 5) / 10);
  return (10 - (sum % 10)) % 10 === Number(id[9]) && !isMonotone(id);
}

/** The register's provinces are the second and third digit. */
function thaiHolds(id: string): boolean {
  const province = Number(id.slice(1, 3));
  const known = /^(?:1\d|2[0-7]|3\d|4\d|5[0-8]|6[0-7]|7[0-7]|8[0-6]|9[0-6])$/.test(String(province));
  const sum = weighted(id, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return known && !isMonotone(id) && (11 - (sum % 11)) % 10 === Number(id[12]);
}

function turkishHolds(id: string): boolean {
  const odd = weighted(id, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weighted(id, [0, 1, 0, 1, 0, 1, 0, 1]);
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  const eleventh = weighted(id, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10;
  return tenth === Number(id[9]) && eleventh === Number(id[10]);
}
