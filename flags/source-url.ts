/**
 * The address of an outside source of stops: https, or plain http to this machine only, because its token goes along.
 * Undefined for anything else.
 */
export function sourceUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && here) ? url : undefined;
}
