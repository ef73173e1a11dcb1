import { vendorLog } from '../vendor-state.ts';
import { fits, type Probe, type Script } from './script.ts';
import type { Stage } from './stage.ts';

/**
 * Why an exercise must not run at a gate: each of its tools makes one request that changes nothing, and the simulator must
 * have logged it. A vendor that does not say so counts as a real one. Null: all are simulated.
 */
export async function realVendors(
  stage: Stage,
  gate: string,
  { probes, agent }: Script,
): Promise<string | null> {
  for (const probe of probes) {
    const before = (await requests(gate, probe)) ?? null;
    const answer = await stage.tryOut(probe.action, probe.input, probe.mode);
    if (answer && [401, 403, 404].includes(answer.status) && answer.body['code'] !== 'vendor-failed')
      return `${agent} may not ${probe.action} here (${answer.status}): toolgate manifest show ${agent}.`;
    const after = await requests(gate, probe);
    if (before === null || after === null || after <= before)
      return `${probe.action} did not reach a simulated ${probe.vendor}: exercises run against simulated vendors only. Nothing was changed.`;
  }
  return null;
}

async function requests(gate: string, probe: Probe): Promise<number | null> {
  const log = await vendorLog(gate, probe.vendor);
  return log && log.filter((one) => fits(probe, one)).length;
}
