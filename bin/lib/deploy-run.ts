import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Receipt } from '../../shared/rpc.ts';
import type { Access } from './client.ts';
import type { Deployable } from './deploy-configs.ts';
import { deployReason, drain, resumeAll, type Drained, type Resumption } from './deploy-drain.ts';
import { secretCommands, type DeployPlan, type Step } from './deploy-plan.ts';
import { isStillOwn } from './own-stop.ts';
import { lastLines, wrangler } from './deploy-wrangler.ts';

export interface DeployJob {
  root: string;
  access: Access;
  workers: readonly Deployable[];
  plan: DeployPlan;
  /** Whether the gate is stopped first, and resumed after. */
  drains: boolean;
  /** Asks the account again, once the first phase has made what was not there. */
  planAgain(): Promise<DeployPlan>;
  /** Aborted when somebody wants the deploy to end: the step under way ends, and no other begins. */
  interrupted: AbortSignal;
  say: (line: string) => void;
}

/** How far a deploy came. */
export interface DeployEnd {
  done: boolean;
  environment: string;
  /** Names of Workers whose objects were deployed by the first phase. */
  objectsFirst: string[];
  deployed: string[];
  notDeployed: string[];
  /** What broke it off, and where; null when nothing did. */
  fault: { at: string; detail: string } | null;
  gate: GateLeft;
}

/** In which state a deploy leaves the gate. */
export type GateLeft =
  /** It was not stopped by this deploy. */
  | { state: 'not-drained' }
  /** A stop was sent to it, and no answer came. */
  | { state: 'unknown' }
  /** `ours`: stopped by a deploy; else by somebody who had another cause, and who ends it. */
  | { state: 'stopped'; receipt: Receipt; ours: boolean; resumption: Resumption | null }
  | { state: 'resumed'; receipt: Receipt; seconds: number };

/** Three builds at once fill two cores. */
const AT_ONCE = 3;

/**
 * Deploys everything: objects of new Workers, a build of all, the drain, every Worker in order, the resume. What can fail
 * without the gate is done before it is stopped. The first fault ends it; the answer says what the gate is left in.
 */
