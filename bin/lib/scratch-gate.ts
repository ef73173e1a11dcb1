import { createTestHarness } from 'wrangler';
import { compileGovernance } from './governance.ts';
import { govern } from './local-gate.ts';
import { freshSecrets, type LocalFile } from './secrets.ts';
import { findWorkers } from './workers.ts';

export interface ScratchGate {
  local: LocalFile;
  /** Ends it; nothing of it is left. */
  close(): Promise<void>;
}

export type Scratch = { ok: true; gate: ScratchGate } | { ok: false; fault: string };

/**
 * Every Worker of a folder on a free port of this machine, with secrets and state of its own and the folder's governance in
 * force: for what must begin from nothing and leave nothing behind. Touches no file of the folder, and no gate that is up.
 */
export async function startScratchGate(at: string): Promise<Scratch> {
  // Else wrangler asks the internet for details of a request, and tells it of this run.
  Object.assign(process.env, { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' });
  const compiled = await compileGovernance(at);
  if (!compiled.ok) return { ok: false, fault: compiled.errors.join('\n') };
  const secrets = await freshSecrets(Object.keys(compiled.governance.manifests));
  const harness = createTestHarness({
    root: at,
    workers: findWorkers(at).map(({ name, configPath }) => ({
      configPath,
      secrets: secrets.workers[name] ?? {},
    })),
  });
  const { url } = await harness.listen();
  const local = { gate: url.origin, ...secrets.local };
  const governed = await govern(local, compiled.governance);
  if (!('fault' in governed)) return { ok: true, gate: { local, close: async () => harness.close() } };
  await harness.close();
  return { ok: false, fault: governed.fault };
}
