/**
 * Why an address may not be told by webhook; null: it may. Only https by name on the usual port: no address of a network, no
 * name that only means something inside one, nobody's password, nothing that a browser would keep to itself. Pure.
 */
export function webhookFault(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url) return 'is no address: write https://host/path';
  if (url.protocol !== 'https:') return 'is not https: use an https address';
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    return 'holds a login or a fragment: leave it out, requests are signed';
  if (url.port !== '') return 'names a port: use the usual one';
  if (!isOutside(url.hostname)) return `${url.hostname} is no host outside: use a public name`;
  return null;
}

/** Top-level names that never leave a network, and `internal`, which clouds use for their own metadata. */
const inside = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa|onion)\.?$/;

/** A name with a dot that is no literal address: those, IPv6 too, end in a digit or a bracket. */
function isOutside(host: string): boolean {
  return host.includes('.') && /\.[a-z][a-z0-9-]*$/.test(host) && !inside.test(host);
}
