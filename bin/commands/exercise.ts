import { createInterface } from 'node:readline/promises';
import { decodeJwt } from 'jose';
import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import { scenarioNames, type ExerciseRecord, type ScenarioName } from '../../shared/exercise.ts';
import { scripts } from '../exercises/index.ts';
import { askOps, type Access } from '../lib/client.ts';
import { misuse, option, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { atGate, type Reached } from '../lib/exercise/local.ts';
import { exerciseMarkdown, reportOf, resultOf, type Answered } from '../lib/exercise/report.ts';
import { omissible, runExercise, type Omissible } from '../lib/exercise/run.ts';
import type { Script } from '../lib/exercise/script.ts';
import { realVendors } from '../lib/exercise/simulated.ts';
import { Stage, StageFault, type Players } from '../lib/exercise/stage.ts';
import { tidyUp, type Tidied } from '../lib/exercise/take-back.ts';
import type { Report } from '../lib/output.ts';
import {
  castOf,
  interruptible,
  keepReport,
  productionFault,
  reportFolder,
  secondPerson,
  stoppedFault,
  type Cast,
} from '../lib/rehearsal.ts';

/** Longer than lease and margin (6 s): what was held up until a lease ran out would start within. */
const WATCH_SECONDS = 7;

export const exercise: Command = {
  name: 'exercise',
  summary:
    'Run a scripted exercise: something goes wrong, is noticed, stopped, told and put back, with proof',
  usage: '<scenario> [--interactive] [--without <step>] [--out <folder>]',
  examples: [
    'toolgate exercise accidental-send',
    'toolgate exercise budget-overrun --interactive',
    'toolgate exercise data-leak --without notify',
    'toolgate exercise unauthorised-access --json',
  ],
  details: [
    ...scenarioNames.map((name) => `${name.padEnd(20)} ${scripts[name].title}`),
    '',
    '--interactive      wait for the room to decide, then ask its questions and keep the answers',
    `--without          leave a step out, to see what the report says then: ${omissible.join(', ')}`,
    `--watch            for so many seconds after the stop it is watched that nothing starts (${WATCH_SECONDS})`,
    '--out              where the report goes, as JSON and Markdown (.toolgate/exercises)',
    '--agents           a file like .toolgate/local.json: agents’ host and credentials, people’s tokens (that one)',
    '--yes-production   yes, in production',
    '',
    'Only against simulated vendors: it looks whether they are before it changes anything. Where no gate is up on this',
    'machine it starts one. TOOLGATE_SECOND_TOKEN holds the token of another operator where there are no local people.',
  ],
  options: {
    interactive: { type: 'boolean' },
    without: { type: 'string' },
    watch: { type: 'string' },
    out: { type: 'string' },
    agents: { type: 'string' },
    'yes-production': { type: 'boolean' },
  },
  takes: 1,
  // It finds its own access, as it may have to start the gate first.
  person: null,
  run,
};

async function run(call: Invocation): Promise<Report> {
  const script = Object.hasOwn(scripts, call.args[0] ?? '')
    ? scripts[call.args[0] as ScenarioName]
    : undefined;
  if (!script) return misuse(`"${call.args[0]}" is no exercise. There are: ${scenarioNames.join(', ')}.`);
  const without = omissible.find((name) => name === option(call.values, 'without'));
  if (option(call.values, 'without') !== undefined && !without)
    return misuse(`--without is one of ${omissible.join(', ')}.`);
  const watch = Number(option(call.values, 'watch') ?? WATCH_SECONDS);
  if (!Number.isFinite(watch) || watch < 0 || watch > 600)
    return misuse('--watch is a number of seconds, up to 600.');
  return interruptible(async (interrupted) =>
    atGate(call, interrupted, async (reached) => {
      const plan = { script, without: new Set(without ? [without] : []), watch: watch * 1000, interrupted };
      return at({ ...call, access: reached.access }, reached, plan);
    }),
  );
}

interface Plan {
  script: Script;
  without: ReadonlySet<Omissible>;
  /** Milliseconds. */
  watch: number;
  interrupted: AbortSignal;
}

async function at(call: Invocation, { status }: Reached, plan: Plan): Promise<Report> {
  const players = playersOf(call, plan.script);
  if ('text' in players) return players;
  const fault = productionFault(call, status.environment, 'an exercise');
  if (fault) return fault;
  const second = secondOf(call);
  const tidied = await tidyOpen(call, players, second);
  if (tidied) return tidied;
  // What an earlier run left was resumed just now; what is stopped still is somebody else's.
  const now = await askOps<Reached['status']>(call.access, 'GET', '/status');
  if (now.kind !== 'ok') return unanswered(now, call.access.gate);
  const stopped = stoppedFault(now.value, 'An exercise');
  if (stopped) return stopped;
  const stage = new Stage(players);
  const real = await realVendors(stage, players.gate, plan.script);
  if (real) return { text: real, json: { error: 'not-simulated', detail: real }, exit: 1 };
  return begun(call, plan, players, second, stage);
}

/** The people and the agent of this exercise, or what is missing of them. */
function playersOf(call: Invocation, { agent }: Script): Players | Report {
  const cast = castOf(call.values);
  if (!cast)
    return misuse('There are no agents to make the calls: start the gate with npm start, or say --agents.');
  const credentials = cast.agents[agent];
  if (!credentials)
    return misuse(
      `No credential of ${agent} is at hand. Its manifest is governance/manifests/${agent}.yaml: start the gate anew, or say --agents.`,
    );
  return { gate: cast.gate, agent, credentials, access: call.access, approvers: approversOf(call, cast) };
}

function approversOf({ access: { gate } }: Invocation, { people = {} }: Cast): Access[] {
  return ['approver', 'approver2'].flatMap((name) => {
    const token = people[name]?.token;
    return token === undefined ? [] : [{ gate, token }];
  });
}

/** Another operator: as for a drill, or of the file that was given. */
function secondOf(call: Invocation): Access | null {
  const { gate, token } = call.access;
  const people = castOf(call.values)?.people ?? {};
  const other = ['operator', 'operator2']
    .map((name) => people[name]?.token)
    .find((one) => one && one !== token);
  return secondPerson(call) ?? (other === undefined ? null : { gate, token: other });
}

/** Clears up after one's own run that broke off. A report where one is open that is somebody else's, or that stays. */
async function tidyOpen(call: Invocation, players: Players, second: Access | null): Promise<Report | null> {
  const all = await askOps<ExerciseRecord[]>(call.access, 'GET', '/exercises');
  if (all.kind !== 'ok') return unanswered(all, call.access.gate);
  const open = all.value.find(({ state }) => state === 'open');
  if (!open) return null;
  if (emailOf(call.access.token) !== open.by) {
    const text = `${open.id} (${open.scenario}) by ${open.by} is open.\nIf it broke off: toolgate exercise clean ${open.id}`;
    return { text, json: { error: 'open', exercise: open.id, by: open.by }, exit: 1 };
  }
  call.stderr.write(`${open.id} (${open.scenario}) broke off and is cleaned up first …\n`);
  return cleaned(call, open, players.approvers, second).then(({ report, clean }) => (clean ? null : report));
}

/** Whom a token names. Not verified: it only tells one's own run from another person's. */
function emailOf(token: string | undefined): unknown {
  try {
    return decodeJwt(token ?? '')['email'];
  } catch {
    return undefined;
  }
}

async function begun(
  call: Invocation,
  plan: Plan,
  players: Players,
  second: Access | null,
  stage: Stage,
): Promise<Report> {
  const { script } = plan;
  const body = { scenario: script.name, agent: script.agent };
  const opened = await askOps<ExerciseRecord>(call.access, 'POST', '/exercises', body);
  if (opened.kind !== 'ok') return unanswered(opened, call.access.gate);
  stage.begin(opened.value.id);
  const room = call.values['interactive'] === true ? roomOf(call) : null;
  const say = (line: string): void => {
    if (call.values['json'] !== true) call.stdout.write(`${line}\n`);
  };
  say(`${opened.value.id}: ${script.title}\n${script.story}`);
  try {
    const scene = await script.open(stage);
    const job = { ...plan, exercise: opened.value, stage, scene, players, second, say };
    const ran = await runExercise({ ...job, ...(room && { decide: room.decide }) });
    const answers = await answersOf(script, room);
    return await filed(call, opened.value, reportOf(script, opened.value, ran, answers, room && Date.now()));
  } catch (error) {
    if (!(error instanceof StageFault)) throw error;
    await askOps(call.access, 'POST', `/exercises/${opened.value.id}/end`, { abandoned: true });
    return { text: error.message, json: { error: 'broken', detail: error.message }, exit: 1 };
  } finally {
    room?.close();
  }
}

interface Room {
  decide: (question: string) => Promise<void>;
  ask: (question: string) => Promise<string>;
  close: () => void;
}

/** The people in the room, at this terminal. */
function roomOf(call: Invocation): Room {
  const lines = createInterface({ input: process.stdin, output: call.stderr });
  const ask = async (question: string): Promise<string> =>
    (await lines.question(question)).trim().slice(0, 2_000);
  return {
    decide: async (question) => void (await ask(`${question} Discuss it; Enter when you have decided. `)),
    ask: async (question) => ask(`\n${question}\n> `),
    close: () => lines.close(),
  };
}

async function answersOf({ questions }: Script, room: Room | null): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (const ask of questions) answers.push({ ask, answer: room ? (await room.ask(ask)) || null : null });
  return answers;
}

