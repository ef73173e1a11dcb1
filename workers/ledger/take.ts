import { linkFault, readEntry, type ChainFault, type Entry, type Head } from '../../shared/journal.ts';

/** Why an entry is not taken, for the ledger's own chain. */
export interface Refusal {
  why: 'unreadable' | 'foreign-source' | 'fork' | ChainFault['kind'];
  /** The sequence number that was due. */
  expected: number;
}

export interface Taken {
  /** Entries to store, each verified against its own hash and the one before. */
  bodies: string[];
  /** The same, parsed. */
  entries: Entry[];
  head: Head;
  /** What to answer: the last sequence number held of this very chain; 0 when it is another chain. */
  acknowledged: number;
  refusal: Refusal | null;
}

/**
 * Decides what of a shipment continues a chain. What is held already is skipped; the first entry that does not follow
 * ends the shipment. A shipment that has another entry where the chain's end is comes from a source that went back in
 * time and wrote on: nothing of it is acknowledged, so that it keeps its entries.
 */
export function take(source: string, head: Head, shipped: readonly string[]): Taken {
  const taken: Taken = { bodies: [], entries: [], head, acknowledged: head.seq, refusal: null };
  for (const body of shipped) {
    const refusal = next(source, taken, body);
    if (!refusal) continue;
    taken.refusal = refusal;
    if (refusal.why === 'fork') taken.acknowledged = 0;
    break;
  }
  return taken;
}

function next(source: string, taken: Taken, body: string): Refusal | null {
  const read = readEntry(body);
  const expected = taken.head.seq + 1;
  if (!read.ok) return { why: read.why, expected };
  const { entry } = read;
  if (entry.source !== source) return { why: 'foreign-source', expected };
  if (entry.seq <= taken.head.seq) return isFork(entry, taken.head) ? { why: 'fork', expected } : null;
  const fault = linkFault(entry, taken.head);
  if (fault) return { why: fault.kind, expected };
  taken.bodies.push(body);
  taken.entries.push(entry);
  taken.head = { seq: entry.seq, hash: entry.hash };
  taken.acknowledged = entry.seq;
  return null;
}

/** Only the end is compared: the chain's hashes commit it to all that is before. */
function isFork(entry: Entry, head: Head): boolean {
  return entry.seq === head.seq && entry.hash !== head.hash;
}
