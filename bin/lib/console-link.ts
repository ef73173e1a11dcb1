/**
 * Where a person opens the console. On this machine's own gate the link signs in: the token stands behind `#`, which no
 * server and no log sees. Elsewhere people sign in through Cloudflare Access, and no token leaves in a link. Pure.
 */
export function consoleLink(gate: string, token: string | undefined): string {
  const page = new URL('/console', gate);
  const own = page.protocol === 'http:' && page.hostname === '127.0.0.1';
  if (!own || token === undefined) return page.href;
  const link = new URL('/console/sign-in', gate);
  link.hash = new URLSearchParams({ token }).toString();
  return link.href;
}
