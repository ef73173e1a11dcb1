import { describe, expect, test } from 'vitest';
import { noClaims, scanClaims, type Claims } from '../../../shared/claims.ts';

const claim = (id: string, ...phrases: string[]) => ({
  id,
  phrases,
  reason: 'It is not so.',
  instead: 'Say less.',
});
const claims: Claims = {
  forbidden: [
    claim('guaranteed', 'guarant* results', 'garantiert* ergebnisse'),
    claim('cure', 'cure'),
    claim('all', '100 %', 'b2b leader', 'number * worldwide'),
    claim('best', '世界一'),
    claim('cyrillic', 'гарантия результата'),
  ],
  doubtful: [claim('fastest', 'fastest')],
};
const found = (text: string): string[] => {
  const { forbidden, doubtful } = scanClaims(claims, [['input.content', text]]);
  return [...forbidden, ...doubtful].map((one) => one.claim);
};

test.each([
  ['as it is', 'Guaranteed results.', 'guaranteed'],
  ['in another ending', 'We guarantee results', 'guaranteed'],
  ['in another language', 'Garantierte Ergebnisse!', 'guaranteed'],
  ['over a line', 'guaranteed\n\n  results', 'guaranteed'],
  ['with punctuation between', 'guaranteed -- “results”', 'guaranteed'],
  ['with soft hyphens', 'guar\u00adan\u00adteed re\u00adsults', 'guaranteed'],
  ['with nothing that shows between letters', 'guar\u200bant\u2060eed \u202eresults', 'guaranteed'],
  ['in full width', 'ｇｕａｒａｎｔｅｅｄ ｒｅｓｕｌｔｓ', 'guaranteed'],
  ['in letters of mathematics', '𝐠𝐮𝐚𝐫𝐚𝐧𝐭𝐞𝐞𝐝 𝓻𝓮𝓼𝓾𝓵𝓽𝓼', 'guaranteed'],
  ['with letters of other scripts', 'guаrаntееd rеsults', 'guaranteed'],
  ['with Greek ones', 'guαrαntεεd rεsυlts', 'guaranteed'],
  ['with marks', 'gűaránteéd résults', 'guaranteed'],
  ['with digits for letters', 'gu4rant33d r3sult5', 'guaranteed'],
  ['spelled out', 'g u a r a n t e e d results', 'guaranteed'],
  ['with points', 'g.u.a.r.a.n.t.e.e.d results', 'guaranteed'],
  ['broken at the end of a line', 'guaran-\nteed results', 'guaranteed'],
  ['with tags in a word', '<p>guar<b>ant</b>eed re<!-- x -->sults</p>', 'guaranteed'],
  ['with tags between words', '<p>guaranteed</p><p>results</p>', 'guaranteed'],
  ['in entities', 'guar&#97;nteed&nbsp;r&#x65;sults', 'guaranteed'],
  ['in a soft hyphen of HTML', 'guaran&shy;teed results', 'guaranteed'],
  ['in what a picture says', '<img src="/a.png" alt="Guaranteed results">', 'guaranteed'],
  ['in what it says without quotes', '<img src="/a.png" alt=guaranteed&nbsp;results>', 'guaranteed'],
  ['after a comment that ends at once', '<p>We <!--> guaranteed results <!-- --></p>', 'guaranteed'],
  ['after one that ends a sign later', '<!---> guaranteed results -->', 'guaranteed'],
  ['after one that ends with a mark', '<!-- a --!> guaranteed results <!-- b -->', 'guaranteed'],
  ['in what is no tag', 'We < guaranteed results > say', 'guaranteed'],
  ['in what is no tag to a reader of plain text', 'We <guaranteed results> say', 'guaranteed'],
  ['in a comment that never ends', '<!-- guaranteed results', 'guaranteed'],
  ['as a number', 'It works for 100% of you', 'all'],
  ['with a word in the middle', 'Number one worldwide', 'all'],
  ['with a digit in a word', 'the B2B leader', 'all'],
  ['in a script without spaces', '当社は世界一です', 'best'],
  ['in another script altogether', 'Гарантия результата!', 'cyrillic'],
])('a claim is found %s', (_how, text, id) => {
  expect(found(text)).toEqual([id]);
});

test.each([
  'We secure your data.',
  'Curely a name.',
  'Results are not guaranteed.',
  'Guaranteed delivery; results vary.',
  'It grew by 10 % in 100 days.',
  'number of customers in Europe',
  '',
  '<p></p>',
])('%j makes none', (text) => {
  expect(found(text)).toEqual([]);
});

describe('what is told of a claim', () => {
  test('is where it stands, why it may not, and what to write instead', () => {
    const told = scanClaims(claims, [
      ['input.title', 'Guaranteed results'],
      ['input.content', 'The fastest cure'],
    ]);
    expect(told.forbidden).toEqual([
      { claim: 'guaranteed', field: 'input.title', reason: 'It is not so.', instead: 'Say less.' },
      expect.objectContaining({ claim: 'cure', field: 'input.content' }),
    ]);
    expect(told.doubtful).toEqual([expect.objectContaining({ claim: 'fastest', field: 'input.content' })]);
  });

  test('is nothing where nothing is forbidden', () => {
    expect(scanClaims({ forbidden: [], doubtful: [] }, [['a', 'Guaranteed results']])).toBe(noClaims);
  });
});

test('a long text full of beginnings is scanned in one pass', () => {
  expect(found('guaranteed '.repeat(9_000))).toEqual([]);
  // Every one of them was once looked for to the end of the text: the square of their number in steps.
  expect(found('<!--'.repeat(60_000))).toEqual([]);
});
