import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GateAnswer } from '../../../examples/gate-client.ts';
import { withinHours, type Hours } from '../../../shared/manifest.ts';
import { missing, type Difference } from './compare.ts';
import type { ReplayGate } from './gate.ts';
import { differences, observed, type Observed } from './observe.ts';
import type { CallStep, DecideStep, Expectation, State, Step, Suite } from './suite.ts';
import { resolved } from './values.ts';

/** What one step, or one look at the state afterwards, came to. */
export interface Outcome {
  /** The step's name; of a state, what was looked at. */
  name: string;
  /** In a few words: `support-agent support.conversation.tag execute`. */
  what: string;
  /** What became of it, in a few words. */
  got: string;
  differences: Difference[];
  /** Of a call, for `--update`. */
  observed?: Observed;
}

export interface SuiteResult {
  suite: string;
  outcomes: Outcome[];
  /** What ended it early, if anything did. */
  fault: string | null;
}

export interface ReplayOptions {
  /** By agent, from the manifests. */
  hours: ReadonlyMap<string, Hours>;
  /** Whether simulated vendors that the suite names are reset before it. */
  reset: boolean;
  /** Told of each outcome at once. */
  tell?: (outcome: Outcome) => void;
}

/** What a run knows so far. */
interface Run {
  gate: ReplayGate;
  suite: Suite;
  options: ReplayOptions;
  /** Keys and forms of this run are its own: the same ones would be answered from the record. */
  id: string;
  answers: Map<string, Record<string, unknown>>;
  /** Requests that had changed something at each vendor before it. */
  from: Map<string, number>;
}

/** Longest that a decided call may take to run. */
const DECIDED_SECONDS = 20;

/** Plays a suite against a gate and compares. What differs is a result; what cannot be asked ends the suite with a fault. */
export async function replaySuite(
  gate: ReplayGate,
  suite: Suite,
  options: ReplayOptions,
): Promise<SuiteResult> {
  const id = randomBytes(5).toString('hex');
  const run: Run = { gate, suite, options, id, answers: new Map(), from: new Map() };
  const outcomes: Outcome[] = [];
  const tell = (outcome: Outcome): void => {
    outcomes.push(outcome);
    options.tell?.(outcome);
  };
  try {
    await prepare(run);
    for (const step of suite.steps) tell(await play(run, step));
    for (const state of suite.after) tell(await look(run, state));
    return { suite: suite.suite, outcomes, fault: null };
  } catch (error) {
    return { suite: suite.suite, outcomes, fault: error instanceof Error ? error.message : 'it broke off' };
  } finally {
    // A fault that a step set and nothing met would hit whoever comes next.
    for (const vendor of suite.vendors) await gate.clearFaults(vendor).catch(() => undefined);
  }
}

async function prepare({ gate, suite, options, from }: Run): Promise<void> {
  for (const vendor of suite.vendors) {
    if (options.reset) await gate.reset(vendor);
    from.set(vendor, (await gate.changes(vendor)).length);
  }
}

async function play(run: Run, step: Step): Promise<Outcome> {
  if ('call' in step) return playCall(run, step);
  if ('decide' in step) return playDecision(run, step);
  if ('post' in step) {
    const form = { message: '', ...step.form };
    const answer = await run.gate.post(step.post, { ...form, message: `${form.message} (${run.id})`.trim() });
    run.answers.set(step.step, answer.body);
    const differs = missing(step.expect.status, answer.status, 'status');
    return {
      name: step.step,
      what: `a form of ${step.post}`,
      got: String(answer.status),
      differences: differs,
    };
  }
  if ('undo' in step) {
    const { call, agent } = callOf(run, step.undo);
    const act = await run.gate.undo(step.by[0] ?? 'operator', agent, call);
    const differs = missing(step.expect.outcome, act.outcome, 'outcome');
    return {
      name: step.step,
      what: `${step.by[0]} takes back ${step.undo}`,
      got: act.outcome,
      differences: differs,
    };
  }
  if ('flag' in step) {
    const answer = await run.gate.agent(step.flag).flag(step.about, step.summary);
    run.answers.set(step.step, answer.body);
    const differs = missing(step.expect.taken, answer.status < 300, 'taken');
    return { name: step.step, what: `${step.flag} flags`, got: String(answer.status), differences: differs };
  }
  const { fault, kind, times, method } = step;
  await run.gate.fault(fault, { fault: kind, times, ...(method && { method }) });
  return { name: step.step, what: `${fault} goes wrong: ${kind}`, got: 'set', differences: [] };
}

async function playCall(run: Run, step: CallStep): Promise<Outcome> {
  const { agent, call, mode, confidence } = step;
  const input = resolved(step.input, run.answers);
  const because = becauseOf(run, step);
  const asked = {
    mode,
    ...(because && { because }),
    ...(confidence !== undefined && { confidence }),
  };
  const ask = async (key: string): Promise<GateAnswer> => {
    const keyed = { ...asked, ...(mode === 'execute' && { key }) };
    return settled(run, agent, await run.gate.agent(agent).call(call, input, keyed));
  };
  const key = `replay-${run.id}-${step.key ?? step.step}`;
  const answer = await patiently(ask, key, step.expect.decision);
  run.answers.set(step.step, { ...answer.body, agent });
  return judged(run, step.step, `${agent} ${call} ${mode}`, answer, expectedOf(run, step));
}

/** Longest that a vendor which asks to be left alone is. */
const LATER_SECONDS = 10;

/**
 * As an agent would: when a tool still spares its vendor, from a suite before this one, the call is made once more after the time
 * that it names. A refusal that the suite expects is what it is.
 */
