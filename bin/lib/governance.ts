import type { Governance } from '../../shared/governance.ts';

export type Compiled = { ok: true; governance: Governance } | { ok: false; errors: string[] };

/** Reads `governance/` under `root`, checks it with real Cedar and turns it into what control applies. */
export async function compileGovernance(root: string): Promise<Compiled> {
  return Promise.resolve({ ok: false, errors: [`${root}: not readable yet`] });
}
