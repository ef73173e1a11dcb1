import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { misuse, type Command } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { printable, table, type Report } from '../lib/output.ts';
import { recorded, testEvidence } from '../lib/policy-evidence.ts';
import { runPolicyTests, testFiles, type TestedFile, type TestRun } from '../lib/policy-test-run.ts';
import type { RowResult } from '../lib/policy-tests.ts';
import type { SourceFile } from '../lib/cedar-policies.ts';

export const policyTest: Command = {
  name: 'policy test',
  summary: 'Ask the policies of governance/ what its table tests ask; changes nothing, needs no gate',
  usage: '[file…] [--record]',
  examples: [
    'toolgate policy test',
    'toolgate policy test governance/tests/held.yaml --json',
    'toolgate policy test --record',
  ],
  details: [
    'file   a table of rows (all of governance/tests); with all of them, a policy that decides no row fails too',
    '--record   has the gate keep what came of all tests, beside the policy set that they were asked of',
    'What a row can say: governance/tests.schema.json and docs/policy.md.',
  ],
  options: { record: { type: 'boolean' } },
  takes: 0,
  mayTake: 200,
  person: 'operator',
  offline: (values) => values['record'] !== true,
  run: async ({ args, values, access, now }) => {
    const record = values['record'] === true;
    if (record && args.length > 0)
      return misuse('Only a run of all tests is recorded: no file, or no --record.');
    const read = args.length > 0 ? namedFiles(args) : { ok: true as const, files: testFiles(root) };
    if (!read.ok) return misuse(read.fault);
    // Loaded here, because Cedar's WebAssembly would slow down every other command, a stop among them.
    const { compileGovernance } = await import('../lib/governance.ts');
    const compiled = await compileGovernance(root);
    if (!compiled.ok) return invalid('governance/ does not hold', compiled.errors);
    const run = runPolicyTests(compiled.governance, catalogue, read.files, args.length === 0);
    const report = reportOf(run);
    if (!record) return report;
    return recorded(
      access,
      compiled.governance.version,
      testEvidence(run, new Date(now).toISOString()),
      report,
    );
  },
};

type Named = { ok: true; files: SourceFile[] } | { ok: false; fault: string };

function namedFiles(paths: readonly string[]): Named {
  const files: SourceFile[] = [];
  for (const path of paths) {
    const text = readText(path);
    if (text === undefined)
      return { ok: false, fault: `There is no file ${path}. All of them: toolgate policy test` };
    files.push({ path: relative(root, resolve(path)), text });
  }
  return { ok: true, files };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // Not there or not readable: told as what it is for a person, no such file.
  }
}

function reportOf(run: TestRun): Report {
  const rows = run.files.flatMap(({ rows }) => rows);
  const wrong = rows.filter(({ result }) => result.kind !== 'pass');
  const json = {
    passed: rows.length - wrong.length,
    failed: wrong.length,
    undecided: run.undecided,
    errors: run.errors,
    rows: rows.map(({ at, result }) => ({ at, says: result.row.says, ...outcome(result) })),
  };
  const text = [show(run.files), ...told(run), sentence(rows.length, wrong.length, run)].join('\n\n');
  return { text, json, exit: wrong.length + run.errors.length + run.undecided.length === 0 ? 0 : 1 };
}

function outcome(result: RowResult): Record<string, unknown> {
  const { expect, by } = result.row;
  if (result.kind === 'fault') return { result: result.kind, fault: result.fault };
  return { result: result.kind, expect, by, ...(result.kind === 'fail' && { got: result.got }) };
}

function show(files: readonly TestedFile[]): string {
  const rows = files.flatMap(({ rows }) =>
    rows.map(({ at, result }) => [
      result.kind === 'pass' ? 'ok' : 'WRONG',
      at,
      result.row.expect,
      result.row.says,
    ]),
  );
  return table(['', 'ROW', 'ANSWER', 'SAYS'], rows, 'There are no rows in governance/tests.');
}

function told({ files, errors, undecided }: TestRun): string[] {
  const wrong = files.flatMap(({ rows }) => rows.filter(({ result }) => result.kind !== 'pass'));
  return [
    ...wrong.map(({ at, result }) => printable(`${at}: ${result.row.says}\n${difference(result)}`)),
    ...(errors.length > 0 ? [printable(errors.join('\n'))] : []),
    ...undecided.map((id) => `No row is decided by ${id}: add one that fails without it.`),
  ];
}

function difference(result: RowResult): string {
  if (result.kind === 'pass') return '';
  if (result.kind === 'fault') return `  cannot be asked: ${result.fault}`;
  return `  expected  ${answer(result.row)}\n  got       ${answer(result.got)}`;
}

function answer({ expect, by }: { expect: string; by: readonly string[] }): string {
  return `${expect} by ${by.length > 0 ? by.toSorted().join(', ') : 'no policy'}`;
}

function sentence(rows: number, wrong: number, { errors }: TestRun): string {
  const unread = errors.length > 0 ? ' Not every file could be read.' : '';
  return `${rows} rows, ${wrong === 0 ? 'all as they say' : `${wrong} not as they say`}.${unread}`;
}

function invalid(what: string, errors: readonly string[]): Report {
  const text = `${what}:\n${errors.map((error) => `  ${printable(error)}`).join('\n')}`;
  return { text, json: { error: 'invalid', errors }, exit: 1 };
}
