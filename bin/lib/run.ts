import type { Writable } from 'node:stream';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { approvals, approvalShow } from '../commands/approvals.ts';
import { autonomy, autonomyLower, autonomyRaise } from '../commands/autonomy.ts';
import { artefact, artefacts, restore } from '../commands/artefacts.ts';
import { call } from '../commands/call.ts';
import { calls } from '../commands/calls.ts';
import { approve, reject } from '../commands/decide.ts';
import { openConsole } from '../commands/console.ts';
import { deploy } from '../commands/deploy.ts';
import { drillList, drillStop } from '../commands/drill.ts';
import { drillRollback } from '../commands/drill-rollback.ts';
import { erase, eraseCertificate, eraseList, eraseShow } from '../commands/erase.ts';
import { exercise, exerciseClean } from '../commands/exercise.ts';
import { exerciseList, exerciseReport, exerciseShow } from '../commands/exercise-list.ts';
import { doctor } from '../commands/doctor.ts';
import { flagsList, flagsSet } from '../commands/flags.ts';
import { flagsPush } from '../commands/flags-push.ts';
import { handoff, handoffs } from '../commands/handoffs.ts';
import { delegate, delegations } from '../commands/delegate.ts';
import { incidents } from '../commands/incidents.ts';
import { notifier } from '../commands/notifier.ts';
import { journalExport } from '../commands/journal-export.ts';
import { journalVerify } from '../commands/journal-verify.ts';
import { leads } from '../commands/leads.ts';
import { leadsCorrect, leadsErrors } from '../commands/leads-errors.ts';
import { leadsReveal } from '../commands/leads-reveal.ts';
import { cancel, recover } from '../commands/operate.ts';
import { undo } from '../commands/undo.ts';
import { manifestCheck, manifestShow } from '../commands/manifest.ts';
import { manifestDiff } from '../commands/manifest-diff.ts';
import { manifestHistory } from '../commands/manifest-history.ts';
import { manifestUnused } from '../commands/manifest-unused.ts';
import { modify, reveal } from '../commands/modify.ts';
import { newTool } from '../commands/new-tool.ts';
import { policyTest } from '../commands/policy-test.ts';
import { policyBacktest } from '../commands/policy-backtest.ts';
import { policyDiff } from '../commands/policy-diff.ts';
import { policyExplain } from '../commands/policy-explain.ts';
import { policyMatrix } from '../commands/policy-matrix.ts';
import { limits } from '../commands/limits.ts';
import { policyApprove, policyCheck } from '../commands/policy.ts';
import { policyApply } from '../commands/policy-apply.ts';
import { policyHistory, policyRollback } from '../commands/policy-history.ts';
import { policyShadow } from '../commands/policy-shadow.ts';
import { overrides } from '../commands/overrides.ts';
import { preApprovalEnd, preApprovals, preApprove } from '../commands/pre-approve.ts';
import { probe } from '../commands/probe.ts';
import { readiness } from '../commands/readiness.ts';
import { receipts } from '../commands/receipts.ts';
import { reportCall, review, reviews } from '../commands/reviews.ts';
import { replay } from '../commands/replay.ts';
import { resume } from '../commands/resume.ts';
import {
  rollback,
  rollbackApprove,
  rollbackRecent,
  rollbackReport,
  rollbackRun,
  rollbackShow,
  rollbackStop,
} from '../commands/rollback.ts';
import { sandboxImport } from '../commands/sandbox-import.ts';
import { sandboxFault, sandboxList, sandboxLog, sandboxReset, sandboxSeed } from '../commands/sandbox.ts';
import { secretsCancel, secretsFinish, secretsRotate } from '../commands/secrets.ts';
import { secretsList } from '../commands/secrets-list.ts';
import { status } from '../commands/status.ts';
import { stop } from '../commands/stop.ts';
import { token } from '../commands/token.ts';
import { tools } from '../commands/tools.ts';
import { vaultOpens, vaultRotate, vaultStatus } from '../commands/vault.ts';
import { vendors } from '../commands/vendors.ts';
import { nearest } from '../../shared/nearest.ts';
import { findAccess } from './access.ts';
import { misuse, option, type Command, type Values } from './command.ts';
import { readLocalFile, root } from './local.ts';
import type { Exit, Report } from './output.ts';

