import type { Entry } from '../../shared/journal.ts';
import type { Result } from '../../shared/rpc.ts';
import { reach } from './answer.ts';
import type { Env } from './env.ts';

/** One time that values were opened, or refused to be. No value is in it. */
export interface OpeningView {
  /** RFC 3339. */
  at: string;
  kind: (typeof kinds)[number];
  /** What else the journal says: agent, call, action and purpose or person and reason; placeholders, or leads and fields. */
  data: Entry['data'];
}

export interface OpeningsQuery {
  agent?: string;
  call?: string;
  placeholder?: string;
  since?: string;
}

const kinds = ['vault.opened', 'vault.revealed', 'vault.refused', 'lead.opened', 'lead.revealed'] as const;
/** Pages of the audit log looked at for each kind: a placeholder is looked for in what they hold. */
const PAGES = 10;
const PAGE = 500;

/** Who had what opened, by the audit log, newest first. `complete`: false when there may be more. */
export async function openings(
  env: Env,
  credential: string | null,
  { placeholder, ...filter }: OpeningsQuery,
): Promise<Result<{ openings: OpeningView[]; complete: boolean }>> {
  const found = await Promise.all(kinds.map(async (kind) => ofKind(env, credential, { ...filter, kind })));
  const refused = found.find((one) => !one.ok);
  if (refused && !refused.ok) return refused;
  const all = found.flatMap((one) => (one.ok ? one.value.entries : []));
  const named = all.filter(
    ({ data }) => placeholder === undefined || holds(data['placeholders'], placeholder),
  );
  const openings = named
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .map(({ at, kind, data }) => ({ at, kind: kind as OpeningView['kind'], data }));
  return { ok: true, value: { openings, complete: found.every((one) => one.ok && one.value.complete) } };
}

async function ofKind(
  env: Env,
  credential: string | null,
  filter: Omit<OpeningsQuery, 'placeholder'> & { kind: string },
): Promise<Result<{ entries: Entry[]; complete: boolean }>> {
  const entries: Entry[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const query = { ...filter, limit: PAGE, ...(after !== undefined && { after }) };
    const found = await reach(async () => env.LEDGER.query(credential, query));
    if (!found.ok) return found;
    entries.push(...(found.value.entries as Entry[]));
    if (found.value.next === null) return { ok: true, value: { entries, complete: true } };
    after = found.value.next;
  }
  return { ok: true, value: { entries, complete: false } };
}

function holds(placeholders: unknown, one: string): boolean {
  return Array.isArray(placeholders) && placeholders.includes(one);
}
