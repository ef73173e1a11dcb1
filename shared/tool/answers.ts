/** What a vendor's HTTP answer means, before its body is read as data. Pure but for reading a body. */
import type { FailureReason } from '../outcome.ts';

const refusals: Record<number, FailureReason> = {
  401: 'credential',
  403: 'credential',
  404: 'not-found',
  409: 'conflict',
  429: 'vendor-limited',
};

/** Whether a status is the vendor's word that it did nothing. 408 and 425 say nothing about what was done. */
export function refuses(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 425;
}

/** Whether a status says that the vendor is in trouble, or did not hear us out. */
export function troubled(status: number): boolean {
  return status >= 500 || status === 408 || status === 425;
}

/** Why a request was refused, by its status, where the vendor means by it what most do or what `own` says. */
export function refusalOf(status: number, own: Record<number, FailureReason> = {}): FailureReason {
  return own[status] ?? refusals[status] ?? 'rejected';
}

/** Seconds that the vendor wants us to wait, 1 to 3600; undefined when it does not say. `now`: Unix ms. */
export function waitSaid(headers: Headers, limitEnds: string | undefined, now: number): number | undefined {
  const after = headers.get('retry-after');
  const ends = after ? null : limitEnds && headers.get(limitEnds);
  const wait = after ? Number(after) : ends ? Number(ends) - now / 1000 : NaN;
  return Number.isFinite(wait) ? Math.min(Math.max(1, Math.ceil(wait)), 3600) : undefined;
}

/**
 * Why a credential is not accepted, in our own words: a vendor's text is looked through for a few of its words and never
 * repeated, whatever it says.
 */
export function credentialFault(text: string): string {
  if (/expired/i.test(text)) return 'has expired';
  if (/revoked|inactive|suspended|blocked/i.test(text)) return 'was revoked';
  if (/scope|permission|restricted|not.allowed/i.test(text)) return 'lacks a right that this needs';
  return 'is wrong, revoked or expired';
}

/** JSON as data; undefined, which fits no answer schema, for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body as text, or undefined once it grows past `max` bytes. */
export async function boundedText(response: Response, max: number): Promise<string | undefined> {
  if (!response.body) return '';
  // A declared length bounds what arrives, but not what a compressed answer unpacks to.
  const declared = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  if (declared !== null && Number(declared) <= max) return response.text();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  // A reader and not `for await`, which costs a call of a tool about 30 µs more.
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength;
    if (size > max) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}
