/** A piece of a text: as it is, or one character that must be seen for what it is. */
export type Piece = { plain: string } | { code: string; name: string };

/**
 * Characters that show nothing, turn text around, or mean another thing to every program: controls, formats (zero-width,
 * bidirectional), lone surrogates, private use, line and paragraph separators, and all that Unicode says may be ignored.
 */
const odd = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

const names: Readonly<Record<string, string>> = {
  'U+0000': 'null',
  'U+0008': 'backspace',
  'U+000D': 'carriage return',
  'U+001B': 'escape',
  'U+00AD': 'soft hyphen',
  'U+200B': 'zero-width space',
  'U+200C': 'zero-width non-joiner',
  'U+200D': 'zero-width joiner',
  'U+200E': 'left-to-right mark',
  'U+200F': 'right-to-left mark',
  'U+202A': 'left-to-right embedding',
  'U+202B': 'right-to-left embedding',
  'U+202C': 'end of direction',
  'U+202D': 'left-to-right override',
  'U+202E': 'right-to-left override',
  'U+2060': 'word joiner',
  'U+2066': 'left-to-right isolate',
  'U+2067': 'right-to-left isolate',
  'U+2068': 'first strong isolate',
  'U+2069': 'end of isolate',
  'U+FEFF': 'byte order mark',
};

/** A text in pieces, so that odd characters can be shown by their code. New lines and tabs are plain. Pure. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  for (const char of text) {
    if (char === '\n' || char === '\t' || !odd.test(char)) {
      plain += char;
      continue;
    }
    if (plain !== '') pieces.push({ plain });
    plain = '';
    pieces.push(coded(char));
  }
  if (plain !== '') pieces.push({ plain });
  return pieces;
}

function coded(char: string): Piece {
  const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return { code, name: names[code] ?? 'a character that does not show' };
}

/** The same as one line of plain text, for attributes and titles, cut to `max` characters. Pure. */
export function plainOf(text: string, max = 200): string {
  const whole = piecesOf(text)
    .map((piece) => ('plain' in piece ? piece.plain.replace(/\s+/g, ' ') : `[${piece.code}]`))
    .join('');
  const cut = Array.from(whole);
  return cut.length > max ? `${cut.slice(0, max).join('')}…` : whole;
}
