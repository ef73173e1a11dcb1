import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** One row of the file and what became of it at the door. */
export interface Posted {
  row: Record<string, string>;
  /** Null when it was not taken. */
  id: string | null;
  answer: string;
}

export type LeadRows = { ok: true; rows: Record<string, string>[] } | { ok: false; fault: string };

/** More than a demo shows; a wrong file should not flood the inbox. */
const ROWS_MAX = 200;

/** Reads a CSV with a header line. Says what is wrong with a file and where, and changes nothing. */
export function readLeads(file: string): LeadRows {
  try {
    const rows: Record<string, string>[] = parse(readFileSync(file, 'utf8'), {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
    });
    if (rows.length === 0)
      return { ok: false, fault: `${file}: no leads in it. It needs a header line and rows.` };
    if (rows.length > ROWS_MAX)
      return { ok: false, fault: `${file}: ${rows.length} rows; the demo takes up to ${ROWS_MAX}.` };
    return { ok: true, rows };
  } catch (error) {
    return { ok: false, fault: `${file}: ${error instanceof Error ? error.message : 'not readable'}` };
  }
}

/** Posts each row as a plain HTML form would, with the site's publishable key. */
export async function postLeads(
  gate: string,
  site: string,
  rows: Record<string, string>[],
  tell: (posted: Posted) => void,
): Promise<Posted[]> {
  const posted: Posted[] = [];
  for (const row of rows) {
    const one = await postLead(gate, site, row);
    posted.push(one);
    tell(one);
  }
  return posted;
}

async function postLead(gate: string, site: string, row: Record<string, string>): Promise<Posted> {
  const answer = await fetch(`${gate}/leads/${site}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ publishable_key: 'pk_acmeweb01', ...row }).toString(),
  });
  const body = await answer.json<{ lead?: string; status?: string; title?: string; detail?: string }>();
  const told = body.status ?? [body.title, body.detail].filter(Boolean).join(': ');
  return { row, id: body.lead ?? null, answer: `${answer.status} ${told}` };
}
