/** Letters that Unicode does not take apart into a letter and a mark. */
const whole: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
};

/** A name as lists hold it: lower case, without marks, so that `Szöllősy`, `SZÖLLŐSY` and `Szollosy` are one. */
export function folded(word: string): string {
  const lower = word.toLowerCase();
  if (/^[a-z]*$/.test(lower)) return lower;
  return lower
    .normalize('NFD')
    .replace(/[\p{M}'’‘`-]/gu, '')
    .replace(/[ßæœøłđðþıħ]/g, (letter) => whole[letter] ?? letter);
}
