import { finding } from './spot.ts';
import type { Finding } from './finding.ts';

/** RFC 5321, 4.5.3.1: how long the parts of an address may be. */
const LOCAL_MAX = 64;
const DOMAIN_MAX = 255;

/** What a local part may hold without quotes, beyond letters of any script. */
const localPart = /[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const domainPart = /[\p{L}\p{M}\p{N}.-]/u;

/** Mail addresses, by their `@`: letters of every script, and what a form of percent-encoding makes of it (`%40`). */
export function* findEmails(text: string): Generator<Finding> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const found = around(text, at, at + 1);
    if (found) yield found;
  }
  for (let at = text.indexOf('%40'); at >= 0; at = text.indexOf('%40', at + 3)) {
    const found = around(text, at, at + 3);
    if (found) yield found;
  }
}

function around(text: string, at: number, after: number): Finding | undefined {
  const start = begin(text, at);
  const end = finish(text, after);
  if (start >= at || !isDomain(text.slice(after, end))) return undefined;
  return finding('email', { start, end }, 0.98);
}

function begin(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LOCAL_MAX && localPart.test(text.charAt(start - 1))) start -= 1;
  // Quotes and marks of an enclosing text: `'a@b.example'`, `to=a@b.example`, `mailto/a@b.example`.
  const lead = /^.*[=/{|'`?]|^[.!#$%&*+^~}-]+/u.exec(text.slice(start, at));
  return lead ? start + lead[0].length : start;
}

function finish(text: string, after: number): number {
  let end = after;
  while (end < text.length && end - after < DOMAIN_MAX && domainPart.test(text.charAt(end))) end += 1;
  while (end > after && /[.-]/.test(text.charAt(end - 1))) end -= 1;
  return end;
}

/** At least two labels, the last of letters or in Punycode. */
function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  const top = labels.at(-1) ?? '';
  return (
    labels.length > 1 &&
    labels.every((label) => label !== '' && label.length <= 63) &&
    /^(?:[\p{L}\p{M}]{2,}|xn--[a-z0-9-]+)$/iu.test(top)
  );
}
