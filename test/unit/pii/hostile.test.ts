import { describe, expect, test } from 'vitest';
import { detect } from '../../../shared/pii/detect.ts';

const SIZE = 262_144;

/** What makes patterns look again and again: beginnings without an end, and what could be part of everything. */
const hostile = [
  'a',
  '1',
  '1 ',
  '@',
  'a@',
  '1-',
  '1.',
  '::',
  'ab1:',
  'eyJa.',
  '-eyJ',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  'A',
  'A ',
  'Anna ',
  'Anna Smith\n',
  '12 Anna Street ',
  '1 A ',
  'Rue de la ',
  '12 Anna 12 ',
  'Anna de la ',
  '(',
  '+1',
  '+49 170 5550199 ',
  'token: ',
  'password=a',
  '://a:',
  '%40',
  'DE89 ',
  '\n',
  ' ',
  'born 1.1.1 ',
  '1 jan ',
  '\u0301a',
  '😀1',
  'A1',
  'a1',
  "Ab'cd-",
  'A-b',
  'sk-',
  'aB3_',
  '078-05-1123 ',
  '4111 ',
  '192.0.2.1 ',
  '"',
  'Mr. ',
  'PO Box ',
  '王小明',
  'corner of ',
  'Anna, ',
  ' and Anna',
  '&#91;',
  '[[',
  '1 (',
  '1111111 x',
];

describe('text of somebody who wants the detectors to hang', () => {
  // Each takes a fraction of a second; a look that grows with the square of the text would take hours.
  test.each(hostile)('a quarter of a megabyte of %j', { timeout: 30_000 }, (piece) => {
    const text = piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);
    const found = detect(text);
    expect(found.every(({ start, end }) => start < end && end <= SIZE)).toBe(true);
  });

  test('one long beginning of each', { timeout: 30_000 }, () => {
    const starts = [
      'eyJ',
      '://',
      'password=',
      'Bearer ',
      'sk-',
      '-----BEGIN PRIVATE KEY-----',
      '+',
      'a@',
      'my name is ',
    ];
    for (const start of starts) expect(Array.isArray(detect(start + 'a'.repeat(SIZE)))).toBe(true);
  });
});
