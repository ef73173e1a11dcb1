import type { LedgerDesk, Result } from '../../shared/rpc.ts';
import { secureHeaders } from '../../shared/http.ts';
import { reach, refuse } from './answer.ts';

type Page = { entries: string[]; next: string | null; checkpoint: unknown };

/**
 * The whole journal as NDJSON: an entry a line, oldest first, and last a line `{"checkpoint":…}`. A page that fails later
 * breaks the transfer off, so that a cut export is never mistaken for a whole one: it lacks its checkpoint.
 */
export async function exportJournal(ledger: LedgerDesk, credential: string | null): Promise<Response> {
  // The first page comes before the headers, so that a refusal is an ordinary problem.
  const first = await reach(() => ledger.export(credential, null));
  if (!first.ok) return refuse(first.problem);
  let page: Page | undefined = first.value;
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!page) return controller.close();
      const { entries, next, checkpoint }: Page = page;
      const lines = next === null ? [...entries, JSON.stringify({ checkpoint })] : entries;
      controller.enqueue(encoder.encode(lines.map((line) => `${line}\n`).join('')));
      page = next === null ? undefined : await nextPage(ledger, credential, next);
    },
  });
  return new Response(stream, {
    headers: {
      ...secureHeaders,
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="toolgate-journal.ndjson"',
    },
  });
}

async function nextPage(ledger: LedgerDesk, credential: string | null, after: string): Promise<Page> {
  const result: Result<Page> = await ledger.export(credential, after);
  if (!result.ok) throw new Error(`the export broke off: ${result.problem.code}`);
  return result.value;
}
