import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
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
      // What spreadsheets write, depending on the country.
      delimiter: [',', ';', '\t'],
      bom: true,
      trim: true,
      skip_empty_lines: true,
    });
    if (rows[0] && !('email' in rows[0]) && !('phone' in rows[0])) {
      return {
        ok: false,
        fault: `${file}: the header line names neither email nor phone. See examples/leads.csv.`,
      };
    }
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
  onWait: (seconds: number) => void,
): Promise<Posted[]> {
  const posted: Posted[] = [];
  for (const row of rows) {
    const one = await patiently(() => postLead(gate, site, row), onWait);
    posted.push(one);
    tell(one);
  }
  return posted;
}

/** The site takes so many from one address a minute; a file is posted at that pace. */
async function patiently(
  post: () => Promise<Posted & { wait: number }>,
  onWait: (seconds: number) => void,
): Promise<Posted> {
  for (let tries = 0; ; tries += 1) {
    const { wait, ...posted } = await post();
    if (wait === 0 || tries === 3) return posted;
    onWait(wait);
    await sleep(wait * 1000);
  }
}

async function postLead(
  gate: string,
  site: string,
  row: Record<string, string>,
): Promise<Posted & { wait: number }> {
  const answer = await fetch(`${gate}/leads/${site}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ publishable_key: 'pk_acmeweb01', ...row }).toString(),
  });
  const body = await answer.json<{ lead?: string; status?: unknown; title?: string; detail?: string }>();
  const told = body.lead === undefined ? [body.title, body.detail].filter(Boolean).join(': ') : 'accepted';
  const wait = answer.status === 429 ? Math.min(Number(answer.headers.get('retry-after')) || 1, 60) : 0;
  return { row, id: body.lead ?? null, answer: `${answer.status} ${told}`, wait };
}
