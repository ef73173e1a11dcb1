import type { StopsView } from '../../shared/rpc.ts';
import { ask, askOps } from '../lib/client.ts';
import { misuse, type Command, type Invocation } from '../lib/command.ts';
import { compileGovernance } from '../lib/governance.ts';
import { readLocalFile, root } from '../lib/local.ts';
import { inline, table, type Report } from '../lib/output.ts';
import { ReplayGate, type ReplayAccess } from '../lib/replay/gate.ts';
import { replaySuite, type Outcome, type SuiteResult } from '../lib/replay/run.ts';
import { readSuites, type SuiteFile } from '../lib/replay/suite.ts';
import { updateSuite } from '../lib/replay/update.ts';
import { startScratchGate } from '../lib/scratch-gate.ts';

export const replay: Command = {
  name: 'replay',
  summary:
    'Play a suite of recorded calls in the sandbox: the decisions and the vendors’ state it must lead to',
  usage: '<suite> | all | --list',
  examples: [
    'toolgate replay --list',
    'toolgate replay ticket-triage',
    'toolgate replay all --json',
    'toolgate replay content-page --update',
  ],
  details: [
    '<suite>    one of examples/suites, or all',
    '--list     which suites there are',
    '--fresh    on a gate that is up: reset the simulated vendors that the suite names first',
    '--update   write what the calls came to into the suite; nothing is written if something is let through that was not',
    '--loosen   with --update: write that, too',
    '',
    'Uses the gate that is up on this machine, or starts one with a state of its own that is gone afterwards. Plays people by their',
    'local tokens. Refuses a gate that is not a sandbox. Exit code 1 when something differs.',
  ],
  options: {
    list: { type: 'boolean' },
    fresh: { type: 'boolean' },
    update: { type: 'boolean' },
    loosen: { type: 'boolean' },
  },
  takes: 0,
  mayTake: 1,
  person: null,
  run,
};

async function run(call: Invocation): Promise<Report> {
  const read = readSuites(root);
  if (!read.ok)
    return { text: read.errors.join('\n'), json: { error: 'suites', errors: read.errors }, exit: 1 };
  if (call.values['list'] === true) return listed(read.suites);
  const [name] = call.args;
  const wanted = read.suites.filter(({ suite }) => name === 'all' || suite.suite === name);
  const known = read.suites.map(({ suite }) => suite.suite).join(', ');
  if (wanted.length === 0)
    return misuse(
      name === undefined
        ? `Say which suite: ${known}, or all.`
        : `There is no suite "${name}". There are: ${known}.`,
    );
  const { update, loosen } = call.values;
  if (loosen === true && update !== true) return misuse('--loosen goes with --update.');
  if (update === true && call.env['CI'])
    return misuse('A run of CI compares and writes nothing: leave --update out.');
  return withGate(call, async (access, own) => played(call, wanted, access, own));
}

/** The gate that is up here, if it is a sandbox; else one of its own, which ends afterwards. */
async function withGate(
  call: Invocation,
  use: (access: ReplayAccess, own: boolean) => Promise<Report>,
): Promise<Report> {
  const local = readLocalFile(root);
  const named = call.values['gate'] !== undefined || call.env['TOOLGATE_GATE'];
  const gate = call.access.gate;
  const ours = local !== undefined && new URL(local.gate).origin === new URL(gate).origin;
  if (named && !ours)
    return misuse(`Suites are played on this machine only: there are no local people of ${gate}.`);
  const up = local && (await ask(new URL('/healthz', local.gate))).kind === 'ok';
  if (up) return (await refusal(local)) ?? use(local, false);
  say(call, 'No gate is up here: starting one with a state of its own');
  const scratch = await startScratchGate(root);
  if (!scratch.ok) return { text: scratch.fault, json: { error: 'no-gate', detail: scratch.fault }, exit: 1 };
  try {
    return await use(scratch.gate.local, true);
  } finally {
    await scratch.gate.close();
  }
}

