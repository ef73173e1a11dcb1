import type { Entry } from '../../shared/journal.ts';
import { askOps, type Access, type GateAnswer } from './client.ts';
import { query } from './command.ts';
import { isCheckpointLine } from './journal-stream.ts';

/** What the gate answered instead of a page; thrown, since pages are asked for in the middle of a stream. */
export class PageRefused extends Error {
  readonly answer: Exclude<GateAnswer<never>, { kind: 'ok' }>;
  constructor(answer: Exclude<GateAnswer<never>, { kind: 'ok' }>) {
    super('the journal could not be read');
    this.answer = answer;
  }
}

/** Entries of some kinds since a time (RFC 3339), newest first within each kind, a page in memory at a time. Throws `PageRefused`. */
export async function* journalPages(
  access: Access,
  kinds: readonly string[],
  since: string,
  filter: { agent?: string } = {},
): AsyncGenerator<Entry> {
  for (const kind of kinds) {
    let after: string | undefined;
    do {
      const path = `/journal${query({ kind, since, limit: '500', after, ...filter })}`;
      const answer = await askOps<{ entries: Entry[]; next: string | null }>(access, 'GET', path);
      if (answer.kind !== 'ok') throw new PageRefused(answer);
      yield* answer.value.entries;
      after = answer.value.next ?? undefined;
    } while (after !== undefined);
  }
}

/** Entries of some kinds since a time out of an export's lines. */
export async function* exportedEntries(
  lines: AsyncIterable<string>,
  kinds: readonly string[],
  since: string,
): AsyncGenerator<Entry> {
  for await (const line of lines) {
    // Most lines are of other kinds; those are not parsed.
    if (isCheckpointLine(line) || !kinds.some((kind) => line.includes(`"kind":"${kind}"`))) continue;
    const entry = JSON.parse(line) as Entry;
    if (kinds.includes(entry.kind) && entry.at >= since) yield entry;
  }
}
