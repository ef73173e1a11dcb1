import { setTimeout as sleep } from 'node:timers/promises';
import { isTarget, type Target } from '../../flags/targets.ts';
import type { Receipt, Stop } from '../../shared/rpc.ts';
import { ask, askOps, type Access } from './client.ts';
import type { DrillEvents, Marks, VendorRequest } from './drill-analysis.ts';
import { isStillOwn } from './own-stop.ts';
import { startLoad, type Load, type LoadAgents, type LoadStream } from './drill-load.ts';

export interface DrillJob {
  target: Target;
  environment: string;
  /** Of the person who stops and resumes. */
  access: Access;
  /** Of another person, for a resume that takes two; null: there is none at hand. */
  second: Access | null;
  load: LoadAgents;
  streams: LoadStream[];
  interrupted: AbortSignal;
  say: (line: string) => void;
}

export type DrillEnd =
  | { state: 'done'; events: DrillEvents }
  /** It came to nothing. */
  | { state: 'broken'; fault: string };

/** What of the stop is left in force: nothing; the drill's own, that could not be resumed; or somebody else's by now. */
export type Left = 'nothing' | 'own' | 'others';

export type Drilled = DrillEnd & { left: Left };

const REASON = 'a drill of the kill switch';

/** Long enough for every stream to have made a call. */
const WARM_MS = 2_000;
/** Journals are shipped every half second. */
const SEE_MS = 10_000;
const SETTLE_MS = 30_000;
/** Longer than lease and margin (6 s): what was held up until a lease ran out would start within. */
const WATCH_MS = 7_000;
const RESTORE_MS = 10_000;
const LOOK_MS = 100;

/** Runs a drill: load, stop, receipt, watch, resume, logs. Whatever happens, what it stopped it resumes, or says that it could not. */
export async function runDrill(job: DrillJob): Promise<Drilled> {
  job.say(
    `load: ${job.streams.length} streams of calls, ${job.streams.filter(({ covered }) => covered).length} covered by ${job.target}`,
  );
  const startedAt = Date.now();
  const load = startLoad(job.load, job.streams);
  const marks: Marks = {
    incident: startedAt,
    seen: null,
    asked: 0,
    answered: 0,
    resumeAsked: null,
    restored: null,
  };
  try {
    await until(job, WARM_MS, async () => false);
    await detect(job, load, marks);
    if (job.interrupted.aborted) return { state: 'broken', fault: 'Interrupted.', left: 'nothing' };
    return await stopAndResume(job, load, startedAt, marks);
  } finally {
    await load.stop();
  }
}

/** Takes the next covered call for the incident, and waits until a person could see it. */
async function detect(job: DrillJob, load: Load, marks: Marks): Promise<void> {
  const since = Date.now();
  marks.incident = since;
  await until(job, SEE_MS, async () => {
    const first = load.firstCovered(since);
    if (!first) return false;
    marks.incident = first.at;
    const found = await askOps(job.access, 'GET', `/calls/${first.call}`);
    if (found.kind === 'ok') marks.seen = Date.now();
    return found.kind === 'ok';
  });
}

async function stopAndResume(job: DrillJob, load: Load, startedAt: number, marks: Marks): Promise<Drilled> {
  const { access, target } = job;
  marks.asked = Date.now();
  job.say(`stop ${target}`);
  const stopped = await askOps<Receipt>(access, 'POST', '/stops', { target, reason: REASON });
  marks.answered = Date.now();
  if (stopped.kind === 'refused') {
    return { state: 'broken', fault: `The stop was refused: ${stopped.problem.title}`, left: 'nothing' };
  }
  const receipt = stopped.kind === 'ok' ? await watched(job, stopped.value) : null;
  // Unanswered, it may hold all the same: then the newest stop of a drill is taken for it.
  const own = ({ id, reason }: Receipt): boolean => (receipt ? id === receipt.id : reason === REASON);
  marks.resumeAsked = Date.now();
  const left = await resume(job, own);
  if (!receipt) return { state: 'broken', fault: 'The stop was not answered.', left };
  if (left === 'nothing') {
    const { resumeAsked } = marks;
    await until(job, RESTORE_MS, async () => (marks.restored = load.restored(resumeAsked)) !== null);
  }
  await load.stop();
  const { environment, streams } = job;
  const logs = await logsOf(job);
  const events = { target, environment, startedAt, streams, calls: load.calls, receipt, logs, marks };
  if (job.interrupted.aborted) return { state: 'broken', fault: 'Interrupted.', left };
  return { state: 'done', events, left };
}

/** The receipt once it is settled, or as far as it came; then long enough for anything late to show. */
async function watched(job: DrillJob, first: Receipt): Promise<Receipt> {
  let receipt = first;
  const look = async (): Promise<boolean> => {
    const next = await askOps<Receipt>(job.access, 'GET', `/receipts/${first.id}`);
    // A failed look changes nothing: the stop holds, only its confirmation is not seen yet.
    if (next.kind === 'ok') receipt = next.value;
    return receipt.status === 'settled';
  };
  if (receipt.status !== 'settled') await until(job, SETTLE_MS, look);
  job.say(`${receipt.status}; watching for ${WATCH_MS / 1000} s that nothing covered starts`);
  await until(job, WATCH_MS, async () => false);
  return receipt;
}

/** Resumes as the first person, and as the second where that is not enough; never what somebody else stopped, too. */
async function resume(job: DrillJob, own: (receipt: Receipt) => boolean): Promise<Left> {
  const { access, second, target } = job;
  if (!(await isStillOwn(access, target, own))) return 'others';
  job.say(`resume ${target}`);
  for (const person of second ? [access, second] : [access]) {
    await askOps(person, 'DELETE', `/stops/${encodeURIComponent(target)}`, { reason: 'the drill is over' });
    // What is in force decides, whatever the request was answered; a failed look counts as stopped.
    const stops = await stopsOf(access);
    if (stops && !stops.some((stop) => stop.target === target)) return 'nothing';
  }
  return 'own';
}

/** What is stopped now; null: the gate does not say. */
export async function stopsOf(access: Access): Promise<Stop[] | null> {
  const answer = await askOps<{ stops: Stop[] }>(access, 'GET', '/stops');
  return answer.kind === 'ok' ? answer.value.stops.filter(({ target }) => isTarget(target)) : null;
}

/** Each vendor's own request log. Only the sandbox's front door shows them; anywhere else there is none to be had. */
async function logsOf({ load, streams }: DrillJob): Promise<DrillEvents['logs']> {
  const logs: DrillEvents['logs'] = {};
  for (const vendor of new Set(streams.map((stream) => stream.vendor))) {
    const answer = await ask<VendorRequest[]>(new URL(`/simulator/${vendor}/log`, load.gate));
    logs[vendor] = answer.kind === 'ok' && Array.isArray(answer.value) ? answer.value : null;
  }
  return logs;
}

/** Looks until it is so, for at most that long, or until somebody interrupts. */
async function until(
  { interrupted }: DrillJob,
  milliseconds: number,
  look: () => Promise<boolean>,
): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end && !interrupted.aborted;) {
    if (await look()) return;
    await sleep(LOOK_MS);
  }
}
