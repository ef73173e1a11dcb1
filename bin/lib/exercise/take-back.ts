import { setTimeout as sleep } from 'node:timers/promises';
import type { ExerciseRecord } from '../../../shared/exercise.ts';
import type { ApprovalPage, OperatorAct, Receipt } from '../../../shared/rpc.ts';
import { askOps, type Access } from '../client.ts';
import { query } from '../command.ts';
import { resumeOwn, stopsOf, type Left } from '../own-stop.ts';
import type { Noted } from './stage.ts';

/** One execute of an exercise, and what became of it when it was taken back. */
export interface TakenBack {
  call: string;
  action: string;
  /** `already`: by the stop, or by a person; `kept`: the contract has no way back; `failed`: see `detail`. */
  outcome: 'undone' | 'already' | 'kept' | 'failed';
  detail: string;
}

type Undone = Pick<TakenBack, 'outcome' | 'detail'>;

const TRIES = 3;
/** Longer than the windows of vendors' limits that some undos in a row run into. */
const AGAIN_MS = 1_500;

/** An execute to take back. */
export interface Took {
  call: string;
  action: string;
}

/** Takes executes back by their contracts' undo, newest first: a later one may rest on an earlier one. */
export async function takeBack(
  access: Access,
  agent: string,
  took: readonly Took[],
  reason: string,
): Promise<TakenBack[]> {
  const done: TakenBack[] = [];
  for (const one of took.toReversed())
    done.push({ ...one, ...(await patiently(async () => undo(access, agent, one.call, reason))) });
  return done;
}

/** What failed wrote nothing and may be asked for again: vendors' limits are passed by waiting. */
async function patiently(work: () => Promise<Undone>): Promise<Undone> {
  for (let tries = 1; ; tries += 1) {
    const done = await work();
    if (done.outcome !== 'failed' || tries === TRIES) return done;
    await sleep(AGAIN_MS);
  }
}

/**
 * Forced only where nothing was kept to compare with, over what the vendor holds now: the exercise knows that it made the call,
 * and that it is simulated. A change that somebody made since is left alone, and told.
 */
async function undo(
  access: Access,
  agent: string,
  call: string,
  reason: string,
  force?: string,
): Promise<Undone> {
  const body = { reason, agent, ...(force !== undefined && { force }) };
  const answer = await askOps<OperatorAct>(access, 'POST', `/calls/${call}/undo`, body);
  if (answer.kind === 'unreachable') return { outcome: 'failed', detail: answer.detail };
  if (answer.kind === 'ok') {
    const { outcome, call: by } = answer.value;
    return { outcome: outcome === 'succeeded' ? 'undone' : 'failed', detail: `${by} ${outcome}` };
  }
  const { code, title, detail = title, conflicts = [], found } = answer.problem;
  if (/before the call already/.test(detail)) return { outcome: 'already', detail };
  if (code === 'changed-since' && conflicts.length === 0 && found !== undefined && force === undefined)
    return undo(access, agent, call, reason, found);
  if (code === 'not-found') return { outcome: 'kept', detail };
  return { outcome: /\(succeeded\)/.test(detail) ? 'already' : 'failed', detail };
}

/** The reason that an exercise's stop carries; it tells the stop from everybody else's. */
export function stopReason(exercise: string, title: string): string {
  return `exercise ${exercise}: ${title}`;
}

export interface Tidied {
  left: Left;
  taken: TakenBack[];
  /** Approvals of its calls that nobody decides any more, and that were rejected. */
  rejected: number;
}

/**
 * Puts everything back that an exercise left: its stop, its waiting approvals, its executes, found in the gate's own records
 * and not in the memory of the program that ran it. Can be repeated.
 */
export async function tidy(
  people: readonly Access[],
  approvers: readonly Access[],
  exercise: Pick<ExerciseRecord, 'id' | 'agent' | 'startedAt'>,
): Promise<Tidied> {
  const [access] = people;
  if (!access) return { left: 'others', taken: [], rejected: 0 };
  const left = await resumeStop(people, exercise.id);
  const rejected = await rejectWaiting(access, approvers, exercise);
  const executes = await intents(access, exercise);
  const taken = await takeBack(access, exercise.agent, executes, `exercise ${exercise.id} is over`);
  return { left, taken, rejected };
}

