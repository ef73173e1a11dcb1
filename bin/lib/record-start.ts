import type { Entry } from '../../shared/journal.ts';
import { askOps, type Access } from './client.ts';
import { query } from './command.ts';
import { PageRefused } from './journal-pages.ts';

/** Close enough to say from when a record reaches back. */
const NEAR_MS = 60_000;

/**
 * From when the journal reaches back, at most `since` (both Unix ms): `since` itself when something older is recorded, else
 * when the first entry after it was made, within a minute. Null: nothing is recorded at all. Some two dozen small requests at
 * the most. Throws `PageRefused`.
 */
export async function recordStart(access: Access, since: number, now: number): Promise<number | null> {
  const newest = async (until: number): Promise<number | null> => {
    const path = `/journal${query({ until: new Date(until).toISOString(), limit: '1' })}`;
    const answer = await askOps<{ entries: Entry[] }>(access, 'GET', path);
    if (answer.kind !== 'ok') throw new PageRefused(answer);
    const [entry] = answer.value.entries;
    return entry ? Date.parse(entry.at) : null;
  };
  if ((await newest(since)) !== null) return since;
  let [empty, found] = [since, await newest(now)];
  while (found !== null && found - empty > NEAR_MS) {
    const middle = Math.floor((empty + found) / 2);
    const earlier = await newest(middle);
    // The newest before the middle, so at least half of what was left is ruled out either way.
    if (earlier === null) empty = middle;
    else found = earlier;
  }
  return found;
}
