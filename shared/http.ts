import type { Problem } from './problems.ts';

/** On every answer of every public Worker: nothing is sniffed, framed, cached or allowed to load anything. */
export const secureHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
};

export type BodyText = { ok: true; text: string } | { ok: false; problem: Problem };

/**
 * Reads a request's body as text without parsing it. Refuses another media type (415), any content encoding (415: a
 * small body could unpack to a huge one), more than `maxBytes` (413, by `content-length` and by counting what arrives)
 * and bytes that are not UTF-8 (400).
 */
export async function readBody(request: Request, mediaType: string, maxBytes: number): Promise<BodyText> {
  const sent = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (sent !== mediaType) return unsupported(`Send the body as ${mediaType}.`);
  const read = await readBodyBytes(request, maxBytes);
  if (!read.ok) return read;
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(read.bytes) };
  } catch {
    return { ok: false, problem: { code: 'bad-request', detail: 'The body is not UTF-8 text.' } };
  }
}

export type BodyBytes = { ok: true; bytes: Uint8Array } | { ok: false; problem: Problem };

/** Reads a request's body without looking at it. Refuses any content encoding (415) and more than `maxBytes` (413). */
export async function readBodyBytes(request: Request, maxBytes: number): Promise<BodyBytes> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') return unsupported('Send the body without content encoding.');
  const declared = Number(request.headers.get('content-length') ?? NaN);
  if (declared > DRAIN_MAX) return tooLarge(maxBytes);
  // The runtime never reads past a declared length, so reading all at once is bounded and spares a stream.
  const bytes =
    declared <= maxBytes
      ? new Uint8Array(await request.arrayBuffer())
      : await readBytes(request.body, maxBytes);
  return bytes ? { ok: true, bytes } : tooLarge(maxBytes);
}

/**
 * Of a body that is too large, so much is still received and thrown away: a client that is cut off while it sends sees a
 * broken connection and never the answer.
 */
const DRAIN_MAX = 8 * 1024 * 1024;

/** All bytes of a stream, or undefined when there are more than `maxBytes`; never more than those are kept. */
async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    length += chunk.byteLength;
    if (length > DRAIN_MAX) return undefined;
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) return undefined;
  return chunks.length === 1 ? chunks[0] : joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}

function unsupported(detail: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { code: 'unsupported-media-type', detail } };
}

function tooLarge(maxBytes: number): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: { code: 'too-large', detail: `At most ${Math.floor(maxBytes / 1024)} KiB are read here.` },
  };
}

interface Routes {
  router: { match(method: string, path: string): [unknown[], ...unknown[]] };
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Why no route fits: another method would (405 with `Allow`), or nothing is there (404). Asked only when routing has
 * failed, so that routes that do fit pay nothing for it.
 */
export function noRoute(app: Routes, path: string): { problem: Problem; headers: Record<string, string> } {
  const allowed = methods.filter((method) => app.router.match(method, path)[0].length > 0);
  if (allowed.length === 0) return { problem: { code: 'not-found' }, headers: {} };
  if (allowed.includes('GET')) allowed.push('HEAD');
  return { problem: { code: 'method-not-allowed' }, headers: { allow: allowed.join(', ') } };
}

/** Where an error arose, without its message: messages may quote what a caller sent. */
export function faultTrace(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames.slice(0, 6).map((line) => line.trim())].join(' ');
}
