/** Links, hosts and mail addresses in a text that goes out, as the programs of its readers would make them out. Pure. */

export interface Link {
  /** As it stands, without what only ends a sentence. */
  text: string;
  /** Where it leads: a host in lower case, of a mail address what stands behind the `@`; empty where it names none. */
  host: string;
}

/** Of one text; what comes after is not looked at, and the text counts as one link more that nobody knows. */
const LINKS_MAX = 500;

const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?';
const HOST = `(?:${LABEL}\\.){1,10}(?:xn--[a-z0-9-]{1,59}|\\p{L}{2,24})`;
const REST = `[^\\s<>"'\`|]`;
const schemes = 'https?|wss?|ftp|file|mailto|tel|sms|javascript|data|intent|slack|tg|whatsapp|skype';
const written = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:(?:${schemes}):|[a-z][a-z0-9+.-]{1,30}://)${REST}{1,2000}`,
  'giu',
);
/** Without a scheme, as an attribute of HTML or a target of Markdown may hold it: the only form of an address in numbers. */
const relative = new RegExp(`(?<![\\p{L}\\p{N}/])/{2,8}(?=[\\p{L}\\p{N}[@_%-])${REST}{1,2000}`, 'giu');
const mail = new RegExp(`${REST}{1,64}@(?:${HOST}|\\[[0-9a-f.:]{2,45}\\])`, 'giu');
/** Signs of emphasis may stand before it, but a name with one in it is no host. */
const bare = new RegExp(
  `(?<![\\p{L}\\p{N}@]|[\\p{L}\\p{N}][_-]{1,9})(?:${HOST})(?::\\d{1,5})?(?:[/?#]${REST}{0,2000})?`,
  'giu',
);
/** Endings of names of files that are no domains. */
const file = /\.(?:pdf|png|jpe?g|gif|svg|csv|docx?|xlsx?|pptx?|txt|json|js|css|html?|xml)$/iu;

/** Every link in a text, in the forms that mail, chat and browsers make clickable; hosts without a scheme, too. */
export function linksIn(text: string): Link[] {
  const found = linksOf(legible(text), forms).flatMap((link) => [link, ...beyond(link.text)]);
  return found.length > LINKS_MAX ? [...found.slice(0, LINKS_MAX), { text: '', host: '' }] : found;
}

type Form = readonly [RegExp, (link: string) => string | null];

const urls: readonly Form[] = [
  [written, hostOfUrl],
  [relative, hostOfRelative],
];
const mails: Form = [mail, (link) => plainHost(link.slice(link.lastIndexOf('@') + 1))];
const forms: readonly Form[] = [...urls, mails, [bare, hostOfBare]];

function linksOf(text: string, of: readonly Form[]): Link[] {
  let rest = text;
  const found: Link[] = [];
  for (const [form, hostOf] of of) {
    rest = rest.replace(form, (match) => {
      const link = trimmed(match);
      const host = hostOf(link);
      if (host !== null) found.push({ text: link, host });
      return host === null ? match : ' ';
    });
  }
  return found;
}

/** Where a link may lead on to: what a redirector is given in its path or query, and each address of a mail. */
function beyond(link: string): Link[] {
  if (/^mailto:/iu.test(link))
    return link.split(/[,;?&=:]/u).flatMap((part) => linksOf(decoded(part), [mails]));
  const rest = decoded(link.replace(/^(?:[a-z][a-z0-9+.-]*:)?\/*[^/?#]*/iu, ''));
  return linksOf(rest, urls).flatMap((inner) => [inner, ...beyond(inner.text)]);
}

/** Percent signs undone three times: they nest. */
function decoded(text: string): string {
  let out = text;
  for (let round = 0; round < 3; round += 1)
    out = out.replace(/%([2-7][0-9a-f])/giu, (_, code: string) => character(parseInt(code, 16)));
  return out.replaceAll('\\', '/');
}

function hostOfUrl(link: string): string {
  if (/^mailto:/iu.test(link)) return plainHost(link.slice(link.lastIndexOf('@') + 1).split('?', 1)[0] ?? '');
  const url = URL.parse(link);
  return url ? plainHost(url.hostname) : '';
}

/** Null: names no host that is reached from outside, such as a comment in code. */
function hostOfRelative(link: string): string | null {
  const host = URL.parse(`http:${link}`)?.hostname;
  if (host === undefined) return '';
  return /[.:]/u.test(host) ? plainHost(host) : null;
}

function hostOfBare(link: string): string | null {
  const [host = ''] = link.split(/[/?#:]/u, 1);
  return file.test(host) ? null : plainHost(host);
}

/** A host as it is compared: lower case, in the form of the domain name system, without the dot of the root. */
export function plainHost(host: string): string {
  const name = host.toLowerCase().replace(/\.$/u, '');
  return URL.parse(`http://${name}/`)?.hostname ?? name;
}

/** A host and what it belongs to, down to two labels. */
export function hostAndAbove(host: string): string[] {
  const labels = host.split('.');
  return labels.slice(0, Math.max(1, labels.length - 1)).map((_, at) => labels.slice(at).join('.'));
}

function trimmed(link: string): string {
  const end = link.replace(/[.,;:!?*_~|'"»“”\]}>]+$/u, '');
  return end.endsWith(')') && !end.includes('(') ? trimmed(end.slice(0, -1)) : end;
}

/** The text with what browsers and mail programs undo undone: entities, percent signs before dots, other dots, what nobody sees. */
function legible(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .replace(/&#(\d{1,7});?/gu, (_, code: string) => character(Number(code)))
    .replace(/&#x([0-9a-f]{1,6});?/giu, (_, code: string) => character(parseInt(code, 16)))
    .replace(/&(period|colon|sol|commat|amp);/giu, (_, name: string) => named[name.toLowerCase()] ?? '')
    .replace(/%(2e|3a|2f|40)/giu, (_, code: string) => character(parseInt(code, 16)))
    .replace(/[。｡．]/gu, '.')
    .replaceAll('\\', '/')
    .replace(/[\p{Default_Ignorable_Code_Point}]/gu, '');
}

const named: Readonly<Record<string, string>> = { period: '.', colon: ':', sol: '/', commat: '@', amp: '&' };

function character(code: number): string {
  return code > 0x1f && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : '';
}
