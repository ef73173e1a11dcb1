import { createReadStream, existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Entry } from '../../shared/journal.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { backtest, type Backtest } from '../lib/backtest.ts';
import { misuse, option, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { differenceRow, differenceTitles } from '../lib/differences.ts';
import { exportedEntries, journalPages, PageRefused } from '../lib/journal-pages.ts';
import { linesOf } from '../lib/journal-stream.ts';
import { facts, printable, table, type Report } from '../lib/output.ts';
import { backtestEvidence, recorded } from '../lib/policy-evidence.ts';
import { findSet, nameOf, setOfVersion } from '../lib/policy-source.ts';
import { decisionKinds } from '../lib/recorded-decisions.ts';
import { sinceOf } from '../lib/since.ts';

export const policyBacktest: Command = {
  name: 'policy backtest',
  summary: 'What a policy set would have decided of the calls that were made; changes nothing',
  usage: '<folder|version> [--since 30d] [--file <export>] [--record]',
  examples: [
    'toolgate policy backtest . --since 30d',
    'toolgate policy backtest ../candidate --since 2026-11-01T00:00:00Z --json',
    'toolgate policy backtest . --file journal.ndjson',
    'toolgate policy backtest . --record',
  ],
  details: [
    '<folder>   holds governance/, or policies/ and manifests/; or the version of a set that was in force',
    '--since    how far back: 30d, 12h, or a time (30d)',
    '--file     an export of the journal (toolgate journal export) instead of what the gate holds now',
    '--record   has the gate keep the counts and differences beside that policy set',
    'Each recorded decision is asked again with real Cedar. Where a policy reads a personal field, which the journal',
    'does not hold, and it matters, the decision is listed as uncertain.',
  ],
  options: { since: { type: 'string' }, file: { type: 'string' }, record: { type: 'boolean' } },
  takes: 1,
  // An auditor can look, and records nothing.
  person: 'operator',
  offline: (values) => option(values, 'file') !== undefined && values['record'] !== true,
  run,
};

async function run(call: Invocation): Promise<Report> {
  const since = sinceOf(option(call.values, 'since') ?? '30d', call.now);
  if (since === undefined)
    return misuse('--since is a span such as 30d or 12h, or a time such as 2026-11-01T00:00:00Z.');
  const file = option(call.values, 'file');
  if (file !== undefined && !existsSync(file)) return misuse(`There is no file ${file}.`);
  const found = await findSet(call.access, call.args[0] ?? '');
  if (!found.ok) return found.report;
  // Loaded here, because Cedar's WebAssembly would slow down every other command, a stop among them.
  const { PolicyJudge } = await import('../lib/policy-judge.ts');
  const judge = new PolicyJudge(found.set);
  const entries = file === undefined ? journalPages(call.access, decisionKinds, since) : ofFile(file, since);
  const asking = {
    judge: judge.judge.bind(judge),
    action: (name: string) => catalogue.get(name),
    pinned: contractsOf(call),
  };
  try {
    const result = await backtest(entries, asking, progress(call.stderr));
    const { version } = found.set;
    const text = show(nameOf(found), since, result);
    const report: Report = { text, json: { candidate: version, since, ...result }, exit: 0 };
    if (call.values['record'] !== true) return report;
    const until = new Date(call.now).toISOString();
    const from = file === undefined ? 'audit-log' : 'file';
    return await recorded(call.access, version, backtestEvidence(result, { since, until, from }), report);
  } catch (error) {
    if (error instanceof PageRefused) return unanswered(error.answer, call.access.gate);
    const detail = error instanceof Error ? error.message : String(error);
    return {
      text: `The journal was not read to its end: ${printable(detail)}`,
      json: { error: 'unreadable', detail },
      exit: 1,
    };
  }
}

function ofFile(file: string, since: string): AsyncGenerator<Entry> {
  return exportedEntries(linesOf(createReadStream(file) as AsyncIterable<Uint8Array>), decisionKinds, since);
}

/** Contract hashes by version; each version is asked for once, and one that cannot be read is null. */
function contractsOf({
  access,
}: Invocation): (version: string, action: string) => Promise<string | undefined | null> {
  const known = new Map<string, Promise<Record<string, string> | null>>();
  return async (version, action) => {
    const asked =
      known.get(version) ??
      setOfVersion(access, version).then((found) => (found.ok ? found.set.contracts : null));
    known.set(version, asked);
    const contracts = await asked;
    return contracts && (Object.hasOwn(contracts, action) ? contracts[action] : undefined);
  };
}

/** Says now and then how far it is; a terminal gets one line that is written over. */
function progress(stderr: Writable): (decisions: number) => void {
  const terminal = 'isTTY' in stderr && stderr.isTTY === true;
  const every = terminal ? 500 : 10_000;
  return (decisions) => {
    if (decisions % every === 0)
      stderr.write(`${terminal ? '\r' : ''}${decisions} decisions judged${terminal ? '' : '\n'}`);
  };
}

function show(candidate: string, since: string, result: Backtest): string {
  const { decisions, same, different, unsure, versions } = result;
  const head = facts([
    ['candidate', candidate],
    ['since', since],
    [
      'decided by',
      Object.entries(versions)
        .map(([id, count]) => `${id || 'a version that is not recorded'} (${count})`)
        .join(', '),
    ],
    ['decisions', decisions],
    ['the same', same],
    ['different', different],
    ['uncertain', unsure],
  ]);
  const parts = [head];
  if (result.differences.length > 0)
    parts.push(table(differenceTitles, result.differences.map(differenceRow), ''));
  if (result.uncertain.length > 0) {
    const rows = result.uncertain.map(({ count, agent, calls, why }) => [
      String(count),
      agent,
      calls[0] ?? '',
      why,
    ]);
    parts.push(`Uncertain:\n${table(['CALLS', 'AGENT', 'SUCH AS', 'WHY'], rows, '')}`);
  }
  if (different === 0 && decisions > 0) parts.push('No call would surely have been decided otherwise.');
  if (decisions === 0) parts.push('No policy decision is recorded since then.');
  return parts.join('\n\n');
}
