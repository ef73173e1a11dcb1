import { createHmac } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { KnownAction, Provenance } from '../../shared/contract.ts';
import type { Manifest } from '../../shared/manifest.ts';
import {
  argumentOfLink,
  argumentsOf,
  constantMarks,
  exactMark,
  looseMarks,
  markedIn,
  type Argument,
} from '../../shared/provenance.ts';
import { leavesOf } from '../../shared/pointer.ts';
import { sinksInFacts } from '../../shared/sinks.ts';
import type { AskedCall } from './call.ts';
import { derivation, type Derived, type Found } from './derived.ts';
import { KeptMarks, type KeptRow } from './kept-marks.ts';
import { Reading } from './reading.ts';
import { classRead, readsStrangers } from './read-class.ts';
import { Written } from './written.ts';
import type { Derivation } from '../../shared/rpc.ts';

/** Marks of one output; past it the rest of it is not known later. Hashing them is what a read pays. */
const MARKS_MAX = 2_000;
/** Marks of one input that are looked for; of one that has more nothing is known, so that none hides behind others. */
const WANTED_MAX = 20_000;
/** Bytes of one mark: 64 bits. */
const MARK = 8;
/** A passage that stands in so many outputs is how people write, not what one of them wrote: footers, greetings, templates. */
const BOILERPLATE = 8;

/** The session of calls that name none: one for each agent, so that leaving it out forgets nothing. */
const DEFAULT_SESSION = '';

/** What an agent was told by a call that succeeded. */
export interface Told {
  call: string;
  session: string | null;
  action: KnownAction;
  /** What it was asked with: what only comes back of it is not vouched for. Null: not known any more. */
  input: Record<string, unknown> | null;
  /** As far as the agent is granted to receive it. */
  output: Record<string, unknown>;
}

type Facts = Readonly<Record<string, unknown>>;
type Constants = Pick<Manifest, 'approved' | 'sites'>;

/**
 * What of the agent's outputs was whose words, as keyed hashes only: what an agent was told is told again, and nothing of it can
 * be read here. Nothing in it may fail a call: what cannot be kept or looked up is not known, and what is not known is not trusted.
 */
export class ProvenanceIndex {
  readonly #kept: KeptMarks;
  readonly #written: Written;
  readonly reading: Reading;
  /** Read late: the key is there once the object has loaded. */
  readonly #key: () => string;

  constructor(sql: SqlStorage, key: () => string) {
    this.#kept = new KeptMarks(sql);
    this.#written = new Written(sql);
    this.reading = new Reading(sql);
    this.#key = key;
  }

  /** Keeps the marks of an output, in the turn in which its call ended. `now`: Unix ms. */
  learn(told: Told, now: number): void {
    // First, and by itself: that strangers' words were read counts even when the words cannot be kept.
    if (readsStrangers(told.action, told.output)) this.reading.untrusted(now);
    this.reading.saw(classRead(told.action, told.output), now);
    safely(() => this.#learn(told, now));
  }

  /** What stood at the vendor before, told to an agent that proposes to change it: people outside may have written any of it. */
  learnPreview(
    told: { call: string; action: KnownAction; before: Record<string, unknown> | null },
    now: number,
  ): void {
    const before = told.before ?? {};
    const texts = leavesOf(before, MARKS_MAX);
    if (texts.length === 0) return;
    this.reading.untrusted(now);
    this.reading.saw(classRead(told.action, before), now);
    const marks = new Set(texts.flatMap(({ value }) => looseMarks(value)));
    safely(() => this.#keep(this.#session(null), told.call, 'untrusted', marks, now));
  }

  /**
   * What a call is about to write at its vendor and is not trusted: read again it is not, whatever the contract says. In the
   * transaction of its intent. `derived` undefined: it was stored before that was looked up.
   */
  writes(call: string, derived: Derived | null | undefined, now: number): void {
    if (derived === undefined) return;
    if (derived === null) return this.#written.lost(now);
    const { wrote } = derived;
    try {
      for (const [level, marks] of Object.entries(wrote))
        this.#written.keep(call, level as keyof typeof wrote, marks, now);
    } catch (error) {
      failed(error);
      this.#written.lost(now);
    }
  }

  #learn({ call, session, action, input, output }: Told, now: number): void {
    const marks = { trusted: new Set<string>(), untrusted: new Set<string>() };
    for (const { level, value } of markedIn(output, action.outputSchema)) {
      if (marks.trusted.size + marks.untrusted.size >= MARKS_MAX) break;
      const ofValue = level === 'trusted' ? [exactMark(value)] : looseMarks(value);
      for (const mark of ofValue) marks[level].add(mark);
    }
    const own = this.#session(session);
    this.#withoutEcho(marks.trusted, input, own, now);
    for (const level of ['trusted', 'untrusted'] as const)
      if (marks[level].size > 0) this.#keep(own, call, level, marks[level], now);
  }

  /** An id that an agent asks for comes back as the record's id: that vouches for the record, not for who chose it. */
  #withoutEcho(trusted: Set<string>, input: Record<string, unknown> | null, own: string, now: number): void {
    const asked = new Set(leavesOf(input ?? {}, WANTED_MAX).map(({ value }) => exactMark(value)));
    const echoes = [...trusted].filter((mark) => asked.has(mark));
    if (echoes.length === 0) return;
    const rows = this.#kept.rows(now).filter((row) => row.level === 'trusted' && row.session === own);
    for (const mark of echoes) {
      const hashed = this.#number(mark);
      if (!rows.some((row) => row.has(hashed))) trusted.delete(mark);
    }
  }

