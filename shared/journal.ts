import { canonical } from './canonical.ts';
import { sha256 } from './crypto.ts';

/** One entry of an object's hash chain. `data` holds no personal data in the clear (see mask.ts). */
export interface Entry {
  /** The object that wrote it, such as `guard:lead-router`. */
  source: string;
  /** From 1, without gaps, per source. */
  seq: number;
  /** RFC 3339, UTC, milliseconds. */
  at: string;
  /** Such as `call.intent`. */
  kind: string;
  data: EntryData;
  /** Hash of the entry before, `GENESIS` for the first. */
  prev: string;
  /** SHA-256 over the canonical JSON (RFC 8785) of all the above, hex. */
  hash: string;
}

/** What entries are looked up by, where it applies, and the rest. */
export interface EntryData {
  agent?: string;
  workflow?: string;
  tool?: string;
  action?: string;
  call?: string;
  person?: string;
  [key: string]: unknown;
}

export const GENESIS = '0'.repeat(64);

export interface Head {
  seq: number;
  hash: string;
}

/** The next entry of a chain. Pure: the caller stores it in the transaction of the state that it describes. */
export function nextEntry(source: string, head: Head, kind: string, data: EntryData, now: number): Entry {
  const unhashed = {
    source,
    seq: head.seq + 1,
    at: new Date(now).toISOString(),
    kind,
    data,
    prev: head.hash,
  };
  return { ...unhashed, hash: sha256(canonical(unhashed)) };
}

export type ChainFault =
  | { kind: 'altered'; source: string; seq: number }
  | { kind: 'missing'; source: string; seq: number }
  | { kind: 'out-of-order'; source: string; seq: number }
  | { kind: 'broken-link'; source: string; seq: number }
  | { kind: 'truncated'; source: string; seq: number; expected: number };

/**
 * Checks chains entry by entry: each hash recomputed, each link followed, no gap, no reordering, and, against `heads`
 * (from a signed checkpoint), no tail cut off. Entries of several sources may be mixed; each source's must be in order.
 * Returns every fault found; an empty list means the chains hold.
 */
export function verifyChains(entries: Iterable<Entry>, heads: Record<string, Head>): ChainFault[] {
  const faults: ChainFault[] = [];
  const last = new Map<string, Head>();
  for (const entry of entries) {
    const before = last.get(entry.source) ?? { seq: 0, hash: GENESIS };
    faults.push(...checkLink(entry, before, last));
    last.set(entry.source, { seq: entry.seq, hash: entry.hash });
    const expected = heads[entry.source];
    if (expected?.seq === entry.seq && expected.hash !== entry.hash) {
      faults.push({ kind: 'altered', source: entry.source, seq: entry.seq });
    }
  }
  for (const [source, head] of Object.entries(heads)) {
    const seq = last.get(source)?.seq ?? 0;
    if (seq < head.seq) faults.push({ kind: 'truncated', source, seq, expected: head.seq });
  }
  return faults;
}

function checkLink(entry: Entry, before: Head, seen: ReadonlyMap<string, Head>): ChainFault[] {
  const { source, seq } = entry;
  const { hash, ...unhashed } = entry;
  const faults: ChainFault[] = [];
  if (!matches(unhashed, hash)) faults.push({ kind: 'altered', source, seq });
  if (seq <= before.seq) faults.push({ kind: 'out-of-order', source, seq });
  else if (seq > before.seq + 1) {
    for (let gap = before.seq + 1; gap < seq && gap <= before.seq + 100; gap += 1) {
      faults.push({ kind: 'missing', source, seq: gap });
    }
  } else if (entry.prev !== (seen.has(source) ? before.hash : GENESIS)) {
    faults.push({ kind: 'broken-link', source, seq });
  }
  return faults;
}

function matches(unhashed: Omit<Entry, 'hash'>, hash: string): boolean {
  try {
    return sha256(canonical(unhashed)) === hash;
  } catch {
    return false;
  }
}

/** What the ledger signs: where every chain ends, at a time. */
export interface Checkpoint {
  at: string;
  heads: Record<string, Head>;
  /** Ed25519 over the canonical JSON of `{ at, heads }`, base64url. */
  signature: string;
}
