import { createHmac } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { KnownAction, Provenance } from '../../shared/contract.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { maskText } from '../../shared/mask.ts';
import {
  argumentsOf,
  constantMarks,
  exactMark,
  looseMarks,
  markedIn,
  type Argument,
} from '../../shared/provenance.ts';
import type { Derivation } from '../../shared/rpc.ts';

/** How long a text that an agent read is told again. */
const KEEP_MS = 24 * 3_600_000;
/** Marks of one output; past it the rest of it is not known later. Hashing them is what a read pays. */
const MARKS_MAX = 2_000;
/** Outputs that are kept of one agent; then the oldest go. */
const OUTPUTS_MAX = 500;
/** Marks of one input that are looked for; of one that has more nothing is known, so that none hides behind others. */
const WANTED_MAX = 4_000;
/** Bytes of one mark: 64 bits, so that a million of them meet by chance once in 20 million look-ups. */
const MARK = 8;

/** The session of calls that name none: one for each agent, so that leaving it out forgets nothing. */
const DEFAULT_SESSION = '';

type Row = { session: string; call: string; level: Provenance; marks: ArrayBuffer };

/** What an agent was told by a call that succeeded. */
export interface Told {
  call: string;
  session: string | null;
  action: KnownAction;
  /** As far as the agent is granted to receive it. */
  output: Record<string, unknown>;
}

/**
 * What of the agent's outputs was whose words, as keyed hashes only: what an agent was told is told again, and nothing of it can
 * be read here. Nothing in it may fail a call: what cannot be kept is not known later, and then an argument is no more trusted.
 */
export class ProvenanceIndex {
  readonly #sql: SqlStorage;
  /** Read late: the key is there once the object has loaded. */
  readonly #key: () => string;

  constructor(sql: SqlStorage, key: () => string) {
    this.#sql = sql;
    this.#key = key;
  }

  /** Keeps the marks of an output, in the turn in which its call ended. `now`: Unix ms. */
  learn(told: Told, now: number): void {
    try {
      this.#learn(told, now);
    } catch (error) {
      // The name alone: a message may quote what it failed at.
      const name = error instanceof Error ? error.name : 'not an Error';
      console.error(JSON.stringify({ alert: 'guard.provenance-failed', error: name }));
    }
  }

  #learn({ call, session, action, output }: Told, now: number): void {
    const marks = { trusted: new Set<string>(), untrusted: new Set<string>() };
    for (const { level, value } of markedIn(output, action.outputSchema)) {
      if (marks.trusted.size + marks.untrusted.size >= MARKS_MAX) break;
      const ofValue = level === 'trusted' ? [exactMark(value)] : looseMarks(value);
      for (const mark of ofValue) marks[level].add(mark);
    }
    for (const [level, some] of Object.entries(marks))
      if (some.size > 0) this.#keep(session ?? DEFAULT_SESSION, call, level, some, now);
  }

  #keep(session: string, call: string, level: string, marks: ReadonlySet<string>, now: number): void {
    const hashed = Buffer.concat([...marks].slice(0, MARKS_MAX).map((mark) => this.#hash(mark)));
    this.#sql.exec(
      'INSERT INTO provenance (session, call, level, at, marks) VALUES (?, ?, ?, ?, ?)',
      this.#hashed(`session\n${session}`),
      call,
      level,
      now,
      new Uint8Array(hashed).buffer,
    );
    this.#sql.exec(
      'DELETE FROM provenance WHERE at <= ? OR id <= (SELECT max(id) FROM provenance) - ?',
      now - KEEP_MS,
      OUTPUTS_MAX,
    );
  }

  /**
   * Where each string and number of an input comes from. Trusted: exactly what this session was told by a trusted field, or the
   * manifest names. Untrusted: it is in what strangers may have written, whichever session read that, so that another name of a
   * session hides nothing. Null: it could not be looked up, and then nothing of it is known.
   */
  of(
    input: unknown,
    session: string | null,
    { approved }: Pick<Manifest, 'approved'>,
    now: number,
  ): Derivation[] | null {
    try {
      const all = argumentsOf(input);
      const own = this.#hashed(`session\n${session ?? DEFAULT_SESSION}`);
      const from = this.#found(all, own, now);
      const constants = constantMarks(approved);
      return all.map((argument, at) =>
        derivation(argument, constants, from.trusted.get(at), from.untrusted.get(at)),
      );
    } catch {
      return null;
    }
  }

  /** The newest call that told each argument, by its place among them. */
  #found(all: readonly Argument[], own: string, now: number): Found {
    const wanted = { trusted: this.#wanted(all, 'exact'), untrusted: this.#wanted(all, 'loose') };
    const found: Found = { trusted: new Map(), untrusted: new Map() };
    const rows = this.#sql.exec<Row>(
      'SELECT session, call, level, marks FROM provenance WHERE at > ? ORDER BY id DESC',
      now - KEEP_MS,
    );
    for (const { session, call, level, marks } of rows) {
      if (level === 'trusted' && session !== own) continue;
      for (const mark of marksIn(marks))
        for (const at of wanted[level].get(mark) ?? []) if (!found[level].has(at)) found[level].set(at, call);
    }
    return found;
  }

  /** By mark: the places of the arguments that have it. */
  #wanted(all: readonly Argument[], how: 'exact' | 'loose'): Map<bigint, number[]> {
    const wanted = new Map<bigint, number[]>();
    for (const [at, argument] of all.entries()) {
      for (const mark of how === 'exact' ? [argument.exact] : argument.loose) {
        if (wanted.size >= WANTED_MAX) throw new RangeError(`more than ${WANTED_MAX} marks`);
        const hashed = this.#hash(mark).readBigUInt64LE();
        wanted.set(hashed, [...(wanted.get(hashed) ?? []), at]);
      }
    }
    return wanted;
  }

  #hashed(mark: string): string {
    return this.#hash(mark).toString('hex');
  }

  #hash(mark: string): Buffer {
    return createHmac('sha256', this.#key()).update(`provenance\n${mark}`).digest().subarray(0, MARK);
  }
}

/** By the place of an argument: the call that told it. */
type Found = Record<Provenance, Map<number, string>>;

function derivation(
  { pointer, exact }: Argument,
  constants: ReadonlySet<string>,
  trusted: string | undefined,
  untrusted: string | undefined,
): Derivation {
  // A name in a pointer may be data.
  const at = maskText(pointer);
  if (trusted !== undefined || constants.has(exact))
    return { pointer: at, level: 'trusted', from: trusted ?? null };
  return {
    pointer: at,
    level: untrusted === undefined ? 'unattributed' : 'untrusted',
    from: untrusted ?? null,
  };
}

function* marksIn(marks: ArrayBuffer): Generator<bigint> {
  const bytes = Buffer.from(marks);
  for (let at = 0; at + MARK <= bytes.length; at += MARK) yield bytes.readBigUInt64LE(at);
}