/** In the order in which help lists them. */
export const commands: readonly Command[] = [
  status,
  openConsole,
  stop,
  receipts,
  probe,
  resume,
  approvals,
  approvalShow,
  approve,
  reject,
  modify,
  reveal,
  preApprove,
  // Before the shorter name, which it begins with.
  preApprovalEnd,
  preApprovals,
  overrides,
  calls,
  call,
  undo,
  cancel,
  recover,
  artefacts,
  artefact,
  restore,
  // Before the shorter name, which they begin with.
  rollbackShow,
  rollbackApprove,
  rollbackRun,
  rollbackStop,
  rollbackReport,
  rollbackRecent,
  rollback,
  incidents,
  delegations,
  delegate,
  notifier,
  handoffs,
  handoff,
  reviews,
  review,
  reportCall,
  // Before the shorter name, which they begin with.
  leadsErrors,
  leadsCorrect,
  leadsReveal,
  leads,
  limits,
  tools,
  secretsList,
  secretsRotate,
  secretsFinish,
  secretsCancel,
  journalVerify,
  journalExport,
  manifestCheck,
  manifestShow,
  manifestDiff,
  manifestHistory,
  manifestUnused,
  policyCheck,
  policyApply,
  policyApprove,
  policyTest,
  policyDiff,
  policyExplain,
  policyMatrix,
  policyBacktest,
  policyHistory,
  policyRollback,
  policyShadow,
  flagsList,
  flagsSet,
  flagsPush,
  drillStop,
  drillRollback,
  drillList,
  // Before the shorter name, which they begin with.
  exerciseList,
  exerciseShow,
  exerciseReport,
  exerciseClean,
  exercise,
  sandboxList,
  sandboxSeed,
  sandboxReset,
  sandboxFault,
  sandboxLog,
  sandboxImport,
  replay,
  readiness,
  // Before the shorter name, which they begin with.
  autonomyRaise,
  autonomyLower,
  autonomy,
  vaultStatus,
  vaultRotate,
  vaultOpens,
  // Before the shorter name, which they begin with.
  eraseList,
  eraseShow,
  eraseCertificate,
  erase,
  vendors,
  newTool,
  deploy,
  token,
  doctor,
];

const common: ParseArgsOptionsConfig = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  as: { type: 'string' },
  gate: { type: 'string' },
};

const commonHelp = `Options of every command:
  --json         print JSON for machines
  --as <person>  act as a local person: operator, operator2, approver, approver2, auditor, owner, commander
  --gate <url>   the gate to ask (the local one)
  --help         this text

For a gate that is not on this machine: TOOLGATE_GATE names it and TOOLGATE_TOKEN holds your token.
Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 the gate is out of reach.
`;

/** Where a command line writes; `process` is one. */
export interface Terminal {
  stdout: Writable;
  stderr: Writable;
}

type Env = Readonly<Record<string, string | undefined>>;
type Parsed = { ok: true; values: Values; words: string[] } | { ok: false; fault: string };

/** Runs one command line and prints what comes of it. Returns the exit code. */
export async function runCommandLine(args: readonly string[], env: Env, terminal: Terminal): Promise<Exit> {
  const parsed = parse(args);
  const print = (report: Report, asJson: boolean): Exit => show(report, asJson, terminal);
  if (!parsed.ok) return print(misuse(`${parsed.fault}\ntoolgate --help lists the commands.`), false);
  const json = parsed.values['json'] === true;
  const command = find(parsed.words);
  if (parsed.values['help'] === true || parsed.words.length === 0) {
    terminal.stdout.write(command ? helpOf(command) : overview(parsed.words[0]));
    return 0;
  }
  if (!command) return print(misuse(unknownCommand(parsed.words)), json);
  return print(await invoke(command, parsed.words, parsed.values, env, terminal), json);
}

