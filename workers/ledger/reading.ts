import { encodeTime } from 'ulid';
import type { Entry } from '../../shared/journal.ts';
import type { Objects } from '../../shared/rpc.ts';
import { assembleCalls, type CallRecord } from './calls.ts';
import { filterOf, stands, type Searchable } from './search.ts';
import type { MonthApi } from './env.ts';
import { monthOfCall, monthsBetween, timeOfCall } from './months.ts';
import type { Filter } from './store.ts';

/** Looks at objects per page; past them a page ends early, and its cursor goes on. */
const MAX_LOOKS = 10;

/** A place in the log, reading from the newest entry to the oldest: a month and a row to go on before. */
export interface Place {
  month: string;
  /** Null: from the month's newest. */
  before: number | null;
}

/** Entries that match, newest first. `months` oldest first; begins at `from`, or at the newest. */
export async function findEntries(
  ledger: Objects<MonthApi>,
  months: readonly string[],
  filter: Filter,
  from: Place | null,
  limit: number,
): Promise<{ entries: Entry[]; next: Place | null }> {
  const span = monthsBetween(months, filter.since, filter.until);
  const entries: Entry[] = [];
  let place = from ?? older(span, null);
  for (let looks = 0; place && looks < MAX_LOOKS && entries.length < limit; looks += 1) {
    const { month, before } = place;
    const found = await ledger.getByName(month).find({ filter, before, limit: limit - entries.length });
    entries.push(...found.entries.map(parse));
    place = found.next === null ? older(span, month) : { month, before: found.next };
  }
  return { entries, next: place };
}

/** The newest of the months (newest first) that is older than this one. */
function older(months: readonly string[], than: string | null): Place | null {
  const month = months.find((month) => than === null || month < than);
  return month === undefined ? null : { month, before: null };
}

/** What calls are looked up by: as entries are, and how they stand, and a part of their id. */
export type CallFilter = Omit<Filter, 'mark' | 'outcome' | 'part'> & {
  status?: Searchable | undefined;
  id?: string | undefined;
};

/** Pages that one search looks through for calls that stand as asked. */
const MAX_PAGES = 4;

/**
 * Calls of which some entry matches each part of the filter, newest first. A page ends early, with a cursor, where few of
 * many calls stand as asked.
 */
export async function searchCalls(
  ledger: Objects<MonthApi>,
  months: readonly string[],
  { status, ...asked }: CallFilter,
  after: string | null,
  limit: number,
): Promise<{ calls: CallRecord[]; next: string | null }> {
  const filter = filterOf({ ...asked, status });
  const calls: CallRecord[] = [];
  let next = after;
  for (let pages = 0; pages < MAX_PAGES && calls.length < limit; pages += 1) {
    const page = await findCalls(ledger, months, filter, next, limit - calls.length);
    calls.push(...page.calls.filter((call) => stands(call, status)));
    next = page.next;
    if (next === null) break;
  }
  return { calls, next };
}

/**
 * Calls of which an entry matches, newest first. The same call may have entries in two months, so what the months
 * answer is merged; only calls that every month was asked about are given out.
 */
async function findCalls(
  ledger: Objects<MonthApi>,
  months: readonly string[],
  filter: Filter,
  after: string | null,
  limit: number,
): Promise<{ calls: CallRecord[]; next: string | null }> {
  const before = after ?? (filter.until === undefined ? null : firstCallAt(filter.until));
  const found = new Set<string>();
  let floor = '';
  for (const month of monthsBetween(months, filter.since, filter.until)) {
    const { calls, next } = await ledger.getByName(month).findCalls({ filter, before, limit });
    for (const call of calls) found.add(call);
    if (next !== null && next > floor) floor = next;
    // An older month holds only calls that began in it or earlier.
    if (floor !== '' && monthOfCall(floor) >= month) break;
  }
  const ids = [...found].filter((call) => call >= floor).sort((a, b) => (a < b ? 1 : -1));
  const page = ids.slice(0, limit);
  const next = ids.length > limit ? (page.at(-1) ?? null) : floor === '' ? null : floor;
  return { calls: assembleCalls(await entriesOf(ledger, months, page)), next };
}

/** All entries of some calls. */
export async function entriesOf(
  ledger: Objects<MonthApi>,
  months: readonly string[],
  calls: readonly string[],
): Promise<Entry[]> {
  const oldest = calls.toSorted()[0];
  if (oldest === undefined) return [];
  const since = new Date(timeOfCall(oldest)).toISOString();
  const bodies: string[] = [];
  for (const month of monthsBetween(months, since)) {
    bodies.push(...(await ledger.getByName(month).entriesOf([...calls])));
  }
  return bodies.map(parse);
}

/** An id that sorts before those of all calls that began at or after a time. */
function firstCallAt(time: string): string {
  return `call_${encodeTime(Date.parse(time), 10)}`;
}

function parse(body: string): Entry {
  return JSON.parse(body) as Entry;
}
