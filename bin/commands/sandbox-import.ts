import { existsSync, readFileSync } from 'node:fs';
import { shapesOf } from '../../workers/sandbox/import-shapes.ts';
import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { maskRecords, type MaskingReport } from '../lib/masking.ts';
import { printable, type Report } from '../lib/output.ts';
import { simulator, vendorsNamed } from '../lib/sandbox.ts';

/** The largest file that is read, in bytes; what is masked of it is much less. */
const FILE_MAX = 20_000_000;

export const sandboxImport: Command = {
  name: 'sandbox import',
  summary:
    'Load real records into a simulated vendor, masked on this machine and approved by a second person',
  usage: '<vendor> [(--file <records.json> | --approve <import>) --reason <text>] [--dry-run]',
  examples: [
    'toolgate sandbox import crm --file contacts.json --dry-run',
    'toolgate sandbox import crm --file contacts.json --reason "the demo needs real proportions"',
    'toolgate sandbox import crm --as operator2',
    'toolgate sandbox import crm --approve 5f2c… --reason "looked at what was masked" --as operator2',
  ],
  details: [
    '--file     JSON: { "contacts": [ … ] }, each record as the vendor\'s own export has it',
    '--approve  what another person asked for; what the simulator held of those types is replaced',
    '--dry-run  mask, say what was masked, and send nothing',
    'With neither: what waits for a second person, with a few records as they are masked.',
    '',
    'Mail addresses, numbers, names, domains and texts become synthetic ones, the same for the same within one import. A',
    'word is kept only where five records share it. Fields that nobody classed are left out; types that nobody classed are',
    'refused. Nothing unmasked leaves this machine, and the simulator looks again. Both acts are journaled.',
  ],
  options: {
    file: { type: 'string' },
    approve: { type: 'string' },
    reason: { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  takes: 1,
  person: 'operator',
  run,
};

async function run(call: Invocation): Promise<Report> {
  const [file, approve, reason] = ['file', 'approve', 'reason'].map((name) => option(call.values, name));
  const dry = call.values['dry-run'] === true;
  if (file !== undefined && approve !== undefined)
    return misuse('Say either --file, to ask for an import, or --approve, to approve one.');
  if ((file ?? approve) !== undefined && reason === undefined && !dry)
    return misuse('Say why: --reason "…". It is journaled.');
  const found = await vendorsNamed(call, call.args[0]);
  if (!found.ok) return found.report;
  const vendor = found.value[0]?.vendor ?? '';
  if (approve !== undefined) return approval(call, vendor, approve, reason);
  return file === undefined ? waiting(call, vendor) : asking(call, vendor, file, { reason, dry });
}

async function asking(
  call: Invocation,
  vendor: string,
  file: string,
  { reason, dry }: { reason: string | undefined; dry: boolean },
): Promise<Report> {
  const shapes = shapesOf(vendor);
  if (!shapes) return failed(`Nobody has classed the records of ${vendor}, so none are loaded.`);
  const read = readJson(file);
  if (!read.ok) return misuse(read.error);
  const masking = maskRecords(read.value, shapes);
  if (!masking.ok) return failed(masking.error);
  const shown = inWords(masking.report);
  if (dry) return { text: `${shown}\n\nNothing was sent.`, json: masking.report, exit: 0 };
  const { records } = masking;
  const answer = await simulator<{ import: string }>(
    call,
    'POST',
    `/${vendor}/imports`,
    { reason, records },
    call.access.token,
  );
  if (!answer.ok) return answer.report;
  const id = printable(answer.value.import);
  const next = `toolgate sandbox import ${vendor} --approve ${id} --reason "…"`;
  const text = `${shown}\n\nIt waits for a second person, for a day:\n  ${next}`;
  return { text, json: { ...answer.value, report: masking.report }, exit: 0 };
}

interface Waiting {
  import: string;
  person: string;
  at: string;
  records: Record<string, number>;
  sample: Record<string, { fields: Record<string, unknown> }[]>;
}

/** What waits, with a few records of each type, so that whoever approves has seen what it is. */
async function waiting(call: Invocation, vendor: string): Promise<Report> {
  const answer = await simulator<Waiting[]>(call, 'GET', `/${vendor}/imports`, undefined, call.access.token);
  if (!answer.ok) return answer.report;
  const blocks = answer.value.map(({ import: id, person, at, records, sample }) => {
    const what = Object.entries(records).map(([type, n]) => `${n} ${type}`);
    const some = Object.values(sample).flatMap((list) =>
      list.map(({ fields }) => `  ${JSON.stringify(fields)}`),
    );
    return [`${id}  ${what.join(', ')}, asked for by ${person} at ${at}`, ...some].map(printable).join('\n');
  });
  const text = blocks.join('\n\n') || `No import of ${vendor} waits for a second person.`;
  return { text, json: answer.value, exit: 0 };
}

async function approval(
  call: Invocation,
  vendor: string,
  id: string,
  reason: string | undefined,
): Promise<Report> {
  if (!/^[0-9a-f]{64}$/.test(id)) return misuse('--approve takes the id that the import was given.');
  const path = `/${vendor}/imports/${id}/approval`;
  const answer = await simulator<{ records: Record<string, number>; askedBy: string }>(
    call,
    'POST',
    path,
    { reason },
    call.access.token,
  );
  if (!answer.ok) return answer.report;
  const { records, askedBy } = answer.value;
  const what = Object.entries(records).map(([type, n]) => `${n} ${type}`);
  const text = printable(`${vendor} holds ${what.join(', ')}, masked; asked for by ${askedBy}.`);
  return { text, json: answer.value, exit: 0 };
}

/** `masked: contacts/email 12, …`, and the same of what was kept and left out. */
function inWords({ masked, kept, dropped }: MaskingReport): string {
  const line = (what: string, counts: Record<string, number>): string => {
    const parts = Object.entries(counts).map(([place, n]) => `${place} ${n}`);
    return `${what.padEnd(9)}${parts.join(', ') || 'nothing'}`;
  };
  return [line('masked', masked), line('kept', kept), line('left out', dropped)].map(printable).join('\n');
}

function readJson(path: string): { ok: true; value: unknown } | { ok: false; error: string } {
  if (!existsSync(path)) return { ok: false, error: `${path}: no such file.` };
  const bytes = readFileSync(path);
  if (bytes.length > FILE_MAX) return { ok: false, error: `${path}: at most ${FILE_MAX / 1e6} MB are read.` };
  try {
    return { ok: true, value: JSON.parse(bytes.toString()) as unknown };
  } catch {
    // The parser's own words would quote the file.
    return { ok: false, error: `${path}: this is not JSON.` };
  }
}

function failed(text: string): Report {
  return { text, json: { error: 'not-masked', detail: text }, exit: 1 };
}