async function invoke(
  command: Command,
  words: string[],
  values: Values,
  env: Env,
  terminal: Terminal,
): Promise<Report> {
  const streams = { stdout: terminal.stdout, stderr: terminal.stderr };
  const args = words.slice(command.name.split(' ').length);
  const foreign = Object.keys(values).find((name) => !(name in common) && !(name in command.options));
  if (foreign !== undefined)
    return misuse(`toolgate ${command.name} has no --${foreign}.\n\n${helpOf(command)}`);
  const own = ownValues(command, values);
  const { takes, mayTake = takes } = command;
  if (args.length < takes || args.length > mayTake)
    return misuse(`${countFault(command, args)}\n\n${helpOf(command).trimEnd()}`);
  const person = command.offline?.(own) === true ? null : command.person;
  const wish = { gate: option(own, 'gate'), as: option(own, 'as'), person, env };
  const found = findAccess({ ...wish, local: readLocalFile(root) });
  if (!found.ok) return misuse(found.fault);
  return command.run({ args, values: own, access: found.access, env, now: Date.now(), ...streams });
}

/** An option that only other commands take several times is what was given last, as it is with every other. */
function ownValues({ options }: Command, values: Values): Values {
  const own = Object.entries(values).map(([name, value]) => [
    name,
    Array.isArray(value) && options[name]?.multiple !== true ? (value as readonly string[]).at(-1) : value,
  ]);
  return Object.fromEntries(own) as Values;
}

/** All options of all commands are known at once, so that they may stand anywhere; `invoke` refuses foreign ones. */
function parse(args: readonly string[]): Parsed {
  const options: ParseArgsOptionsConfig = { ...common };
  for (const [name, one] of commands.flatMap((command) => Object.entries(command.options))) {
    // Where one command takes it several times and another once, `ownValues` tells them apart.
    options[name] = options[name]?.multiple === true ? options[name] : one;
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { ok: true, values: values as Values, words: positionals };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : 'The arguments are not readable.' };
  }
}

function find(words: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name.split(' ').every((word, index) => words[index] === word));
}

/** What was likely meant, below the commands, so that a terminal shows it last. */
function unknownCommand(words: readonly string[]): string {
  const typed = words.join(' ');
  const names = commands.map(({ name }) => name);
  const near =
    nearest(typed, names) ?? nearest(words.slice(0, 2).join(' '), names) ?? nearest(words[0] ?? '', names);
  const meant = near === undefined ? '' : ` Did you mean "${near}"?`;
  return `${overview(words[0])}\nThere is no command "${typed}".${meant}`;
}

/** What is missing, or what is one too many. */
function countFault({ name, takes, mayTake = takes }: Command, args: readonly string[]): string {
  if (args.length < takes) return `toolgate ${name} needs more than that.`;
  return `toolgate ${name} does not take "${args[mayTake]}".`;
}

/** All commands, or those that begin with a word, such as `flags`, if there are any. */
function overview(word = ''): string {
  const family = commands.filter(({ name }) => name.startsWith(`${word} `));
  const listed = family.length > 0 ? family : commands;
  const width = Math.max(...listed.map(({ name }) => name.length));
  const lines = listed.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Toolgate: the gate between agents and tools.

Usage: toolgate <command> [options]

${lines.join('\n')}

toolgate <command> --help explains one, with examples.

${commonHelp}`;
}

function helpOf({ name, summary, usage, details = [], examples }: Command): string {
  const own = details.length > 0 ? `\n${details.map((line) => `  ${line}`).join('\n')}\n` : '';
  return `${summary}.

Usage: ${`toolgate ${name} ${usage}`.trimEnd()}
${own}
Examples:
${examples.map((line) => `  ${line}`).join('\n')}

${commonHelp}`;
}

function show({ text, json, exit }: Report, asJson: boolean, { stdout, stderr }: Terminal): Exit {
  // With --json, standard output holds JSON only, on failure too, so that a machine can always read it.
  if (asJson && json !== undefined) stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else if (text !== '') (isFault(json) ? stderr : stdout).write(`${text}\n`);
  return exit;
}

/** What a doctor finds is a result, whatever it is; what could not be asked is a fault. */
function isFault(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'error' in json;
}
