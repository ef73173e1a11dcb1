import { hostileStrings } from '../unit/gateway/corpora.ts';

/** What stands for the collections where they are absent. */
const own = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "';alert(1)//",
  '<svg/onload=alert(1)>',
  '</textarea><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '<iframe src=javascript:alert(1)>',
  'javascript:alert(1)',
  '{{constructor.constructor("alert(1)")()}}',
  '\u202Egnp.exe\u202C',
  'pay\u200Bpal',
  '\u0000\u001B[31mred',
  '<style>*{display:none}</style>',
  '<form action=//evil.example><button>Approve</button></form>',
  '<meta http-equiv=refresh content="0;url=//evil.example">',
  '<base href=//evil.example>',
];

/** Hostile strings: a spread of the public collections where they are, and always our own. */
export function hostile(): string[] {
  const all = hostileStrings() ?? [];
  const markup = all.filter((text) => /[<>]|script|\p{Cf}|\p{Cc}/u.test(text) && text.isWellFormed());
  const step = Math.max(1, Math.floor(markup.length / 250));
  return [...own, ...markup.filter((_, index) => index % step === 0)];
}