  #keep(session: string, call: string, level: Provenance, marks: ReadonlySet<string>, now: number): void {
    const hashed = [...marks].slice(0, MARKS_MAX).map((mark) => this.#hash(mark));
    this.#kept.keep({ session, call, level, at: now, marks: Buffer.concat(hashed) });
  }

  /**
   * Where each string, number and link of an input comes from. Trusted: exactly what this session was told by a trusted field, or
   * the manifest names. Untrusted: it is in what strangers may have written, whichever session read that, so that another name of
   * a session hides nothing. Null: it could not be looked up, and then nothing of it is known.
   */
  of(
    asked: Pick<AskedCall, 'input' | 'session' | 'action'>,
    manifest: Constants,
    now: number,
  ): Derived | null {
    try {
      const all = argumentsOf(asked.input, asked.action);
      const levels = this.#levels(all, asked.session, manifest, now);
      const wrote = { untrusted: new Set<string>(), unattributed: new Set<string>() };
      for (const [at, { own, names }] of all.entries()) {
        const level = levels[at]?.level;
        if (names || level === undefined || level === 'trusted') continue;
        for (const mark of own) wrote[level].add(this.#hex(mark));
      }
      return {
        arguments: levels,
        wrote: { untrusted: [...wrote.untrusted], unattributed: [...wrote.unattributed] },
      };
    } catch (error) {
      if (!(error instanceof RangeError)) failed(error);
      return null;
    }
  }

  /** The same of links in texts that stand at the vendor and go out by the call; null: not known. */
  ofFacts(
    { action, session }: Pick<AskedCall, 'action' | 'session'>,
    facts: Facts,
    manifest: Constants,
    now: number,
  ): Derivation[] | null {
    try {
      const links = sinksInFacts(action, facts).map(argumentOfLink);
      return links.length === 0 ? [] : this.#levels(links, session, manifest, now);
    } catch (error) {
      failed(error);
      return null;
    }
  }

  #levels(all: readonly Argument[], session: string | null, manifest: Constants, now: number): Derivation[] {
    const constants = constantMarks(
      manifest.approved,
      manifest.sites.flatMap(({ origins }) => origins),
    );
    const found = this.#found(all, this.#session(session), now);
    return all.map((argument, at) => derivation(argument, constants, found(at)));
  }

  /** By the place of an argument: the newest calls that told it, and by which the agent wrote it itself. */
  #found(all: readonly Argument[], own: string, now: number): (at: number) => Found {
    const rows = this.#kept.rows(now);
    const trusted = this.#newest(all, 'exact', rows, (row) => row.level === 'trusted' && row.session === own);
    const untrusted = this.#newest(all, 'loose', rows, (row) => row.level === 'untrusted');
    const forgot = this.#written.forgot(now);
    return (at) => ({
      trusted: forgot ? undefined : trusted.get(at),
      untrusted: untrusted.get(at),
      written: this.#written.of(
        (all[at]?.own ?? []).map((mark) => this.#hex(mark)),
        now,
      ),
    });
  }

  #newest(
    all: readonly Argument[],
    how: 'exact' | 'loose',
    rows: readonly KeptRow[],
    concerns: (row: KeptRow) => boolean,
  ): Map<number, string> {
    const wanted = this.#wanted(all, how);
    const newest = new Map<number, string>();
    const seen = new Map<number, number>();
    for (const row of rows.filter(concerns)) {
      for (const mark of row.among(wanted)) {
        const one = wanted.get(mark);
        if (!one) continue;
        seen.set(mark, (seen.get(mark) ?? 0) + 1);
        for (const at of one.at) if (!one.passage && !newest.has(at)) newest.set(at, row.call);
        one.call ??= row.call;
      }
    }
    for (const [mark, { passage, at, call }] of wanted)
      if (passage && call !== undefined && (seen.get(mark) ?? 0) < BOILERPLATE)
        for (const place of at) if (!newest.has(place)) newest.set(place, call);
    return newest;
  }

  /** By mark: the places of the arguments that have it. */
  #wanted(all: readonly Argument[], how: 'exact' | 'loose'): Map<number, Wanted> {
    const wanted = new Map<number, Wanted>();
    for (const [at, argument] of all.entries()) {
      for (const mark of argument[how]) {
        if (wanted.size >= WANTED_MAX) throw new RangeError(`more than ${WANTED_MAX} marks`);
        const hashed = this.#number(mark);
        const known = wanted.get(hashed) ?? {
          at: [],
          passage: mark.startsWith('passage\n'),
          call: undefined,
        };
        known.at.push(at);
        wanted.set(hashed, known);
      }
    }
    return wanted;
  }

  #session(session: string | null): string {
    return this.#hex(`session\n${session ?? DEFAULT_SESSION}`);
  }

  #hex(mark: string): string {
    return this.#hash(mark).toString('hex');
  }

  #number(mark: string): number {
    return KeptMarks.numberIn(this.#hash(mark), 0);
  }

  #hash(mark: string): Buffer {
    return createHmac('sha256', this.#key()).update(`provenance\n${mark}`).digest().subarray(0, MARK);
  }
}

interface Wanted {
  at: number[];
  passage: boolean;
  /** The newest call that told it. */
  call: string | undefined;
}

function safely(work: () => void): void {
  try {
    work();
  } catch (error) {
    failed(error);
  }
}

function failed(error: unknown): void {
  // The name alone: a message may quote what it failed at.
  const name = error instanceof Error ? error.name : 'not an Error';
  console.error(JSON.stringify({ alert: 'guard.provenance-failed', error: name }));
}
