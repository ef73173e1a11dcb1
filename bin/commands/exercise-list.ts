import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../shared/crypto.ts';
import { scenarioNames, type ExerciseRecord } from '../../shared/exercise.ts';
import { scripts } from '../exercises/index.ts';
import { askOps } from '../lib/client.ts';
import { report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { exerciseMarkdown, type ExerciseReport } from '../lib/exercise/report.ts';
import { facts, table, type Report } from '../lib/output.ts';
import { reportFolder } from '../lib/rehearsal.ts';

const look = 'toolgate exercise list shows them.';

export const exerciseList: Command = {
  name: 'exercise list',
  summary: 'The scripted exercises, and the last ones that were run',
  usage: '',
  examples: ['toolgate exercise list', 'toolgate exercise list --json'],
  options: {},
  takes: 0,
  person: 'operator',
  run: async (call) => report(call, ['GET', '/exercises'], list),
};

export const exerciseShow: Command = {
  name: 'exercise show',
  summary: 'What the gate has recorded of one exercise',
  usage: '<id>',
  examples: ['toolgate exercise show exer_01JD0000000000000000000000'],
  options: {},
  takes: 1,
  person: 'operator',
  run: async (call) => report(call, ['GET', pathOf(call)], show, look),
};

export const exerciseReport: Command = {
  name: 'exercise report',
  summary: 'The whole report of one exercise, if it is the one whose hash the journal has',
  usage: '<id> [--out <folder>]',
  examples: [
    'toolgate exercise report exer_01JD0000000000000000000000',
    'toolgate exercise report exer_01JD0000000000000000000000 --json',
  ],
  details: ['--out   where reports were kept (.toolgate/exercises)'],
  options: { out: { type: 'string' } },
  takes: 1,
  person: 'operator',
  run: whole,
};

function pathOf({ args }: Invocation): string {
  return `/exercises/${encodeURIComponent(args[0] ?? '')}`;
}

function list(exercises: readonly ExerciseRecord[]): string {
  const known = scenarioNames.map((name) => [name, scripts[name].agent, scripts[name].title]);
  const rows = exercises.map(({ startedAt, scenario, state, result, by, id }) => [
    startedAt,
    scenario,
    result?.verdict ?? state,
    ...(['detect', 'stop', 'notify', 'restore'] as const).map((part) => milliseconds(result?.times[part])),
    by,
    id,
  ]);
  const titles = ['AT', 'EXERCISE', 'VERDICT', 'DETECT', 'STOP', 'NOTIFY', 'RESTORE', 'BY', 'ID'];
  const none = 'None was run yet: toolgate exercise accidental-send';
  return `${table(['EXERCISE', 'AGENT', 'WHAT HAPPENS'], known, '')}\n\n${table(titles, rows, none)}`;
}

function show({
  id,
  scenario,
  agent,
  environment,
  by,
  startedAt,
  state,
  contacts,
  result,
}: ExerciseRecord): string {
  return facts([
    ['exercise', `${id}, ${scenario}`],
    ['agent', `${agent}, in ${environment}`],
    ['by', `${by} at ${startedAt}`],
    ['state', state],
    ['verdict', result?.verdict],
    [
      'checks',
      result && `${result.checks.passed} passed, ${result.checks.failed} failed, ${result.checks.open} open`,
    ],
    ['stop', result && `${result.target ?? 'none'}, ${result.receipt ?? 'no receipt'}`],
    ...(['detect', 'decide', 'stop', 'notify', 'restore'] as const).map(
      (part) => [`time to ${part}`, milliseconds(result?.times[part])] as const,
    ),
    ...contacts.map(
      ({ contact, address, acknowledged }) =>
        [
          contact,
          `${address}, ${acknowledged ? `acknowledged by ${acknowledged.by}` : 'not acknowledged'}`,
        ] as const,
    ),
    ['report', result?.report],
  ]);
}

function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : `${value} ms`;
}

async function whole(call: Invocation): Promise<Report> {
  const found = await askOps<ExerciseRecord>(call.access, 'GET', pathOf(call));
  if (found.kind !== 'ok') return unanswered(found, call.access.gate, look);
  const { id, result, state } = found.value;
  if (!result)
    return fault('no-report', `${id} is ${state}: there is no report of it. toolgate exercise clean ${id}`);
  const file = join(reportFolder(call.values, 'exercises'), `${id}.json`);
  if (!existsSync(file))
    return fault(
      'not-here',
      `The report of ${id} is kept where it was run, and not as ${file}. --out names another folder.`,
    );
  const text = readFileSync(file, 'utf8');
  if (sha256(text) !== result.report)
    return fault('changed', `${file} was changed since: the journal has another SHA-256, ${result.report}.`);
  const kept = JSON.parse(text) as ExerciseReport;
  const markdown = exerciseMarkdown(kept, [`In the journal as ${id}, with this SHA-256: ${result.report}`]);
  return { text: markdown, json: kept, exit: 0 };
}

function fault(error: string, detail: string): Report {
  return { text: detail, json: { error, detail }, exit: 1 };
}