export async function runDeploy(job: DeployJob): Promise<DeployEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'toolgate-deploy-'));
  try {
    const early = await objectsFirst(job, folder);
    if (early.fault) return ended(job, early, { state: 'not-drained' });
    const unbuilt = await buildAll(job, folder);
    if (unbuilt) return ended(job, { ...early, fault: unbuilt }, { state: 'not-drained' });
    return await drainAndDeploy(job, early);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Progress {
  objectsFirst: string[];
  deployed: string[];
  fault: DeployEnd['fault'];
}

/** Phase 1. Nothing binds these Workers yet and no route leads to them, so the gate need not be stopped for it. */
async function objectsFirst(job: DeployJob, folder: string): Promise<Progress> {
  const { plan } = job;
  const deployed: string[] = [];
  for (const { name } of plan.objectsFirst) {
    const worker = job.workers.find((one) => one.name === name);
    if (!worker) continue;
    const fault = await deployOne(job, name, ['--config', writeAlone(folder, worker)], 'its objects');
    if (fault) return { objectsFirst: deployed, deployed: [], fault };
    deployed.push(name);
  }
  const missing = secretCommands(deployed.length > 0 ? await job.planAgain() : plan);
  const fault =
    missing.length > 0
      ? {
          at: 'secrets',
          detail: `put these, then run the same command again:\n${missing.map((line) => `  ${line}`).join('\n')}`,
        }
      : null;
  return { objectsFirst: deployed, deployed: [], fault };
}

/** Writes the config of a Worker without what it needs others for; returns where. */
export function writeAlone(folder: string, { worker, alone }: Deployable): string {
  const path = join(folder, worker, 'wrangler.json');
  mkdirSync(join(folder, worker), { recursive: true });
  writeFileSync(path, JSON.stringify(alone, null, 2));
  return path;
}

/** Builds every Worker as it will be deployed, so that no typing error is found with the gate stopped. */
async function buildAll(job: DeployJob, folder: string): Promise<DeployEnd['fault']> {
  job.say('building every Worker');
  const left = [...job.plan.asConfigured];
  let fault: DeployEnd['fault'] = null;
  const build = async (): Promise<void> => {
    for (let step = left.shift(); step && !fault; step = left.shift()) {
      const out = join(folder, 'build', step.worker);
      const args = ['deploy', '--dry-run', '--outdir', out, ...configured(job, step)];
      const { code, output } = await wrangler(job.root, args);
      if (code !== 0) fault = { at: step.name, detail: `it does not build:\n${lastLines(output, 15)}` };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, build));
  return job.interrupted.aborted ? interruption('the build') : fault;
}

function configured({ plan }: DeployJob, { configPath }: Step): string[] {
  return ['--config', configPath, '--env', plan.environment];
}

async function drainAndDeploy(job: DeployJob, early: Progress): Promise<DeployEnd> {
  const { access, plan } = job;
  if (!job.drains) return ended(job, await phaseTwo(job, early), { state: 'not-drained' });
  job.say('stopping all, and waiting until it is settled');
  const stoppedAt = Date.now();
  const drained = await drain(access, plan.environment);
  if (drained.state !== 'settled') {
    const progress = { ...early, fault: { at: 'drain', detail: drained.fault } };
    return ended(job, progress, leftBy(drained));
  }
  const { receipt } = drained;
  const progress = await phaseTwo(job, early);
  const ours = drained.ours && (await isStillOwn(access, 'all', ({ id }) => id === receipt.id));
  // Never resumed on a fault: half of the Workers are new then, and a person says what becomes of that.
  if (progress.fault || !ours) return ended(job, progress, stopped(receipt, ours, null));
  job.say('resuming all');
  const resumption = await resumeAll(access, `${deployReason(plan.environment)} is done`);
  if (resumption.state !== 'resumed') return ended(job, progress, stopped(receipt, ours, resumption));
  const seconds = Math.round((Date.now() - stoppedAt) / 1000);
  return ended(job, progress, { state: 'resumed', receipt, seconds });
}

function leftBy(drained: Exclude<Drained, { state: 'settled' }>): GateLeft {
  switch (drained.state) {
    case 'unsettled':
      return stopped(drained.receipt, drained.ours, null);
    case 'refused':
      return { state: 'not-drained' };
    case 'unknown':
      return { state: 'unknown' };
  }
}

function stopped(receipt: Receipt, ours: boolean, resumption: Resumption | null): GateLeft {
  return { state: 'stopped', receipt, ours, resumption };
}

async function phaseTwo(job: DeployJob, early: Progress): Promise<Progress> {
  const deployed: string[] = [];
  for (const step of job.plan.asConfigured) {
    const fault = await deployOne(job, step.name, configured(job, step), step.routes.join(', '));
    if (fault) return { ...early, deployed, fault };
    deployed.push(step.name);
  }
  return { ...early, deployed };
}

async function deployOne(
  job: DeployJob,
  name: string,
  args: readonly string[],
  what: string,
): Promise<DeployEnd['fault']> {
  if (job.interrupted.aborted) return interruption(name);
  job.say(`deploying ${name}${what === '' ? '' : ` (${what})`}`);
  const { code, output } = await wrangler(job.root, ['deploy', ...args]);
  if (code === 0) return null;
  const how = code === null ? 'was ended' : `ended with ${code}`;
  return { at: name, detail: `wrangler deploy ${how}:\n${lastLines(output, 15)}` };
}

function interruption(at: string): DeployEnd['fault'] {
  return { at, detail: 'interrupted before it began' };
}

function ended({ plan }: DeployJob, progress: Progress, gate: GateLeft): DeployEnd {
  const { deployed, fault } = progress;
  const notDeployed = plan.asConfigured.map(({ name }) => name).filter((name) => !deployed.includes(name));
  const done = fault === null && !(gate.state === 'stopped' && gate.resumption?.state === 'failed');
  return { done, environment: plan.environment, ...progress, notDeployed, gate };
}
