import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkerSecrets, writeWorkerSecrets } from '../dev-vars.ts';
import { runningGate } from '../gate-process.ts';
import { readLocalFile, writeLocalFile } from '../local.ts';
import { SECRETS_SET_AT, secretTimes } from '../secret-times.ts';
import { completeSecrets, type WorkerSecrets } from '../secrets.ts';
import { findWorkers } from '../workers.ts';

export type LocalChange = { ok: true; workers: string[]; reloads: boolean } | { ok: false; fault: string };

/** The values that a Worker of this machine holds, by name. */
export function heldBy(at: string, worker: string): Record<string, string> {
  return readWorkerSecrets(at)[worker] ?? {};
}

/** Why nothing can be replaced on this machine; undefined: it can. */
export function unready(at: string, worker: string): string | undefined {
  if (readLocalFile(at) && readWorkerSecrets(at)[worker]) return undefined;
  return 'This machine has no gate yet: npm start makes one, with its secrets.';
}

/**
 * Sets secrets of one Worker of this machine, and with them what others derive from them: the hashes by which the simulated
 * vendor knows them, and when they were set. A gate that is up takes it in within seconds. `now`: Unix ms.
 */
export async function setLocally(
  at: string,
  worker: string,
  values: Record<string, string>,
  now: number,
): Promise<LocalChange> {
  const local = readLocalFile(at);
  const before = readWorkerSecrets(at);
  const fault = unready(at, worker);
  if (!local || fault !== undefined) return { ok: false, fault: fault ?? '' };
  const wished = { ...before, [worker]: { ...before[worker], ...values } };
  const kept = { workers: wished, agents: local.agents, people: local.people };
  const completed = await completeSecrets(kept, Object.keys(local.agents), undefined, now);
  const times = secretTimes(before, completed.workers, now);
  writeWorkerSecrets(at, {
    ...completed.workers,
    // What is emptied is no secret any more, so it is not in what was completed.
    [worker]: { ...completed.workers[worker], ...values },
    console: { ...completed.workers['console'], [SECRETS_SET_AT]: JSON.stringify(times) },
  });
  writeLocalFile(at, { gate: local.gate, ...completed.local });
  const workers = changed(before, readWorkerSecrets(at));
  return { ok: true, workers, reloads: reload(at, workers) };
}

function changed(before: WorkerSecrets, after: WorkerSecrets): string[] {
  return Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** Wrangler looks at its configs and not at secrets: a config that is touched has its Worker's secrets read anew. */
function reload(at: string, workers: readonly string[]): boolean {
  if (!runningGate(at)) return false;
  const now = new Date();
  for (const { name, configPath } of findWorkers(at)) {
    const path = join(at, configPath);
    if (workers.includes(name) && existsSync(path)) utimesSync(path, now, now);
  }
  return true;
}
