import type { ArtefactContent, ArtefactVersion, ArtefactView } from '../../shared/artefacts.ts';
import type { OperatorAct } from '../../shared/rpc.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, query, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { conflictTable } from '../lib/conflicts.ts';
import { lineDiff } from '../../shared/line-diff.ts';
import { printable, table, when, type Report } from '../lib/output.ts';
import { show } from './operate.ts';

const named = '<artefact>   tool, record and id, as toolgate artefacts lists it: cms/page/101';

export const artefacts: Command = {
  name: 'artefacts',
  summary: 'Pages, mails, budgets and segments that were changed through the gate, last changed first',
  usage: '[--tool <name>]',
  examples: ['toolgate artefacts', 'toolgate artefacts --tool cms --json'],
  options: { tool: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  run: async (call) =>
    report(
      call,
      ['GET', `/artefacts${query({ tool: option(call.values, 'tool') })}`],
      ({ artefacts: found, more }: { artefacts: ArtefactView[]; more: boolean }) => {
        const rows = found.map(({ artefact, versions, newest }) => [
          artefact,
          String(versions),
          when(newest.at, call.now),
          by(newest),
        ]);
        const list = table(
          ['ARTEFACT', 'VERSIONS', 'CHANGED', 'BY'],
          rows,
          noneOf(option(call.values, 'tool')),
        );
        return more ? `${list}\n\nThere are more; --tool lists those of one tool.` : list;
      },
    ),
};

export const artefact: Command = {
  name: 'artefact',
  summary: 'The versions of a page, mail, budget or segment; or one, or how two of them differ',
  usage: '<artefact> [--version <n> | --diff <n> <n>]',
  examples: [
    'toolgate artefact cms/page/101',
    'toolgate artefact cms/page/101 --version 2',
    'toolgate artefact cms/page/101 --diff 2 3',
  ],
  details: [
    named,
    '--version    what it said in that version; personal values are masked',
    '--diff       line by line, from the first version to the second',
  ],
  options: { version: { type: 'string' }, diff: { type: 'string' } },
  takes: 1,
  mayTake: 2,
  person: 'operator',
  run: async (call) => {
    const path = pathOf(call);
    const [from, to] = [option(call.values, 'diff'), call.args[1]];
    const one = option(call.values, 'version');
    if (path === undefined) return misuse(badName);
    if (from !== undefined || to !== undefined) return differ(call, path, from, to);
    if (one !== undefined) return content(call, path, one);
    return report(call, ['GET', path], versionsTable, look);
  },
};

export const restore: Command = {
  name: 'restore',
  summary: 'Write an earlier version back, unless somebody has changed it at the vendor since',
  usage: '<artefact> <version> --reason <text> [--force <found>]',
  examples: [
    'toolgate restore cms/page/101 2 --reason "the new text was wrong"',
    'toolgate restore cms/page/101 2 --reason "theirs was, too" --force 3f9a0c1e5b7d2468',
  ],
  details: [
    named,
    '<version>    its number, as toolgate artefact lists it',
    '--reason     why, for the journal',
    '--force      over exactly what a refusal found there, as it names it',
  ],
  options: { reason: { type: 'string' }, force: { type: 'string' } },
  takes: 2,
  person: 'operator',
  run: async (call) => {
    const path = pathOf(call);
    const [, n = ''] = call.args;
    const reason = option(call.values, 'reason');
    if (path === undefined) return misuse(badName);
    if (!isNumber(n)) return misuse(`"${n}" is no number of a version. ${look}`);
    if (!reason?.trim()) return misuse('Say why: --reason "…".');
    const force = option(call.values, 'force');
    return write(call, `${path}/versions/${n}/restore`, { reason, ...(force !== undefined && { force }) });
  },
};

const look = 'toolgate artefact <artefact> lists its versions, toolgate artefacts lists them all.';
const badName = `That names no artefact: it is tool/record/id, such as cms/page/101. ${look}`;

/** An unknown tool looks like one of which nothing was changed; so the answer names it. */
function noneOf(tool: string | undefined): string {
  return tool === undefined
    ? 'None was changed yet.'
    : `None of the tool ${JSON.stringify(tool)} was changed yet. Without --tool those of all tools are listed.`;
}

async function write(call: Invocation, path: string, body: object): Promise<Report> {
  const answer = await askOps<OperatorAct>(call.access, 'POST', path, body);
  if (answer.kind === 'ok') return { text: show(answer.value), json: answer.value, exit: 0 };
  const refusal = unanswered(answer, call.access.gate, look);
  if (answer.kind !== 'refused' || answer.problem.code !== 'changed-since') return refusal;
  const { detail = '', conflicts = [], found } = answer.problem;
  const [name = '', n = ''] = call.args;
  const parts = [
    `Refused (409 changed-since): ${detail}`,
    conflictTable(conflicts, 'OUR NEWEST'),
    `What the vendor holds is a version by now: toolgate artefact ${name} shows it.`,
    found === undefined
      ? ''
      : `To write over it: toolgate restore ${name} ${n} --reason "…" --force ${found}`,
  ];
  return { ...refusal, text: printable(parts.filter((part) => part !== '').join('\n\n')) };
}

async function content(call: Invocation, path: string, n: string): Promise<Report> {
  if (!isNumber(n)) return misuse(`"${n}" is no number of a version. ${look}`);
  const shown = (found: ArtefactContent): string =>
    `${versionsTable({ versions: [found.version] })}\n\n${printable(textOf(found))}`;
  return report(call, ['GET', `${path}/versions/${n}`], shown, look);
}

async function differ(call: Invocation, path: string, from = '', to = ''): Promise<Report> {
  if (!isNumber(from) || !isNumber(to)) return misuse(`--diff takes two versions: --diff 2 3. ${look}`);
  const ask = async (n: string) => askOps<ArtefactContent>(call.access, 'GET', `${path}/versions/${n}`);
  const [was, is] = [await ask(from), await ask(to)];
  if (was.kind !== 'ok') return unanswered(was, call.access.gate, look);
  if (is.kind !== 'ok') return unanswered(is, call.access.gate, look);
  const same = was.value.version.hash === is.value.version.hash;
  const lines = lineDiff(textOf(was.value), textOf(is.value));
  const differing = lines.some((line) => !line.startsWith('  '));
  const text = same ? 'The two are the same, byte for byte.' : lines.join('\n');
  // Masking can hide all that differs; that is said rather than shown as no difference.
  const hidden = !same && !differing ? '\n\nThey differ only in what is masked here.' : '';
  return { text: printable(text) + hidden, json: { from: was.value, to: is.value, lines }, exit: 0 };
}

/** A content as lines: each field under its name, text as it is. */
function textOf({ content: held }: ArtefactContent): string {
  if (held === null) return '(no such record)';
  return Object.entries(held)
    .map(
      ([field, value]) => `[${field}]\n${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}`,
    )
    .join('\n');
}

function versionsTable({ versions }: { versions: ArtefactVersion[] }): string {
  const rows = versions.map((version) => [
    String(version.n),
    version.at,
    by(version),
    version.call,
    version.gone ? 'no such record' : `${version.bytes} B`,
    // What was there before has the same hash, so a restored version is seen to be the earlier one.
    version.hash.slice(0, 16),
  ]);
  return table(['VERSION', 'AT', 'BY', 'CALL', 'SIZE', 'HASH'], rows, 'No versions are kept.');
}

function by({ source, agent, person }: ArtefactVersion): string {
  switch (source) {
    case 'found':
      return 'as it was found';
    case 'vendor':
      return 'changed at the vendor';
    case 'agent':
      return agent;
    case 'person':
      return person ?? 'a person';
  }
}

function pathOf({ args }: Invocation): string | undefined {
  const parts = /^([a-z]+)\/([a-z]+)\/([^/]{1,200})$/.exec(args[0] ?? '')?.slice(1);
  return parts && `/artefacts/${parts.map(encodeURIComponent).join('/')}`;
}

function isNumber(text: string | undefined): boolean {
  return /^[1-9]\d{0,8}$/.test(text ?? '');
}