/** A suite sends, refunds and publishes: nowhere but where that is pretended. */
async function refusal({ gate, people }: ReplayAccess): Promise<Report | undefined> {
  const status = await askOps<StopsView>({ gate, token: people['operator']?.token }, 'GET', '/status');
  // A gate that does not say what it is counts as production.
  const environment = status.kind === 'ok' ? status.value.environment : 'unknown';
  if (environment === 'sandbox') return undefined;
  const text = `The gate at ${gate} is ${environment}: suites are played in the sandbox only.`;
  return { text, json: { error: 'not-a-sandbox', gate, environment }, exit: 1 };
}

async function played(
  call: Invocation,
  suites: readonly SuiteFile[],
  access: ReplayAccess,
  own: boolean,
): Promise<Report> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) return { text: compiled.errors.join('\n'), json: { error: 'governance' }, exit: 1 };
  const manifests = Object.entries(compiled.governance.manifests);
  const hours = new Map(manifests.map(([agent, manifest]) => [agent, manifest.hours]));
  const reset = own || call.values['fresh'] === true;
  const results: SuiteResult[] = [];
  const notes: string[] = [];
  for (const file of suites) {
    say(call, `${file.suite.suite}: ${file.suite.says}`);
    const tell = (outcome: Outcome): void => tellOutcome(call, outcome);
    const result = await replaySuite(new ReplayGate(access), file.suite, { hours, reset, tell });
    if (result.fault !== null) say(call, `  broke off: ${inline(result.fault, 300)}`);
    results.push(result);
    if (call.values['update'] === true)
      notes.push(...updateNotes(file, result, call.values['loosen'] === true));
  }
  return summary(results, notes, reset);
}

function updateNotes(file: SuiteFile, result: SuiteResult, loosen: boolean): string[] {
  const { steps, looser, byHand } = updateSuite(file, result, loosen);
  const name = file.suite.suite;
  const held = looser.length > 0 && !loosen;
  return [
    ...(held
      ? [`${name}: NOT written, as it would let through: ${looser.join(', ')}. --loosen, if that is meant.`]
      : []),
    ...(!held && steps.length > 0
      ? [`${name}: written anew: ${steps.join(', ')}. Look at the difference before you commit it.`]
      : []),
    ...(byHand.length > 0 ? [`${name}: to correct by hand: ${byHand.join(', ')}`] : []),
  ];
}

function tellOutcome(call: Invocation, { name, what, got, differences }: Outcome): void {
  const mark = differences.length === 0 ? 'ok  ' : 'DIFF';
  say(call, `  ${mark} ${inline(name, 40).padEnd(28)} ${inline(what, 70).padEnd(52)} ${inline(got, 160)}`);
  for (const { at, expected, got: found } of differences)
    say(call, `       ${at}: expected ${inline(expected, 160)}, got ${inline(found, 160)}`);
}

function summary(results: readonly SuiteResult[], notes: readonly string[], reset: boolean): Report {
  const rows = results.map(({ suite, outcomes, fault }) => {
    const differ = outcomes.filter(({ differences }) => differences.length > 0).length;
    const verdict = fault !== null ? 'broke off' : differ > 0 ? `${differ} differ` : 'as expected';
    return [suite, String(outcomes.length), verdict];
  });
  const good = results.every(
    (one) => one.fault === null && one.outcomes.every((it) => it.differences.length === 0),
  );
  const hint =
    good || reset
      ? []
      : ['The vendors were not reset: what was changed there before may be the reason. --fresh resets them.'];
  const text = [table(['SUITE', 'STEPS', 'RESULT'], rows, ''), ...notes, ...hint].join('\n');
  const shown = results.map(({ suite, outcomes, fault }) => ({
    suite,
    fault,
    steps: outcomes.map(({ observed: _observed, ...rest }) => rest),
  }));
  return { text, json: { ok: good, suites: shown, notes }, exit: good ? 0 : 1 };
}

function listed(suites: readonly SuiteFile[]): Report {
  const rows = suites.map(({ suite }) => [
    suite.suite,
    suite.workflow,
    String(suite.steps.length),
    suite.says,
  ]);
  const json = suites.map(({ suite: { suite, workflow, says, steps } }) => ({
    suite,
    workflow,
    says,
    steps: steps.length,
  }));
  return { text: table(['SUITE', 'WORKFLOW', 'STEPS', 'SAYS'], rows, 'There are no suites.'), json, exit: 0 };
}

function say(call: Invocation, line: string): void {
  if (call.values['json'] !== true) call.stdout.write(`${line}\n`);
}