/** Records the report, keeps it, and shows it. */
async function filed(
  call: Invocation,
  { id }: ExerciseRecord,
  report: ReturnType<typeof reportOf>,
): Promise<Report> {
  const text = canonical(report);
  const hash = sha256(text);
  const answer = await askOps<ExerciseRecord>(
    call.access,
    'POST',
    `/exercises/${id}/end`,
    resultOf(report, hash),
  );
  const recorded = answer.kind === 'ok';
  const where = recorded
    ? `In the journal as ${id}; \`toolgate journal verify\` checks it and its signed checkpoint.`
    : `Not in the journal: ${unanswered(answer, call.access.gate).text}`;
  const markdown = exerciseMarkdown(report, [where, `SHA-256 of the report: ${hash}`]);
  const file = keepReport(reportFolder(call.values, 'exercises'), id, text, markdown);
  const good = report.verdict === 'held' && report.left.length === 0 && recorded;
  return {
    text: `\n${markdown}\n- Kept as ${file} and .md`,
    json: { report, recorded, sha256: hash, file },
    exit: good ? 0 : 1,
  };
}

export const exerciseClean: Command = {
  name: 'exercise clean',
  summary: 'Put back what an exercise left that broke off: its stop, its approvals, its calls',
  usage: '<id>',
  examples: ['toolgate exercise clean exer_01JD0000000000000000000000'],
  details: ['--agents   as for toolgate exercise'],
  options: { agents: { type: 'string' } },
  takes: 1,
  person: 'operator',
  run: async (call) => {
    const path = `/exercises/${encodeURIComponent(call.args[0] ?? '')}`;
    const found = await askOps<ExerciseRecord>(call.access, 'GET', path);
    if (found.kind !== 'ok') return unanswered(found, call.access.gate, 'toolgate exercise list shows them.');
    const approvers = approversOf(call, castOf(call.values) ?? { gate: '', agents: {} });
    return (await cleaned(call, found.value, approvers, secondOf(call))).report;
  },
};

