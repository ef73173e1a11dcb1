import { sourceUrl } from './source-url.ts';
import { parseFeatures, type Features } from './unleash.ts';

export interface UnleashSettings {
  /** `https://unleash.example`, with or without `/api`. Plain http only to this machine. */
  url: string;
  /** A token of the client (backend) kind. */
  token: string;
}

/** What the last good answer was, so that the server need not send it again. */
export interface Known {
  etag: string | null;
  text: string;
}

export type Heard =
  | { kind: 'changed'; features: Features; known: Known }
  | { kind: 'same' }
  /** No word that can be used. `detail` names the setting to look at, never its value. */
  | { kind: 'silent'; detail: string };

/** Longer than a healthy server takes by a hundred times; five such silences still fit into execute's ten seconds. */
const TIMEOUT_MS = 2_000;

/** Four times a thousand flags with strategies. It is kept in one row, of which SQLite here takes 2 MB. */
const MAX_BYTES = 1024 * 1024;

/** What this evaluation understands; with it the server sends segments apart. */
const SPEC = '5.2.0';

/** Asks Unleash for the features document once. Never throws: whatever is no good answer is silence. */
export async function pollUnleash(settings: UnleashSettings, known: Known | null): Promise<Heard> {
  const url = featuresUrl(settings.url);
  if (!url) return silent('UNLEASH_URL is no https address (http only for this machine).');
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'application/json',
        authorization: settings.token,
        'unleash-appname': 'toolgate',
        'unleash-client-spec': SPEC,
        ...(known?.etag && { 'if-none-match': known.etag }),
      },
      // A redirect would carry the token elsewhere, and a login page is no features document.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await heard(response, known);
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    return silent(late ? `No answer within ${TIMEOUT_MS} ms.` : 'UNLEASH_URL cannot be reached.');
  }
}

async function heard(response: Response, known: Known | null): Promise<Heard> {
  // Only who has a document can be told that it is still the one.
  if (response.status === 304 && known?.etag) return { kind: 'same' };
  if (response.status !== 200) {
    await response.body?.cancel();
    return silent(meaningOf(response.status));
  }
  const text = await textWithin(response, MAX_BYTES);
  if (text === undefined) {
    return silent(
      `The document is larger than ${MAX_BYTES} bytes or no UTF-8; scope the token to one project.`,
    );
  }
  const etag = response.headers.get('etag');
  if (known && known.text === text && known.etag === etag) return { kind: 'same' };
  const features = parseFeatures(text);
  if (!features) return silent('The answer is no features document.');
  return { kind: 'changed', features, known: { etag: etag && etag.length <= 500 ? etag : null, text } };
}

function meaningOf(status: number): string {
  if (status === 401 || status === 403) return `UNLEASH_TOKEN is not accepted (HTTP ${status}).`;
  if (status >= 300 && status < 400) return `UNLEASH_URL redirects elsewhere (HTTP ${status}).`;
  if (status === 404) return 'UNLEASH_URL leads to no Unleash (HTTP 404).';
  return `Unleash answers HTTP ${status}.`;
}

function featuresUrl(base: string): URL | undefined {
  const url = sourceUrl(base);
  if (!url) return undefined;
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = `${path.endsWith('/api') ? path : `${path}/api`}/client/features`;
  return url;
}

/** The body as text, unpacked; undefined when it is larger than `max` bytes or no UTF-8. Never more than that is kept. */
async function textWithin(response: Response, max: number): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > max) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function silent(detail: string): Heard {
  return { kind: 'silent', detail };
}
