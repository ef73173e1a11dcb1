/** What the domain of a mail address says about a lead. Pure. */
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import { alsoDisposable, neverDisposable } from './disposable-domains.ts';

let blocked: ReadonlySet<string> | undefined;

/** Whether mail to the address goes to a throw-away mailbox: its domain, or one above it, is on the list. */
export function isDisposable(email: string): boolean {
  // Made once per isolate and on first use: some 8,000 names.
  blocked ??= new Set([...disposableEmailBlocklistSet(), ...alsoDisposable]);
  const labels = domainOf(email).split('.');
  for (let from = 0; from < labels.length - 1; from += 1) {
    const domain = labels.slice(from).join('.');
    if (neverDisposable.has(domain)) return false;
    if (blocked.has(domain)) return true;
  }
  return false;
}

/** Large mailbox providers: their domain is not the company's. Not complete, and a miss only costs one lookup. */
const mailboxes =
  /^((gmail|googlemail|icloud|me|mac|aol|proton|protonmail|pm|zoho|fastmail|hey|tutanota|web|mail|posteo|mailbox|t-online|freenet|orange|free|laposte|libero|wanadoo|comcast|qq|163|126|naver|yandex|rediffmail)\.(com|de|fr|it|net|org|me|ru|in|ch|at)|gmx\.[a-z.]+|yahoo\.[a-z.]+|(hotmail|live|outlook|msn)\.[a-z.]+)$/;

/** The company's domain by the person's work address; null for a large mailbox provider or a throw-away address. */
export function companyDomainOf(email: string | null): string | null {
  if (email === null || isDisposable(email)) return null;
  const domain = hostOf(domainOf(email));
  return domain === null || mailboxes.test(domain) ? null : domain;
}

/** The host name in a web address or on its own, lower-case, without `www.`; null when there is none. */
export function hostOf(text: string): string | null {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (/\s/.test(text) || !URL.canParse(address)) return null;
  const host = new URL(address).hostname.replace(/^www\./, '');
  const isName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
  return host.length <= 253 && isName.test(host) ? host : null;
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}
