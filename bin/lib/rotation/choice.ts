import { nextSetting } from '../../../shared/tool/credentials.ts';
import { findWorkers, type WorkerConfig } from '../workers.ts';

/** A tool's Worker and the credentials that it has at its vendor. */
export interface Holder {
  worker: WorkerConfig;
  /** Names of settings. */
  secrets: string[];
}

export type Chosen =
  | { ok: true; worker: WorkerConfig; secret: string; next: string }
  | { ok: false; fault: string };

const TOOLS = 'workers/tools/';

/** Every tool that has credentials at a vendor. */
export function holders(at: string): Holder[] {
  return findWorkers(at)
    .filter(({ folder }) => folder.startsWith(TOOLS))
    .map((worker) => ({ worker, secrets: worker.secrets.filter((name) => !name.endsWith('_PUBLIC_KEY')) }))
    .filter(({ secrets }) => secrets.length > 0);
}

/**
 * Which secret of which tool is meant. `wished`: as typed; undefined: the tool's only one. What was typed is not repeated,
 * as it may be a value that was put in the wrong place. Pure.
 */
export function choose(all: readonly Holder[], tool: string, wished: string | undefined): Chosen {
  const holder = all.find(({ worker }) => worker.name === tool);
  if (!holder) {
    const names = all.map(({ worker }) => worker.name).join(', ');
    return { ok: false, fault: `No such tool has credentials at a vendor. There are: ${names}.` };
  }
  const { worker, secrets } = holder;
  const [only] = secrets;
  const secret = wished ?? (secrets.length === 1 ? only : undefined);
  if (secret === undefined || !isNamed(secrets, secret))
    return { ok: false, fault: `Say which: --secret ${secrets.join(' or --secret ')}.` };
  return { ok: true, worker, secret, next: nextSetting(secret) };
}

/** One of them, or one that a single workflow has for itself: `HUBSPOT_READ_TOKEN_LEAD_ROUTING`. */
function isNamed(secrets: readonly string[], wished: string): boolean {
  return secrets.some(
    (name) => wished === name || (wished.startsWith(`${name}_`) && /^[A-Z0-9_]+$/.test(wished)),
  );
}
