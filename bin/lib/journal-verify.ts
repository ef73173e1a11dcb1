import { verifyText } from '../../shared/crypto.ts';
import {
  ChainChecker,
  checkpointText,
  readEntry,
  type ChainFault,
  type Checkpoint,
  type Head,
} from '../../shared/journal.ts';

/** What is wrong with an export: with a chain, or with the file itself. */
export type ExportFault =
  | ChainFault
  /** Line `line` (from 1) is neither an entry nor a checkpoint. */
  | { kind: 'unreadable'; line: number }
  /** Something follows the checkpoint, which must be the last line. */
  | { kind: 'after-checkpoint'; line: number }
  /** No checkpoint, so nothing says that the end was not cut off. */
  | { kind: 'no-checkpoint' }
  /** The checkpoint was not signed with this key, so it proves nothing. */
  | { kind: 'bad-signature' };

export interface ExportReport {
  entries: number;
  sources: number;
  /** The first faults, at most `MAX_FAULTS`; none means that the export holds. */
  faults: ExportFault[];
  /** How many more there are. */
  omitted: number;
  /** Null: the export has none. */
  checkpoint: { at: string; valid: boolean } | null;
}

/** More help nobody, and a file of garbage must not fill the memory. */
export const MAX_FAULTS = 1000;

/**
 * Verifies an export of the audit log, line by line as it comes: every entry against its own hash and the one before,
 * and the end of every chain against the signed checkpoint of the last line. Needs no network and keeps one head per
 * source. Finds any altered, missing, reordered, doubled, added or cut off entry. What it can't see is an older export
 * with its own older checkpoint: compare `checkpoint.at` with when the export was made.
 *
 * `publicKeyJwk` is the Ed25519 public key of the ledger's checkpoints, as JWK text.
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
  publicKeyJwk: string,
): Promise<ExportReport> {
  const reader = new ExportReader();
  for await (const line of lines) reader.add(line);
  return reader.finish(publicKeyJwk);
}

class ExportReader {
  readonly #chains = new ChainChecker();
  readonly #faults: ExportFault[] = [];
  #omitted = 0;
  #line = 0;
  #entries = 0;
  #checkpoint: Checkpoint | null = null;

  add(text: string): void {
    this.#line += 1;
    if (text === '') return; // The line break at the end of a file.
    if (this.#checkpoint) this.#fault({ kind: 'after-checkpoint', line: this.#line });
    const read = readEntry(text);
    if (read.ok || read.why === 'altered') {
      this.#entries += 1;
      this.#fault(...this.#chains.add(read));
      return;
    }
    const checkpoint = parseCheckpoint(text);
    if (checkpoint) this.#checkpoint ??= checkpoint;
    else this.#fault({ kind: 'unreadable', line: this.#line });
  }

  finish(publicKeyJwk: string): ExportReport {
    const checkpoint = this.#checkpoint;
    const valid = checkpoint !== null && isSigned(checkpoint, publicKeyJwk);
    if (checkpoint === null) this.#fault({ kind: 'no-checkpoint' });
    else if (!valid) this.#fault({ kind: 'bad-signature' });
    if (checkpoint) this.#fault(...this.#chains.finish(checkpoint.heads));
    return {
      entries: this.#entries,
      sources: this.#chains.sources,
      faults: this.#faults,
      omitted: this.#omitted,
      checkpoint: checkpoint && { at: checkpoint.at, valid },
    };
  }

  #fault(...faults: ExportFault[]): void {
    for (const fault of faults) {
      if (this.#faults.length < MAX_FAULTS) this.#faults.push(fault);
      else this.#omitted += 1;
    }
  }
}

function isSigned(checkpoint: Checkpoint, publicKeyJwk: string): boolean {
  try {
    return verifyText(publicKeyJwk, checkpointText(checkpoint), checkpoint.signature);
  } catch {
    return false; // It has no canonical form, so the ledger did not sign it.
  }
}

/** The checkpoint of a line `{"checkpoint":{…}}`; undefined when it is none, or not well formed. */
function parseCheckpoint(text: string): Checkpoint | undefined {
  try {
    const { checkpoint } = JSON.parse(text) as { checkpoint: unknown };
    return isCheckpoint(checkpoint) ? checkpoint : undefined;
  } catch {
    return undefined;
  }
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false;
  const { at, heads, signature } = value as Record<string, unknown>;
  return (
    typeof at === 'string' &&
    typeof signature === 'string' &&
    typeof heads === 'object' &&
    heads !== null &&
    Object.values(heads).every(isHead)
  );
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, hash } = value as Record<string, unknown>;
  return Number.isSafeInteger(seq) && typeof hash === 'string';
}