/** Tidies up after an exercise and, if it is open still, gives it up. */
async function cleaned(
  { access }: Invocation,
  was: ExerciseRecord,
  approvers: readonly Access[],
  second: Access | null,
): Promise<{ report: Report; clean: boolean }> {
  const tidied = await tidyUp(second ? [access, second] : [access], approvers, was);
  const clean = tidied.left === 'nothing' && tidied.taken.every(({ outcome }) => outcome !== 'failed');
  if (clean && was.state === 'open') {
    const ended = await askOps(access, 'POST', `/exercises/${was.id}/end`, { abandoned: true });
    if (ended.kind !== 'ok') return { report: unanswered(ended, access.gate), clean: false };
  }
  return {
    report: { text: tidiedText(was, tidied), json: { ...tidied, clean }, exit: clean ? 0 : 1 },
    clean,
  };
}

function tidiedText({ id }: ExerciseRecord, { left, taken, rejected }: Tidied): string {
  const stop = left === 'nothing' ? 'none in force' : 'STILL IN FORCE: toolgate status shows it';
  return [
    `${id}: stop ${stop}; ${rejected} approvals rejected.`,
    ...taken.map(({ call, action, outcome, detail }) => `  ${outcome}: ${action} of ${call} (${detail})`),
  ].join('\n');
}
