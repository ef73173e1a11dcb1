import type { MeterView } from '../../shared/meters.ts';
import type { ToolRecord } from '../../shared/pulse.ts';
import type { Governance } from '../../shared/governance.ts';
import type { Result } from '../../shared/rpc.ts';
import type { ToolState } from '../../shared/tool-desk.ts';
import type { HeldSecret, VendorAbout } from '../../shared/tool/about.ts';
import { nextSetting, replacedBy } from '../../shared/tool/credentials.ts';
import { reach } from './answer.ts';
import type { Env } from './env.ts';

/** One tool with all that is known of how it fares. Null members: whoever knows did not answer. */
export interface ToolSheet {
  tool: string;
  /** Whether its Worker answered. */
  answers: boolean;
  vendor: VendorAbout | null;
  record: ToolRecord | null;
  /** What all who call it have used of its vendor's quota; empty: none is set. */
  quota: MeterView[] | null;
  secrets: DatedSecret[];
}

export interface DatedSecret extends HeldSecret {
  /** RFC 3339; null: nobody noted it. */
  setAt: string | null;
  /** RFC 3339: when a vendor request last carried it, and when it last was of no use; null: not this month, or not known. */
  usedAt: string | null;
  refusedAt: string | null;
  /** `next`: it is to replace another; `replaced`: another is to replace it. */
  rotation: 'next' | 'replaced' | null;
}

/** Secrets of a Worker that is no tool's, as they were noted when they were set. */
export interface WorkerSecrets {
  worker: string;
  secrets: { name: string; setAt: string | null }[];
}

export interface ToolsView {
  tools: ToolSheet[];
  /** The other Workers'. Null: nobody noted them, see `SECRETS_SET_AT`. */
  others: WorkerSecrets[] | null;
}

type Noted = Record<string, Record<string, string | null>>;

/** Every tool: what it says of itself, what the audit log counted, what is used of its quota, and its secrets by name. */
export async function toolSheets(env: Env, credential: string | null): Promise<Result<ToolsView>> {
  const [states, records, set] = await Promise.all([
    reach(async () => env.TOOLS.list(credential)),
    reach(async () => env.LEDGER.tools(credential)),
    reach(async () => env.CONTROL.policySet(credential, 'in-force')),
  ]);
  if (!states.ok) return states;
  const quotas = await quotasOf(env, credential, set.ok ? set.value.set : null);
  const noted = notedTimes(env.SECRETS_SET_AT);
  const tools = states.value.map((state) =>
    sheetOf(state, records.ok ? records.value : null, quotas?.get(state.tool) ?? (quotas ? [] : null), noted),
  );
  return { ok: true, value: { tools, others: noted && othersOf(noted, states.value) } };
}

/** Puts one tool's sheet together. Pure. */
export function sheetOf(
  { tool, about }: ToolState,
  records: readonly ToolRecord[] | null,
  quota: MeterView[] | null,
  noted: Noted | null,
): ToolSheet {
  const times = noted?.[workerOf(tool)] ?? {};
  return {
    tool,
    answers: about !== null,
    vendor: about?.vendor ?? null,
    record: records && (records.find((record) => record.tool === tool) ?? emptyRecord(tool)),
    quota,
    secrets: datedSecrets(tool, about?.vendor?.secrets ?? [], times, records),
  };
}

function datedSecrets(
  tool: string,
  held: readonly HeldSecret[],
  times: Record<string, string | null>,
  records: readonly ToolRecord[] | null,
): DatedSecret[] {
  const names = new Set(held.map(({ name }) => name));
  const uses = records?.find((record) => record.tool === tool)?.secrets ?? [];
  return held.map((secret) => {
    const use = uses.find(({ name }) => name === secret.name);
    return {
      ...secret,
      setAt: times[secret.name] ?? null,
      usedAt: use?.usedAt ?? null,
      refusedAt: use?.refusedAt ?? null,
      rotation: rotationOf(secret.name, names),
    };
  });
}

function rotationOf(name: string, names: ReadonlySet<string>): DatedSecret['rotation'] {
  if (names.has(nextSetting(name))) return 'replaced';
  return replacedBy(name) === undefined ? null : 'next';
}

/** The inbox itself has the name of its tool. */
function workerOf(tool: string): string {
  return tool === 'leads' ? 'leads-tool' : tool;
}

function emptyRecord(tool: string): ToolRecord {
  const none = { calls: 0, denied: 0, succeeded: 0, indeterminate: 0, lapsed: 0, failed: {} };
  return { tool, hour: none, day: none, last: [], secrets: [] };
}

/** Secrets of Workers that are no tools. Pure. */
export function othersOf(noted: Noted, states: readonly ToolState[]): WorkerSecrets[] {
  const tools = new Set(states.map(({ tool }) => workerOf(tool)));
  return Object.entries(noted)
    .filter(([worker]) => !tools.has(worker))
    .map(([worker, times]) => ({
      worker,
      secrets: Object.entries(times).map(([name, setAt]) => ({ name, setAt })),
    }));
}

/** What was noted of when secrets were set; null: nothing, or nothing that can be read. Pure. */
export function notedTimes(text: string | undefined): Noted | null {
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Noted) : null;
  } catch {
    return null;
  }
}

/**
 * What is used of vendors' quotas, by tool; null: nobody could say. A guard knows the quotas of what its agent is granted, so
 * for each vendor with a quota one agent's guard is asked.
 */
async function quotasOf(
  env: Env,
  credential: string | null,
  set: Governance | null,
): Promise<Map<string, MeterView[]> | null> {
  if (!set) return null;
  const found = new Map<string, MeterView[]>();
  await Promise.all(
    askable(set).map(async (agent) => {
      const limits = await reach(async () => env.OPERATORS.limits(credential, agent));
      if (!limits.ok) return;
      for (const { of, limits: meters } of limits.value.shared ?? [])
        if (of.startsWith('vendor:') && meters) found.set(of.slice('vendor:'.length), meters);
    }),
  );
  return found;
}

/** The fewest agents, taken one after another, whose grants cover every vendor that has a quota. Pure. */
export function askable({ manifests, shared }: Pick<Governance, 'manifests' | 'shared'>): string[] {
  const left = new Set(Object.keys(shared?.vendors ?? {}));
  const chosen: string[] = [];
  for (const [agent, { grants }] of Object.entries(manifests)) {
    const covers = grants.map(({ action }) => action.split('.')[0] ?? '').filter((tool) => left.has(tool));
    if (covers.length === 0) continue;
    chosen.push(agent);
    for (const tool of covers) left.delete(tool);
  }
  return chosen;
}
