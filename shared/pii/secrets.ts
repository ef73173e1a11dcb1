import type { Finding } from './finding.ts';
import { finding, type Part } from './spot.ts';

/**
 * Keys and tokens as their issuers write them (their own pages on secret scanning). A secret begins where no letter, digit, `_` or `-`
 * stands before it. Each is bounded by its own characters, so that no two beginnings look at the same text.
 */
const issued: readonly string[] = [
  // AWS, Google, Azure, DigitalOcean
  '(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z2-7]{16}',
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,}',
  'GOCSPX-[\\w-]{24,}',
  '1//0[\\w-]{30,}',
  'do[opr]_v1_[0-9a-f]{64}',
  // Source and packages
  'gh[opsur]_[A-Za-z0-9]{30,}',
  'github_pat_\\w{22,}',
  'gl(?:pat|dt|rt|ptt|cbt)-[\\w.-]{20,}',
  'npm_[A-Za-z0-9]{36}',
  'pypi-[\\w-]{50,}',
  'dckr_(?:pat|oat)_[\\w-]{20,}',
  'ATATT3[\\w=-]{50,}',
  'ATCTT3[\\w=-]{50,}',
  // Messages and mail
  'xox[abeoprs]-[\\w-]{8,}',
  'xapp-[\\w-]{20,}',
  'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
  're_[A-Za-z0-9]{6,12}_[A-Za-z0-9]{16,}',
  'key-[0-9a-f]{32}',
  '[0-9a-f]{32}-us\\d{1,2}',
  'xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}',
  '\\d{8,10}:AA[\\w-]{33}',
  '(?:AC|SK)[0-9a-f]{32}',
  '[MNO][\\w-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,}',
  // Payment, sales, advertising
  '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}',
  'whsec_[A-Za-z0-9+/=]{20,}',
  'sq0(?:atp|csp|idp)-[\\w-]{22,}',
  'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}',
  'pat-(?:[a-z]{2}\\d-)?[0-9a-f-]{16,}',
  'EAA[A-Za-z0-9]{20,}',
  'IG[QAW][A-Za-z0-9_-]{40,}',
  '00D[A-Za-z0-9]{12,15}![\\w.]{40,}',
  'lin_(?:api|oauth)_[A-Za-z0-9]{32,}',
  '(?:ntn|secret)_[A-Za-z0-9]{40,}',
  'fig[dou]_[\\w-]{20,}',
  'PMAK-[0-9a-f]{24}-[0-9a-f]{34}',
  'NRAK-[A-Z0-9]{27}',
  'CFPAT-[\\w-]{40,}',
  'phc_[A-Za-z0-9]{40,}',
  'phx_[A-Za-z0-9]{40,}',
  'sntrys_[\\w=+/-]{40,}',
  'glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}',
  // Models
  'sk-ant-[\\w-]{16,}',
  'sk-(?:proj|svcacct|admin|or-v1|None)-[\\w-]{16,}',
  'sk-[A-Za-z0-9]{16,}',
  'sk-[\\w-]{24,}',
  'gsk_[A-Za-z0-9]{40,}',
  'hf_[A-Za-z0-9]{30,}',
  'r8_[A-Za-z0-9]{30,}',
  'xai-[A-Za-z0-9]{40,}',
  'pplx-[A-Za-z0-9]{40,}',
  'AGE-SECRET-KEY-1[A-Z0-9]{50,}',
  'hvs\\.[\\w-]{24,}',
  'dapi[0-9a-f]{32}',
  'vercel_[A-Za-z0-9]{20,}',
  'v1\\.0-[0-9a-f]{24,}-[0-9a-f]{40,}',
  'upstash_[\\w-]{30,}',
  // JSON Web Tokens and encrypted ones
  'eyJ[\\w-]{6,}(?:\\.[\\w-]*){1,4}',
];
const issuedPattern = new RegExp(`(?<![\\w-])(?:${issued.join('|')})(?![\\w-])`, 'g');

