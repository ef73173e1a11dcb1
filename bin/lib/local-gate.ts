import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Governance } from '../../shared/governance.ts';
import type { Applied, StopsView, WaitingGovernance } from '../../shared/rpc.ts';
import { ask, askOps, type Access, type GateAnswer } from './client.ts';
import { readWorkerSecrets, removeWorkerSecrets, writeWorkerSecrets } from './dev-vars.ts';
import { endOrphans, launchGate, portIsFree, runningGate, type GateProcess } from './gate-process.ts';
import { compileGovernance } from './governance.ts';
import { localPaths, readLocalFile, writeLocalFile } from './local.ts';
import { sawApplied } from './seen-sets.ts';
import { completeSecrets, type LocalFile } from './secrets.ts';

export interface StartOptions {
  port: number;
  /** Wipe state and secrets first. */
  fresh: boolean;
  /** Aborted when the caller no longer waits. */
  interrupted: AbortSignal;
}

export interface LocalGate {
  local: LocalFile;
  governanceVersion: string;
  /** The set widens the one of before, and this start put it in force in the name of two local people. */
  widened: { by: string; approvedBy: string; widens: string[] } | null;
  process: GateProcess;
}

/** What stands in the way of a start, and what to do about it. */
export interface StartFault {
  fault: string;
  remedy: string;
}

export type Started = { ok: true; gate: LocalGate } | ({ ok: false } & StartFault);

const START_REASON = 'npm start applies what this checkout holds, in its own sandbox';

/** Wrangler needs 2 to 5 s; a busy machine many times that. */
const READY_MS = 90_000;

/**
 * Starts every Worker of this folder on this machine, with its own secrets and state, and applies `governance/`. Returns
 * once the gate answers and is governed. On a fault nothing is left running.
 */
export async function startLocalGate(at: string, options: StartOptions): Promise<Started> {
  const obstacle = await obstacleTo(at, options);
  if (obstacle) return { ok: false, ...obstacle };
  if (options.fresh) wipe(at);
  const compiled = await compileGovernance(at);
  if (!compiled.ok) return failed(compiled.errors.join('\n'), 'Correct governance/ and start again.');
  const local = await prepare(at, options.port, Object.keys(compiled.governance.manifests));
  const process = launchGate(at, options.port);
  const { governance } = compiled;
  const notReady = await untilReady(at, local, process, options.interrupted);
  const governed = notReady ?? (await govern(local, governance));
  if (!('fault' in governed)) {
    // Whoever works in this checkout has seen what its own start put in force.
    sawApplied(at, local.gate, { version: governance.version, waits: null });
    return { ok: true, gate: { local, governanceVersion: governance.version, ...governed, process } };
  }
  await process.stop();
  return { ok: false, ...governed };
}

async function obstacleTo(at: string, { port }: StartOptions): Promise<StartFault | undefined> {
  const running = runningGate(at);
  if (running) {
    return {
      fault: `A gate of this folder is already up at ${urlOf(running.port)} (process ${running.pid}).`,
      remedy: 'Use it, or end it there with Ctrl-C and start again.',
    };
  }
  await endOrphans(at);
  if (await portIsFree(port)) return undefined;
  return {
    fault: `Port ${port} of 127.0.0.1 is taken by another program.`,
    remedy: `Choose another one: npm start -- --port ${port + 1}`,
  };
}

function wipe(at: string): void {
  const { file, state, log, run, registry, sets } = localPaths(at);
  for (const path of [file, state, log, run, registry, sets]) rmSync(path, { recursive: true, force: true });
  removeWorkerSecrets(at);
}

/** Completes secrets and writes them where each belongs. */
async function prepare(at: string, port: number, agents: readonly string[]): Promise<LocalFile> {
  const before = readLocalFile(at);
  const kept = { workers: readWorkerSecrets(at), agents: before?.agents ?? {}, people: before?.people ?? {} };
  const { workers, local } = await completeSecrets(kept, agents);
  mkdirSync(localPaths(at).folder, { recursive: true, mode: 0o700 });
  writeWorkerSecrets(at, workers);
  const file = { gate: urlOf(port), ...local };
  writeLocalFile(at, file);
  return file;
}

