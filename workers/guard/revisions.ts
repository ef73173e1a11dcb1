/** What a call that waits for people would run: as the agent asked, and as people edited it since. */
import type { CallRequest } from '../../shared/rpc.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';
import { approvalDigest } from './binding.ts';
import type { Arrival, Stored } from './stored.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Column } from './column.ts';
import type { Denial } from './denial.ts';
import type { Derived } from './derived.ts';
import type { RevisionRow } from './revision-store.ts';
import { go, type Step } from './steps/step.ts';

/** One revision as it would run under the contract, the manifest and the environment of now. */
export interface Held {
  digest: string;
  /** 0: as the agent asked. */
  n: number;
  call: AskedCall;
  request: CallRequest;
  /** Pointers that people edited. */
  edited: string[];
}

/** Revisions that fit now; and why the newest one that does not fit does not. */
export interface Holding {
  held: Held[];
  unfit: Denial | null;
}

/** All revisions of a waiting call, each with its digest computed anew: one whose contract has changed has another. */
export function holding(column: Column, row: CallRow, stored: Stored): Holding {
  const all = versions(column.book.revisions.of(row.id), stored).map((version) => ({
    version,
    asked: readVersion(column, stored, version),
  }));
  const held = all.flatMap(({ version, asked }): Held[] => {
    if (!asked.ok) return [];
    const body =
      version.n === 0 ? row.digest : bodyDigest(column, stored, version.request.body, version.from);
    return [{ ...version, call: asked.value, digest: digestOf(column, row.id, asked.value, body) }];
  });
  const denials = all.flatMap(({ asked }) => (asked.ok ? [] : [asked.denial]));
  return { held, unfit: denials.at(-1) ?? null };
}

/** The digest of a call that is about to wait, as the agent asked. */
export function firstDigest(
  column: Column,
  { id, digest }: Pick<Arrival, 'id' | 'digest'>,
  call: AskedCall,
): string {
  return digestOf(column, id, call, digest);
}

/** The digest of a call with another body, edited from a revision of that digest. */
export function editedDigest(
  column: Column,
  id: string,
  stored: Stored,
  call: AskedCall,
  { body, from }: { body: string; from: string },
): string {
  return digestOf(column, id, call, bodyDigest(column, stored, body, from));
}

type Version = Pick<Held, 'n' | 'request' | 'edited'> & {
  from: string;
  placeholders: readonly KnownPlaceholder[];
  derived: Derived | null | undefined;
};

function versions(
  rows: readonly RevisionRow[],
  { request, placeholders = [], derived: first }: Stored,
): Version[] {
  const edits = rows.map(({ n, from_digest: from, body, pointers, placeholders, derived }) => ({
    n,
    from,
    request: { ...request, body },
    edited: JSON.parse(pointers) as string[],
    placeholders: JSON.parse(placeholders) as KnownPlaceholder[],
    derived: derived === null ? undefined : (JSON.parse(derived) as Derived | null),
  }));
  return [{ n: 0, from: '', request, edited: [], placeholders, derived: first }, ...edits];
}

function readVersion(
  column: Column,
  { caller, proposal }: Stored,
  { n, request, placeholders, derived }: Version,
): Step<AskedCall> {
  const asked = column.contract(caller, request);
  if (!asked.ok) return asked;
  // An edited call is no longer what was proposed, so there is nothing of the proposal to compare it with.
  return go({ ...asked.value, placeholders, derived, ...(proposal && n === 0 && { proposal }) });
}

/**
 * Of an edited body, with what it was edited from: edited there and back it is another revision, so that what was decided before
 * the edits counts no more.
 */
function bodyDigest({ book }: Column, { caller, request }: Stored, body: string, from: string): string {
  const { digest } = book.arrival(caller, { ...request, body });
  return book.keyed('revision')(`${from}\n${digest}`);
}

function digestOf(
  column: Column,
  call: string,
  { action, inputText, placeholders }: AskedCall,
  body: string,
): string {
  const { environment, book } = column;
  return approvalDigest(
    { call, input: inputText, body, environment, contract: action.hash, placeholders },
    book.keyed('approval'),
  );
}