/** Names under which secrets are handed over. What stands between the name and the value is short. */
const said = new RegExp(
  String.raw`(?<![a-z])(?:api[ _-]?(?:key|token|secret)|(?:access|auth|refresh|session|id|bearer|secret|private|client|signing|webhook|shared|account|encryption|master|service)[ _-]?(?:key|token|secret)|secret|token|pass(?:word|wd|phrase|code)?|pwd|kennwort|passwort|contraseña|mot de passe|credentials?|authorization|x-api-key)["'\]]{0,2}` +
    String.raw`(?:\s{0,3}(?:[:=]{1,2}>?|(?<![a-z])(?:is|are|was|lautet|ist|es|est)(?![a-z]))\s{0,3}|\s{1,3}(?=["']))["'\x60]{0,2}([^\s"'\x60<>,;]{6,512})`,
  'giu',
);
const bearer = /(?<![a-z])(?:bearer|basic|token|apikey)[ \t]{1,3}([\w.~+/=-]{6,4096})/gi;
const inAddress = /:\/\/[^\s/:@?#]{0,64}:([^\s/@?#]{3,128})@/g;
const inQuery =
  /[?&](?:access_token|api_?key|key|token|sig|signature|secret|client_secret|password|auth)=([\w.~+/%=-]{8,512})/gi;

/** Keys, tokens, passwords and private keys: by the form that their issuer gives them, or by the name that stands before them. */
export function* findSecrets(text: string): Generator<Finding> {
  yield* privateKeys(text);
  for (const { from, to } of longWords(text)) {
    for (const match of text.slice(from, to).matchAll(issuedPattern)) {
      const start = from + match.index;
      yield finding('secret', { start, end: start + match[0].length }, 0.99);
    }
  }
  yield* valuesOf(text, said, (value) => looksSecret(value), 0.93);
  yield* valuesOf(text, bearer, (value) => looksRandom(value) || value.includes('.'), 0.96);
  // Surer than the mail address that the rest of it looks like.
  yield* valuesOf(text, inAddress, () => true, 0.985);
  yield* valuesOf(text, inQuery, looksRandom, 0.94);
}

function* valuesOf(
  text: string,
  pattern: RegExp,
  isOne: (value: string) => boolean,
  score: number,
): Generator<Finding> {
  for (const match of text.matchAll(pattern)) {
    const value = (match[1] ?? '').replace(/[.)\]}!?]+$/, '');
    const start = match.index + match[0].lastIndexOf(match[1] ?? '');
    if (value !== '' && isOne(value)) yield finding('secret', { start, end: start + value.length }, score);
  }
}

/** From `-----BEGIN ... PRIVATE KEY-----` to its end, or to the end of the text where it has none. */
function* privateKeys(text: string): Generator<Finding> {
  let at = text.indexOf('-----BEGIN ');
  while (at >= 0) {
    const head = /^-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(at, at + 80));
    const close = head ? text.indexOf('-----END ', at) : -1;
    const end = close < 0 ? text.length : Math.min(text.length, endOfLine(text, close));
    if (head) yield finding('secret', { start: at, end }, 1);
    at = text.indexOf('-----BEGIN ', head ? end : at + 11);
  }
}

function endOfLine(text: string, from: number): number {
  const close = text.indexOf('-----', from + 9);
  return close < 0 ? text.length : close + 5;
}

/** Words without a space that are long enough for a secret. Sentences hold few. */
function* longWords(text: string): Generator<Part> {
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 32;
    if (code > 32 && code < 127 && code !== 34 && code !== 39 && code !== 60 && code !== 62) continue;
    if (at - from >= 16) yield { from, to: at };
    from = at + 1;
  }
}

/** A password may be a word with a digit or a mark; placeholders and descriptions of one are none. */
function looksSecret(value: string): boolean {
  if (/^(?:\[|\{|<|\$|%|\*+$|x+$|\.+$)/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(value)).length;
  return (kinds >= 2 && /\d/.test(value)) || (kinds >= 3 && value.length >= 8) || looksRandom(value);
}

/** At least 16 characters, digits and letters mixed, and many different ones. */
function looksRandom(value: string): boolean {
  return value.length >= 16 && /\d/.test(value) && /[a-z]/i.test(value) && new Set(value).size >= 8;
}
