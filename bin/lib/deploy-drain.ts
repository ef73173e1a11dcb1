import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt, Stop } from '../../shared/rpc.ts';
import { askOps, type Access, type GateAnswer } from './client.ts';

/** What of `GET /ops/v1/status` a deploy goes by. */
interface GateStatus {
  /** `sandbox`, `staging` or `production`; a gate that does not say so is none of them. */
  environment?: string;
  stops: Stop[];
}

/** `ours`: no stop of `all` was there before, but perhaps one that an earlier deploy left behind. */
export type Drained =
  | { state: 'settled'; receipt: Receipt; ours: boolean }
  | { state: 'unsettled'; receipt: Receipt; ours: boolean; fault: string }
  /** The gate refused, or is not the right one: this stopped nothing. */
  | { state: 'refused'; fault: string }
  /** The stop was sent, and no answer came: it may hold. */
  | { state: 'unknown'; fault: string };

export type Resumption =
  | { state: 'resumed' }
  /** It was asked for, and takes more: a second person, or the other source that stops all. */
  | { state: 'waiting'; detail: string }
  | { state: 'failed'; detail: string };

/** Calls end within seconds; one whose guard can't be reached may take longer than a deploy should wait. */
const SETTLE_MS = 60_000;
const LOOK_MS = 500;
/** A host that was just deployed may take a moment to answer. */
const TRIES = 5;
const AGAIN_MS = 2_000;

/** By this a later run knows a stop that an earlier one left behind from a stop that somebody made for another cause. */
const MARK = 'toolgate deploy to ';

/** What a deploy gives as its reason. */
export function deployReason(environment: string): string {
  return `${MARK}${environment}`;
}

/** Stops everything and waits until each call under way has an outcome. Refuses a gate of another environment. */
export async function drain(access: Access, environment: string): Promise<Drained> {
  const status = await askOps<GateStatus>(access, 'GET', '/status');
  if (status.kind !== 'ok') return { state: 'refused', fault: detailOf(status) };
  const found = status.value.environment;
  if (found !== environment) {
    const fault = `the gate at ${access.gate} says that it is ${found ?? 'of no environment'}, not ${environment}`;
    return { state: 'refused', fault };
  }
  const before = status.value.stops.filter(({ target }) => target === 'all');
  const reason = deployReason(environment);
  const stopped = await askOps<Receipt>(access, 'POST', '/stops', { target: 'all', reason });
  if (stopped.kind !== 'ok') {
    return { state: stopped.kind === 'refused' ? 'refused' : 'unknown', fault: detailOf(stopped) };
  }
  const ours = before.every((stop) => stop.reason.startsWith(MARK));
  const receipt = await settled(access, stopped.value);
  if (receipt.status === 'settled') return { state: 'settled', receipt, ours };
  const fault = `after ${SETTLE_MS / 1000} s the receipt ${receipt.id} is ${receipt.status}, not settled`;
  return { state: 'unsettled', receipt, ours, fault };
}

async function settled(access: Access, first: Receipt): Promise<Receipt> {
  let receipt = first;
  for (const until = Date.now() + SETTLE_MS; receipt.status !== 'settled' && Date.now() < until;) {
    await sleep(LOOK_MS);
    const next = await askOps<Receipt>(access, 'GET', `/receipts/${encodeURIComponent(first.id)}`);
    // A failed look changes nothing: the stop holds, only its end is not seen yet.
    if (next.kind === 'ok') receipt = next.value;
  }
  return receipt;
}

/** Asks to resume `all`, and looks whether that was enough. */
export async function resumeAll(access: Access, reason: string): Promise<Resumption> {
  const asked = await patiently(async () =>
    askOps<{ waiting?: { until: string } | null }>(access, 'DELETE', '/stops/all', { reason }),
  );
  const status = await patiently(async () => askOps<GateStatus>(access, 'GET', '/status'));
  // What is in force decides, whatever the request was answered.
  if (status.kind !== 'ok') return { state: 'failed', detail: detailOf(status) };
  const left = status.value.stops.filter(({ target }) => target === 'all');
  if (left.length === 0) return { state: 'resumed' };
  const other = left.find(({ source }) => source !== 'people');
  if (other) return { state: 'waiting', detail: `${other.source} stops all, too: ${other.reason}` };
  if (asked.kind !== 'ok') return { state: 'failed', detail: detailOf(asked) };
  const by = asked.value.waiting ? `, before ${asked.value.waiting.until}` : '';
  return {
    state: 'waiting',
    detail: `Your resume is recorded. A second person looks, and resumes, too${by}`,
  };
}

async function patiently<T>(ask: () => Promise<GateAnswer<T>>): Promise<GateAnswer<T>> {
  let answer = await ask();
  for (let tries = 1; tries < TRIES && answer.kind === 'unreachable'; tries += 1) {
    await sleep(AGAIN_MS);
    answer = await ask();
  }
  return answer;
}

function detailOf(answer: Exclude<GateAnswer<unknown>, { kind: 'ok' }>): string {
  if (answer.kind === 'unreachable') return answer.detail;
  return [answer.problem.title, answer.problem.detail].filter(Boolean).join(': ');
}
