import type { Target } from '../../flags/targets.ts';
import type { Receipt } from '../../shared/rpc.ts';
import { askOps, type Access } from './client.ts';
import type { DrillEvents, Marks } from './drill-analysis.ts';
import { startLoad, type Load, type LoadAgents, type LoadStream } from './drill-load.ts';
import { followed, resumeOwn, until, type Left } from './own-stop.ts';
import { vendorLog } from './vendor-state.ts';

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
    await until(job.interrupted, WARM_MS, async () => false);
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
  await until(job.interrupted, SEE_MS, async () => {
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
    await until(
      job.interrupted,
      RESTORE_MS,
      async () => (marks.restored = load.restored(resumeAsked)) !== null,
    );
  }
  await load.stop();
  const { environment, streams } = job;
  const logs = await logsOf(job);
  const events = { target, environment, startedAt, streams, calls: load.calls, receipt, logs, marks };
  if (job.interrupted.aborted) return { state: 'broken', fault: 'Interrupted.', left };
  return { state: 'done', events, left };
}

/** The receipt once it is settled, or as far as it came; then long enough for anything late to show. */
async function watched({ access, interrupted, say }: DrillJob, first: Receipt): Promise<Receipt> {
  const receipt = await followed(access, first, SETTLE_MS, interrupted);
  say(`${receipt.status}; watching for ${WATCH_MS / 1000} s that nothing covered starts`);
  await until(interrupted, WATCH_MS, async () => false);
  return receipt;
}

async function resume(
  { access, second, target, say }: DrillJob,
  own: (receipt: Receipt) => boolean,
): Promise<Left> {
  say(`resume ${target}`);
  return resumeOwn(second ? [access, second] : [access], target, 'the drill is over', own);
}

async function logsOf({ load, streams }: DrillJob): Promise<DrillEvents['logs']> {
  const logs: DrillEvents['logs'] = {};
  for (const vendor of new Set(streams.map((stream) => stream.vendor)))
    logs[vendor] = await vendorLog(load.gate, vendor);
  return logs;
}
