/** Letters of other scripts, and other letters of this one, that look like one of a to z. From Unicode's confusables, the common ones. */
const lookAlikes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    a: 'аαɑ',
    b: 'вьβƅ',
    c: 'сϲ',
    d: 'ԁɗ',
    e: 'еєεҽ',
    g: 'ɡցԍ',
    h: 'һնհ',
    i: 'іıιɩӏ',
    j: 'јʝ',
    k: 'кκ',
    l: 'ⅼӀǀ',
    m: 'мⅿ',
    n: 'пηոռ',
    o: 'оοօσ',
    p: 'рρ',
    q: 'ԛգ',
    r: 'гᴦ',
    s: 'ѕꜱ',
    t: 'тτ',
    u: 'υսʋц',
    v: 'νѵᴠ',
    w: 'ѡԝωш',
    x: 'хχ',
    y: 'уγүʏ',
    z: 'ᴢʐ',
  }).flatMap(([letter, like]) => Array.from(like, (other) => [other, letter])),
);

/** Digits and signs that stand for a letter inside a word. */
const inWords: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
};

/** What takes no room or shows as nothing: soft hyphens, joiners, marks of direction, fillers. */
const unseen = /[\p{Cf}\p{Variation_Selector}\u034f\u115f\u1160\u2800\u3164\uffa0]/gu;

/**
 * A text as its words look to a reader, in small letters without marks: `Guaranteed` is `guaranteed` in any script that looks
 * like it, with soft hyphens in it, in full width, or with digits for letters. Numbers and `%` are words of their own. Pure.
 */
export function wordsOf(text: string): string[] {
  const bare = text
    .replace(unseen, '')
    // A word that is broken at the end of a line.
    .replace(/(\p{L})[-\u2010\u2011]\s*\n\s*(?=\p{L})/gu, '$1')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFKC');
  const words = bare.match(/[\p{L}\p{N}@$]+|%/gu) ?? [];
  return spelledOut(words.map(folded));
}

/** A text with each letter that looks like one of a to z as that one. Everything else stays as it is. Pure. */
export function latin(text: string): string {
  // Most texts have none of them.
  return /[^\0-\x7f]/.test(text) ? Array.from(text, (letter) => lookAlikes[letter] ?? letter).join('') : text;
}

function folded(word: string): string {
  const alike = Array.from(word, (letter) => lookAlikes[letter] ?? letter).join('');
  // `b2b` folds in a phrase as it does in a text, so nothing is lost by it; a number stays one.
  return /\p{L}/u.test(alike) ? Array.from(alike, (sign) => inWords[sign] ?? sign).join('') : alike;
}

/** `g u a r a n t e e d` is one word, beside what it is letter by letter. */
function spelledOut(words: readonly string[]): string[] {
  const told: string[] = [];
  let run = '';
  for (const word of words) {
    const single = word.length === 1 && word !== '%';
    if (!single && run.length > 2) told.push(run);
    run = single ? run + word : '';
    told.push(word);
  }
  return run.length > 2 ? [...told, run] : told;
}
