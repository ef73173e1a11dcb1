import type { Finding } from './finding.ts';
import { finding, spots, spotOf, type Part } from './spot.ts';

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
/** With the length of a prefix, if it has one. `1.2.3.4.5` and `v1.2.3.4` are versions. */
const four = new RegExp(
  `(?<![\\p{L}\\p{N}_.]|\\d-)${octet}(?:\\.${octet}){3}(?![\\p{L}\\p{N}_]|\\.\\d)(?:/(?:3[0-2]|[12]?\\d)(?!\\d))?`,
  'gu',
);
const fourWithin = new RegExp(`(?<![0-9.])${octet}(?:\\.${octet}){3}(?![0-9]|\\.\\d)`, 'gu');
const six =
  /(?<![\p{L}\p{N}_:.])[0-9a-f:.]{2,45}(?![\p{L}\p{N}_:])(?:\/(?:12[0-8]|1[01]\d|\d{1,2})(?!\d))?/giu;
/** What makes of `::` an address and no operator. */
const network =
  /(?:ip|addr|host|listen|bind|src|source|dst|dest|unspecified|gateway|route)[a-z0-9]*[^a-z0-9]{0,3}$/;

/** Addresses of the internet, versions 4 and 6, with the prefix of a network if one follows. */
export function* findIps(text: string, parts: readonly Part[]): Generator<Finding> {
  for (const part of parts) {
    if (holds(text, '.', part)) for (const spot of spots(text, four, part)) yield finding('ip', spot, 0.92);
    if (!holds(text, ':', part)) continue;
    for (const spot of spots(text, six, part)) {
      const end = sixEnd(spot.text);
      if (end > 0) yield finding('ip', { start: spot.start, end: spot.start + end }, 0.95);
    }
    // After what is no address, such as a word, the mapped address of version 4 at its end still is one.
    for (const spot of spots(text, fourWithin, part)) {
      if (
        text.charAt(spot.start - 1) === ':' &&
        /[\w]::?$|::.*:$/.test(text.slice(Math.max(0, spot.start - 12), spot.start))
      )
        yield finding('ip', spot, 0.7);
    }
  }
  for (let at = text.indexOf('::'); at >= 0; at = text.indexOf('::', at + 2)) {
    const spot = spotOf(text, at, at + 2);
    if (
      !/[\w:.]/.test(text.charAt(at - 1)) &&
      !/[\w:.]/.test(text.charAt(at + 2)) &&
      network.test(spot.before())
    )
      yield finding('ip', spot, 0.7);
  }
}

/** Addresses have dots or colons: most parts of a text with digits have none. */
function holds(text: string, mark: string, { from, to }: Part): boolean {
  return text.slice(from, to).includes(mark);
}

/** Where an address of version 6 at the beginning ends, with its prefix; 0 where there is none. */
function sixEnd(text: string): number {
  const [address = '', prefix] = text.split('/');
  const bare = address.replace(/\.+$/, '');
  if (!isSix(bare)) return 0;
  return bare === address && prefix !== undefined ? text.length : bare.length;
}

/** RFC 4291, 2.2. Not `::` alone, and not what could be a time of day. */
function isSix(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || text === '::') return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const mapped = last.includes('.');
  if (mapped && !isFour(last)) return false;
  const hex = mapped ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = hex.length + (mapped ? 2 : 0);
  return halves.length === 2 ? count > 0 && count < 8 : count === 8;
}

function isFour(text: string): boolean {
  return new RegExp(`^${octet}(?:\\.${octet}){3}$`).test(text);
}