const PASSES = 5;
/** Longer than a guard keeps what it has journaled to itself. */
const JOURNALED_MS = 2_000;

/**
 * Tidies up after a program that nobody can ask what it did: again, until a pass finds nothing that the one before left or did not
 * see. The audit log may learn of its last calls only while the first ones are taken back.
 */
export async function tidyUp(...job: Parameters<typeof tidy>): Promise<Tidied> {
  let tidied = await tidy(...job);
  const all = new Map(tidied.taken.map((one) => [one.call, one]));
  for (let pass = 1, more = true; more && pass < PASSES; pass += 1) {
    await sleep(JOURNALED_MS);
    const next = await tidy(...job);
    const news = next.taken.filter(({ call, outcome }) => {
      const before = all.get(call)?.outcome;
      return before === undefined || (before === 'failed' && outcome !== 'failed');
    });
    for (const one of news) all.set(one.call, one);
    tidied = { ...next, rejected: tidied.rejected + next.rejected };
    more = news.length > 0 || next.taken.some(({ outcome }) => outcome === 'failed');
  }
  return { ...tidied, taken: [...all.values()] };
}

async function resumeStop(people: readonly Access[], exercise: string): Promise<Left> {
  const [access] = people;
  const stops = access ? await stopsOf(access) : null;
  // The gate does not say what is stopped: as if somebody else had stopped it, so nothing is resumed.
  if (!stops) return 'others';
  const own = (receipt: Pick<Receipt, 'reason'>): boolean =>
    receipt.reason.startsWith(`exercise ${exercise}:`);
  const stop = stops.find((one) => own(one));
  return stop ? resumeOwn(people, stop.target, `exercise ${exercise} is over`, own) : 'nothing';
}

async function rejectWaiting(
  access: Access,
  approvers: readonly Access[],
  { id, agent, startedAt }: Pick<ExerciseRecord, 'id' | 'agent' | 'startedAt'>,
): Promise<number> {
  const answer = await askOps<ApprovalPage>(access, 'GET', '/approvals?status=waiting');
  const [approver] = approvers;
  // Not known what waits: it expires by its deadline, and an expired call runs nothing.
  if (answer.kind !== 'ok' || !approver) return 0;
  const own = new Set((await noted(access, agent, startedAt, id, 'call.waiting')).map(callOf));
  const waiting = answer.value.approvals.filter(({ call }) => own.has(call));
  for (const { id: approval } of waiting) {
    const decision = { decision: 'reject', reason: 'not-needed', note: `exercise ${id} is over` };
    await askOps(approver, 'POST', `/approvals/${approval}/decision`, decision);
  }
  return waiting.length;
}

/** The executes of an exercise that succeeded or may have, oldest first, by the audit log. */
async function intents(
  access: Access,
  { id, agent, startedAt }: Pick<ExerciseRecord, 'id' | 'agent' | 'startedAt'>,
): Promise<Took[]> {
  const found = await noted(access, agent, startedAt, id, 'call.intent');
  const ended = await entries(access, agent, startedAt, 'call.outcome');
  const nothing = new Set(
    ended.filter(({ data }) => ['failed', 'lapsed'].includes(String(data['outcome']))).map(callOf),
  );
  return found
    .filter((entry) => entry.data['mode'] === 'execute' && !nothing.has(callOf(entry)))
    .map((entry) => ({ call: callOf(entry), action: String(entry.data['action']) }))
    .toReversed();
}

/** Entries of one exercise's calls, newest first. */
async function noted(
  access: Access,
  agent: string,
  since: string,
  session: string,
  kind: string,
): Promise<Noted[]> {
  const found = await entries(access, agent, since, kind);
  return found.filter(({ data }) => data['session'] === session);
}

/** The agent's entries of a kind, newest first; none when the audit log does not answer: tidying can be repeated. */
async function entries(access: Access, agent: string, since: string, kind: string): Promise<Noted[]> {
  const path = `/journal${query({ agent, kind, since, limit: '500' })}`;
  const answer = await askOps<{ entries: Noted[] }>(access, 'GET', path);
  return answer.kind === 'ok' ? answer.value.entries : [];
}

function callOf({ data }: Noted): string {
  return String(data['call']);
}
