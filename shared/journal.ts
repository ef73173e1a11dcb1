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

/** Where a chain ends. */
export interface Head {
  seq: number;
  hash: string;
}

/** An entry and its one canonical text, which is what is stored, shipped and exported. */
export interface Sealed {
  entry: Entry;
  body: string;
}

/** The next entry of a chain. Pure: the caller stores it in the transaction of the state that it describes. */
export function nextEntry(source: string, head: Head, kind: string, data: EntryData, now: number): Sealed {
  const at = new Date(now).toISOString();
  return seal({ source, seq: head.seq + 1, at, kind, data, prev: head.hash });
}

/**
 * Hashes an entry and writes its text, with one canonicalisation of `data`: the members sort as at, data, hash, kind,
 * prev, seq, source, so the text with the hash is the hashed text with one member put in between.
 */
function seal(unhashed: Omit<Entry, 'hash'>): Sealed {
  const { at, data, kind, prev, seq, source } = unhashed;
  const front = `{"at":${JSON.stringify(at)},"data":${canonical(data)},`;
  const back = `"kind":${JSON.stringify(kind)},"prev":${JSON.stringify(prev)},"seq":${seq},"source":${JSON.stringify(source)}}`;
  const hash = sha256(front + back);
  return {
    entry: { source, seq, at, kind, data, prev, hash },
    body: `${front}"hash":"${hash}",${back}`,
  };
}

export type ReadEntry =
  | { ok: true; entry: Entry }
  /** Not an entry at all. */
  | { ok: false; why: 'unreadable' }
  /** An entry, but not byte for byte the one that its hash was made over. */
  | { ok: false; why: 'altered'; entry: Entry };

/**
 * Reads an entry's text and checks it against its own hash. Any byte that differs from the one canonical text is found:
 * another order, a doubled member or a blank included. Never throws.
 */
export function readEntry(text: string): ReadEntry {
  const entry = parse(text);
  if (!entry) return { ok: false, why: 'unreadable' };
  try {
    return seal(entry).body === text ? { ok: true, entry } : { ok: false, why: 'altered', entry };
  } catch {
    // JSON that has no canonical form, such as a lone surrogate: nothing here could have written it.
    return { ok: false, why: 'altered', entry };
  }
}

function parse(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { at, data, hash, kind, prev, seq, source } = value as Record<string, unknown>;
  return (
    [at, hash, kind, prev, source].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(seq) &&
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data)
  );
}

export type ChainFault =
  | { kind: 'altered'; source: string; seq: number }
  /** `seq` to `to` are not there. */
  | { kind: 'missing'; source: string; seq: number; to: number }
  | { kind: 'out-of-order'; source: string; seq: number }
  /** The entry before is another one than this entry was written after. */
  | { kind: 'broken-link'; source: string; seq: number }
  /** The chain ends at `seq`, the checkpoint says `expected`. */
  | { kind: 'truncated'; source: string; seq: number; expected: number }
  /** The chain goes on after what the checkpoint signed. */
  | { kind: 'unsigned'; source: string; seq: number };

/** How an entry fails to follow the end of its chain, if it does. */
export function linkFault(entry: Entry, before: Head): ChainFault | undefined {
  const { source, seq } = entry;
  if (seq <= before.seq) return { kind: 'out-of-order', source, seq };
  if (seq > before.seq + 1) return { kind: 'missing', source, seq: before.seq + 1, to: seq - 1 };
  if (entry.prev !== before.hash) return { kind: 'broken-link', source, seq };
  return undefined;
}

/** Checks chains in one pass, entry by entry; keeps one head per source. */
export class ChainChecker {
  readonly #heads = new Map<string, Head>();

  get sources(): number {
    return this.#heads.size;
  }

  /** Takes the next entry as it was read; returns what is wrong with it. Sources may be mixed, each in its own order. */
  add(read: Exclude<ReadEntry, { why: 'unreadable' }>): ChainFault[] {
    const { source, seq, hash } = read.entry;
    const before = this.#heads.get(source) ?? { seq: 0, hash: GENESIS };
    const faults: ChainFault[] = read.ok ? [] : [{ kind: 'altered', source, seq }];
    const link = linkFault(read.entry, before);
    if (link) faults.push(link);
    // A copy of an earlier entry must not hide what follows the true end.
    if (seq > before.seq) this.#heads.set(source, { seq, hash });
    return faults;
  }

  /** Compares where the chains end with the heads of a checkpoint: exactly there, or a fault. */
  finish(heads: Readonly<Record<string, Head>>): ChainFault[] {
    const faults: ChainFault[] = [];
    for (const [source, head] of Object.entries(heads)) {
      const fault = endFault(source, this.#heads.get(source) ?? { seq: 0, hash: GENESIS }, head);
      if (fault) faults.push(fault);
    }
    for (const [source, { seq }] of this.#heads) {
      if (!Object.hasOwn(heads, source)) faults.push({ kind: 'unsigned', source, seq });
    }
    return faults;
  }
}

function endFault(source: string, end: Head, signed: Head): ChainFault | undefined {
  if (end.seq < signed.seq) return { kind: 'truncated', source, seq: end.seq, expected: signed.seq };
  if (end.seq > signed.seq) return { kind: 'unsigned', source, seq: end.seq };
  return end.hash === signed.hash ? undefined : { kind: 'altered', source, seq: end.seq };
}

/** What the ledger signs: where every chain ends, at a time. */
export interface Checkpoint {
  at: string;
  heads: Record<string, Head>;
  /** Ed25519 over `checkpointText`, base64url. */
  signature: string;
}

/** The text that a checkpoint's signature is over: the canonical JSON of `{ at, heads }`. */
export function checkpointText({ at, heads }: Pick<Checkpoint, 'at' | 'heads'>): string {
  return canonical({ at, heads });
}
