/** W3C Trace Context (https://www.w3.org/TR/trace-context/): the one header that follows a call to its vendor. */
import { randomBytes } from 'node:crypto';

/**
 * A `traceparent` as we write it, or null for what is none. Of a later version than 00 the part that version 00 knows is
 * read, as the recommendation says. Of the flags only "sampled" is kept: the others are not ours to pass on.
 */
export function readTraceparent(header: string | null): string | null {
  const [, version = '', trace = '', parent = '', flags = '', more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header ?? '') ?? [];
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return null;
  // All zeros is how the recommendation writes an id that is none.
  if (/^0+$/.test(trace) || /^0+$/.test(parent)) return null;
  return `00-${trace}-${parent}-0${Number.parseInt(flags, 16) & 1}`;
}

/** A trace that begins here, for a request that came with none. */
export function newTraceparent(): string {
  return `00-${someId(16)}-${someId(8)}-01`;
}

/** The header of a request that is made on behalf of one that carried `traceparent`: same trace, a span of its own. */
export function childOf(traceparent: string): string {
  const [version, trace, , flags] = traceparent.split('-');
  return [version, trace, someId(8), flags].join('-');
}

/** The id that all requests of one trace have in common: 32 hex digits. */
export function traceId(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** Random hex of so many bytes, never all zeros. */
function someId(bytes: number): string {
  const id = randomBytes(bytes).toString('hex');
  return /^0+$/.test(id) ? someId(bytes) : id;
}