/** Waits for the first healthy answer, for wrangler to give up, for the caller to, or for patience to end. */
async function untilReady(
  at: string,
  local: LocalFile,
  gate: GateProcess,
  interrupted: AbortSignal,
): Promise<StartFault | undefined> {
  const giveUp = AbortSignal.any([interrupted, AbortSignal.timeout(READY_MS)]);
  const end = await Promise.race([healthy(local.gate, giveUp), gate.ended.then(() => 'ended' as const)]);
  if (end === 'healthy') return undefined;
  if (interrupted.aborted) return { fault: 'Interrupted.', remedy: 'Nothing was left running.' };
  const why = end === 'ended' ? 'wrangler dev ended' : `The gate did not answer within ${READY_MS / 1000} s`;
  return {
    fault: `${why}. The end of its log:\n${logTail(at)}`,
    remedy: `See ${localPaths(at).log}; npm start -- --fresh begins anew.`,
  };
}

async function healthy(gate: string, giveUp: AbortSignal): Promise<'healthy' | 'gave-up'> {
  while (!giveUp.aborted) {
    const health = await ask<{ status: string }>(new URL('/healthz', gate));
    if (health.kind === 'ok' && health.value.status === 'ok') return 'healthy';
    await sleep(100);
  }
  return 'gave-up';
}

function logTail(at: string): string {
  const lines = readFileSync(localPaths(at).log, 'utf8').trimEnd().split('\n');
  return lines.slice(-15).join('\n');
}

/**
 * Applies the compiled governance as the owner, unless it is in force already. What widens needs two people; on this
 * machine both tokens are at hand, so it approves as the second one and says so.
 */
export async function govern(
  local: Pick<LocalFile, 'gate' | 'people'>,
  governance: Governance,
): Promise<Pick<LocalGate, 'widened'> | StartFault> {
  const owner = { gate: local.gate, token: local.people['owner']?.token };
  const now = await askOps<StopsView>(owner, 'GET', '/stops');
  if (now.kind === 'ok' && now.value.governanceVersion === governance.version) return { widened: null };
  const over = now.kind === 'ok' ? now.value.governanceVersion : null;
  const applied = await apply(owner, governance, over);
  if (applied.kind !== 'ok') return notGoverned(applied);
  return applied.value.waits ? approve(local, applied.value.waits) : { widened: null };
}

/** A checkout that went back to files of before goes back to their set: a manifest's old number is not applied anew. */
async function apply(
  owner: Access,
  governance: Governance,
  over: string | null,
): Promise<GateAnswer<Applied>> {
  const { version } = governance;
  const before = await askOps<unknown>(owner, 'GET', `/governance/${version}`);
  if (before.kind === 'ok')
    return askOps(owner, 'POST', `/governance/${version}/rollback`, { reason: START_REASON });
  const terms = new URLSearchParams({ over: over ?? 'none', reason: START_REASON });
  return askOps(owner, 'PUT', `/governance?${terms.toString()}`, governance);
}

async function approve(
  local: Pick<LocalFile, 'gate' | 'people'>,
  { version, by, widens }: WaitingGovernance,
): Promise<Pick<LocalGate, 'widened'> | StartFault> {
  const second = local.people['commander'];
  const access = { gate: local.gate, token: second?.token };
  const path = `/governance/${version}/approval`;
  const approved = await askOps<Applied>(access, 'POST', path, { reason: START_REASON });
  if (approved.kind !== 'ok') return notGoverned(approved);
  return { widened: { by, approvedBy: second?.email ?? '', widens } };
}

function notGoverned(answer: Exclude<GateAnswer<unknown>, { kind: 'ok' }>): StartFault {
  return {
    fault: `The governance was not applied: ${reasonOf(answer)}`,
    remedy:
      'Correct governance/ (`npm run -s toolgate -- policy check` tells whether the files are right) and start again. npm start -- --fresh begins anew and forgets everything, the journal too.',
  };
}

function reasonOf(answer: Exclude<GateAnswer<unknown>, { kind: 'ok' }>): string {
  if (answer.kind === 'unreachable') return answer.detail;
  const { title, detail, errors = [] } = answer.problem;
  return [[title, detail].filter(Boolean).join(': '), ...errors.map((fault) => fault.detail)].join('\n  ');
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function failed(fault: string, remedy: string): Started {
  return { ok: false, fault, remedy };
}