async function patiently(
  ask: (key: string) => Promise<GateAnswer>,
  key: string,
  expected: Expectation['decision'],
): Promise<GateAnswer> {
  const answer = await ask(key);
  const seconds = Number(answer.headers.get('retry-after'));
  const spared = answer.status === 502 && seconds > 0 && seconds <= LATER_SECONDS;
  if (!spared || expected === 'refused') return answer;
  await sleep(seconds * 1000);
  return ask(`${key}-later`);
}

/** An answer that is still on its way is waited for; one that waits for people is not. */
async function settled(run: Run, agent: string, answer: GateAnswer): Promise<GateAnswer> {
  const { call, approval } = answer.body;
  if (answer.status !== 202 || approval !== undefined || typeof call !== 'string') return answer;
  return run.gate.agent(agent).wait(call, DECIDED_SECONDS);
}

function becauseOf({ suite }: Run, { because, says, sources }: CallStep): CallStepBecause | undefined {
  if (because === null) return undefined;
  const explanation = because ?? says ?? 'A step of a suite.';
  return { goal: suite.says, explanation, ...(sources && { sources }) };
}

interface CallStepBecause {
  goal: string;
  explanation: string;
  sources?: string[];
}

function expectedOf({ options, answers }: Run, { expect, outsideHours, agent }: CallStep): Expectation {
  const hours = options.hours.get(agent);
  const outside = outsideHours && hours && !withinHours(hours, Date.now());
  return resolved(outside ? atNight(expect, defined(outsideHours)) : expect, answers);
}

/** Of a proposal, business hours change what executing it would need. */
function atNight(expect: Expectation, differs: Pick<Expectation, 'approvals' | 'by'>): Expectation {
  if (!expect.would) return { ...expect, ...differs };
  return { ...expect, would: { ...expect.would, ...differs } };
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}

async function playDecision(run: Run, step: DecideStep): Promise<Outcome> {
  const { call, agent, approval } = callOf(run, step.decide);
  const what = `${step.by.join(' and ')} ${step.as} ${step.decide}`;
  if (approval === undefined) throw new Error(`${step.decide} does not wait for anybody`);
  for (const person of step.by) {
    // Inside business hours one may be enough: nobody is asked about what is decided.
    if (await run.gate.approval(approval)) await run.gate.decide(person, approval, step.as, step.reason);
  }
  const answer =
    step.expect.decision === 'waiting' ? await still(run, agent, call) : await ended(run, agent, call);
  run.answers.set(step.step, { ...answer.body, agent });
  return judged(run, step.step, what, answer, resolved(step.expect, run.answers));
}

async function still(run: Run, agent: string, call: string): Promise<GateAnswer> {
  return run.gate.agent(agent).wait(call, 1);
}

/** The call once it no longer waits, or as it is when patience ends: two people may be needed, and one decided. */
async function ended(run: Run, agent: string, call: string): Promise<GateAnswer> {
  for (let tries = 0; ; tries += 1) {
    const answer = await run.gate.agent(agent).wait(call, 2);
    if (answer.status !== 202 || tries >= DECIDED_SECONDS / 2) return answer;
    await sleep(100);
  }
}

function callOf(
  { answers }: Run,
  step: string,
): { call: string; agent: string; approval: string | undefined } {
  const { call, agent, approval } = answers.get(step) ?? {};
  if (typeof call !== 'string' || typeof agent !== 'string') throw new Error(`${step} was no call`);
  return { call, agent, approval: typeof approval === 'string' ? approval : undefined };
}

async function judged(
  run: Run,
  name: string,
  what: string,
  answer: GateAnswer,
  expected: Expectation,
): Promise<Outcome> {
  const { approval } = answer.body;
  const held =
    typeof approval === 'string' && answer.status === 202 ? await run.gate.approval(approval) : undefined;
  const got = observed(answer, held);
  return { name, what, got: inWords(got), differences: differences(expected, got), observed: got };
}

/** `waiting for 2: high-impact-waits`. */
function inWords({ decision, approvals, by, code, because, claims }: Observed): string {
  const who = approvals === undefined ? '' : ` for ${approvals}`;
  const which = (
    decision === 'refused' ? [code, ...(because ?? [])] : [...(by ?? []), ...(claims ?? [])]
  ).join(', ');
  return `${decision}${who}${which === '' ? '' : `: ${which}`}`;
}

async function look(run: Run, state: State): Promise<Outcome> {
  if ('lead' in state) {
    const id = resolved(state.lead, run.answers);
    const differs = missing(resolved(state.holds, run.answers), await run.gate.lead(id), 'lead');
    return { name: state.lead, what: 'the lead’s record', got: told(differs), differences: differs };
  }
  if ('record' in state) {
    const record = withReferences(run, state.record);
    const expected = resolved(state.holds, run.answers);
    const differs = missing(expected, await run.gate.record(state.vendor, record), record);
    return { name: state.vendor, what: record, got: told(differs), differences: differs };
  }
  const got = await run.gate.changes(state.vendor, run.from.get(state.vendor));
  const expected = state.changes.map((change) => withReferences(run, change));
  const differs = missing(expected, got, 'changes');
  return { name: state.vendor, what: `${expected.length} changes`, got: told(differs), differences: differs };
}

/** A path may have references as parts of it: `posts/$draft.output.post`. */
function withReferences({ answers }: Run, path: string): string {
  return path
    .split('/')
    .map((part) => resolved(part, answers))
    .join('/');
}

function told(differs: readonly Difference[]): string {
  return differs.length === 0 ? 'as expected' : 'differs';
}
