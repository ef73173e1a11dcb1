import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { misuse, option, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { linesOf, openExport } from '../lib/journal-stream.ts';
import { verifyExport, type ExportFault, type ExportReport } from '../lib/journal-verify.ts';
import { readLocalFile, root } from '../lib/local.ts';
import { facts, printable, when, type Report } from '../lib/output.ts';

/** A few tell what happened; `--json` has the rest. */
const SHOWN_FAULTS = 20;

export const journalVerify: Command = {
  name: 'journal verify',
  summary: 'Find any altered, missing, reordered or cut off entry of the audit log',
  usage: '[--file <export>] [--key <jwk file>]',
  examples: [
    'toolgate journal verify',
    'toolgate journal verify --file journal.ndjson',
    'toolgate journal verify --file journal.ndjson --key checkpoint-key.json',
  ],
  details: [
    '--file   an export to verify offline, instead of what the gate holds now',
    '--key    the public key (Ed25519 JWK) of the checkpoints; else that of .toolgate/local.json',
  ],
  options: { file: { type: 'string' }, key: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  offline: (values) => option(values, 'file') !== undefined,
  run,
};

async function run(call: Invocation): Promise<Report> {
  const key = readKey(option(call.values, 'key'));
  if (!key.ok) return misuse(key.fault);
  const file = option(call.values, 'file');
  if (file !== undefined && !existsSync(file)) return misuse(`There is no file ${file}.`);
  const lines = file === undefined ? await openExport(call.access) : offline(file);
  if (lines.kind !== 'ok') return unanswered(lines, call.access.gate);
  try {
    return verdict(await verifyExport(lines.value, key.jwk), call.now);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return {
      text: `Not read to its end: ${printable(detail)}`,
      json: { error: 'unreadable', detail },
      exit: 1,
    };
  }
}

function offline(file: string): { kind: 'ok'; value: AsyncIterable<string> } {
  return { kind: 'ok', value: linesOf(createReadStream(file) as AsyncIterable<Uint8Array>) };
}

/** The key comes from whom the auditor trusts, never from the export itself. */
function readKey(file: string | undefined): { ok: true; jwk: string } | { ok: false; fault: string } {
  if (file === undefined) {
    const local = readLocalFile(root);
    return local
      ? { ok: true, jwk: local.journalKey }
      : { ok: false, fault: 'No public key: name the file that holds it with --key.' };
  }
  if (!existsSync(file)) return { ok: false, fault: `There is no file ${file}.` };
  const jwk = readFileSync(file, 'utf8').trim();
  return jwk.startsWith('{') ? { ok: true, jwk } : { ok: false, fault: `${file} holds no JWK.` };
}

function verdict(report: ExportReport, now: number): Report {
  const { entries, sources, faults, omitted, checkpoint } = report;
  const holds = faults.length === 0;
  const counts = facts([
    ['verdict', holds ? 'the journal holds' : `${faults.length + omitted} faults: the journal does NOT hold`],
    ['entries', `${entries} of ${sources} sources`],
    [
      'checkpoint',
      checkpoint &&
        `${checkpoint.at}, ${when(checkpoint.at, now)}, ${checkpoint.valid ? 'signature right' : 'signature WRONG'}`,
    ],
  ]);
  const shown = faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${describe(fault)}`);
  const rest = faults.length + omitted - shown.length;
  const text = [counts, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n');
  return { text, json: { holds, ...report }, exit: holds ? 0 : 1 };
}

/** One fault in words. */
export function describe(fault: ExportFault): string {
  switch (fault.kind) {
    case 'altered':
      return `${at(fault)} was altered`;
    case 'missing':
      return `${printable(fault.source)} lacks entries ${fault.seq} to ${fault.to}`;
    case 'out-of-order':
      return `${at(fault)} is out of order or there twice`;
    case 'broken-link':
      return `${at(fault)} does not follow the entry before it`;
    case 'truncated':
      return `${printable(fault.source)} ends at ${fault.seq}, but ${fault.expected} was signed`;
    case 'unsigned':
      return `${printable(fault.source)} goes on to ${fault.seq}, past what was signed`;
    case 'unreadable':
      return `line ${fault.line} is no entry`;
    case 'after-checkpoint':
      return `line ${fault.line} follows the checkpoint`;
    case 'no-checkpoint':
      return 'the checkpoint is missing, so the end may be cut off';
    case 'bad-signature':
      return 'the checkpoint is not signed with this key';
  }
}

function at({ source, seq }: { source: string; seq: number }): string {
  return `${printable(source)} entry ${seq}`;
}
