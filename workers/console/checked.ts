import { canonical } from '../../shared/canonical.ts';
import { linkFault, readEntry, type ChainFault, type Entry } from '../../shared/journal.ts';

/** What a look at some entries of the journal proves, and what it does not hold. */
export interface Checked {
  /** Entries that hold to their own hash. */
  sound: number;
  /** Pairs of entries that follow one another in the same chain, and fit. */
  linked: number;
  faults: ChainFault[];
}

/**
 * Checks entries as they were found: each against its own hash, and each pair of neighbours of one source against each other.
 * A search leaves entries out, so a gap between two of them proves nothing either way. Pure.
 */
export function checkEntries(entries: readonly Entry[]): Checked {
  const checked: Checked = { sound: 0, linked: 0, faults: [] };
  for (const entry of entries) {
    if (isSound(entry)) checked.sound += 1;
    else checked.faults.push({ kind: 'altered', source: entry.source, seq: entry.seq });
  }
  for (const chain of Map.groupBy(entries, ({ source }) => source).values()) linkUp(chain, checked);
  return checked;
}

function isSound(entry: Entry): boolean {
  try {
    return readEntry(canonical(entry)).ok;
  } catch {
    return false; // It has no canonical form, so nothing here wrote it.
  }
}

function linkUp(chain: readonly Entry[], checked: Checked): void {
  const inOrder = chain.toSorted((a, b) => a.seq - b.seq);
  for (const [n, entry] of inOrder.entries()) {
    const before = inOrder[n - 1];
    if (before?.seq !== entry.seq - 1) continue;
    const fault = linkFault(entry, before);
    if (fault) checked.faults.push(fault);
    else checked.linked += 1;
  }
}
