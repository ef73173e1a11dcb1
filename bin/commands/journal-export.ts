import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { option, unanswered, type Command } from '../lib/command.ts';
import { isCheckpointLine, openExport } from '../lib/journal-stream.ts';
import { printable, type Report } from '../lib/output.ts';

export const journalExport: Command = {
  name: 'journal export',
  summary: 'The whole audit log as NDJSON, with its signed checkpoint as the last line',
  usage: '[--out <file>]',
  examples: ['toolgate journal export --out journal.ndjson', 'toolgate journal export | head -1'],
  details: ['--out   a file, readable by you alone (standard output)'],
  options: { out: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  run: async (call) => {
    const lines = await openExport(call.access);
    if (lines.kind !== 'ok') return unanswered(lines, call.access.gate);
    const out = option(call.values, 'out');
    try {
      return out === undefined ? await toOutput(lines.value, call.stdout) : await toFile(lines.value, out);
    } catch (error) {
      return broken(error instanceof Error ? error.message : String(error));
    }
  },
};

async function toOutput(lines: AsyncIterable<string>, stdout: Writable): Promise<Report> {
  const found = { entries: 0, whole: false };
  await pipeline(counted(lines, found), stdout, { end: false });
  return found.whole ? { text: '', json: undefined, exit: 0 } : broken('it has no checkpoint');
}

async function toFile(lines: AsyncIterable<string>, out: string): Promise<Report> {
  const found = { entries: 0, whole: false };
  await pipeline(counted(lines, found), createWriteStream(out, { mode: 0o600 }));
  if (!found.whole) return broken('it has no checkpoint');
  const text = `${found.entries} entries and their checkpoint are in ${out}.\nNext: toolgate journal verify --file ${out}`;
  return { text, json: { entries: found.entries, file: out }, exit: 0 };
}

/** The lines with their ends, counting the entries and noting whether the last line is the checkpoint. */
async function* counted(
  lines: AsyncIterable<string>,
  found: { entries: number; whole: boolean },
): AsyncGenerator<string> {
  for await (const line of lines) {
    found.whole = isCheckpointLine(line);
    if (!found.whole) found.entries += 1;
    yield `${line}\n`;
  }
}

function broken(detail: string): Report {
  const text = `The export is not whole: ${printable(detail)}\nTry again; what was written proves nothing.`;
  return { text, json: { error: 'export-broken', detail }, exit: 1 };
}
