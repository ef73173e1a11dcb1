import { ask } from './client.ts';
import type { VendorRequest } from './drill-analysis.ts';

/** What a simulated vendor holds of one record, as it shows it. */
export type VendorRecord = { id: string } & Record<string, unknown>;

/**
 * A simulated vendor's own request log, oldest first; null: it does not answer. Only the sandbox's front door shows it;
 * anywhere else there is none to be had. `gate`: the agents' host.
 */
export async function vendorLog(gate: string, vendor: string): Promise<VendorRequest[] | null> {
  const answer = await ask<VendorRequest[]>(new URL(`/simulator/${vendor}/log`, gate));
  return answer.kind === 'ok' && Array.isArray(answer.value) ? answer.value : null;
}

/** All records of a type that a simulated vendor holds; null: it does not answer. */
export async function vendorRecords(
  gate: string,
  vendor: string,
  type: string,
): Promise<VendorRecord[] | null> {
  const answer = await ask<VendorRecord[]>(new URL(`/simulator/${vendor}/records/${type}`, gate));
  return answer.kind === 'ok' && Array.isArray(answer.value) ? answer.value : null;
}
