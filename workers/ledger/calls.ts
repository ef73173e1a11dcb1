import type { Entry } from '../../shared/journal.ts';

/** A call put together from its entries: what was asked, decided and done. */
export interface CallRecord {
  call: string;
  agent: string | null;
  workflow: string | null;
  tool: string | null;
  action: string | null;
  mode: string | null;
  /** The person the agent acted for. */
  user: string | null;
  status: CallStatus;
  /** Why it was denied or failed, as a code. */
  reason: string | null;
  approval: string | null;
  approvers: string[];
  /** Ids of the deciding policies. */
  policies: string[];
  policyVersion: string | null;
  /** RFC 3339. */
  since: string;
  endedAt: string | null;
  /** The action that takes it back, until when (RFC 3339), and in words how long that is from now. */
  undo: unknown;
  /** Of an effect that comes later: when, and until when it can be cancelled. */
  deferred: unknown;
  /** By which operators' call, and whom, it was taken back. */
  undone: unknown;
  /** Of an operators' call: what it is for, who had it done, and why. */
  operator: unknown;
  /** Of an undo: whether the vendor was then seen to hold what it held before the call: yes, no, unknown. */
  verified: string | null;
}

/** `running`: an intent without outcome. */
export type CallStatus =
  | 'proposed'
  | 'waiting'
  | 'denied'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'indeterminate'
  | 'lapsed'
  | 'unknown';

const outcomes: readonly CallStatus[] = ['succeeded', 'failed', 'indeterminate', 'lapsed'];

/** The guard's entries and one another's order: what came later says what the call is now. */
const known = [
  'call.proposed',
  'call.waiting',
  'call.denied',
  'call.intent',
  'call.outcome',
  'call.recovered',
];

/** What people did with a call while it waited: why somebody looked at a value is not why the call ended. */
const beside = ['call.amended', 'call.revealed'];

/** Puts calls together from the entries of all sources, in any order; newest call first. */
export function assembleCalls(entries: readonly Entry[]): CallRecord[] {
  const byCall = Map.groupBy(entries, (entry) => text(entry.data.call) ?? '');
  byCall.delete('');
  return [...byCall].sort(([a], [b]) => compare(b, a)).map(([call, own]) => assemble(call, inOrder(own)));
}

/**
 * By time. Entries of one source stay in the order of their chain even where its clock stepped back: then the latest
 * time seen counts.
 */
export function inOrder(entries: readonly Entry[]): Entry[] {
  const latest = new Map<string, string>();
  const timed = entries
    .toSorted((a, b) => a.seq - b.seq)
    .map((entry) => {
      const before = latest.get(entry.source) ?? '';
      const at = entry.at > before ? entry.at : before;
      latest.set(entry.source, at);
      return { entry, at };
    });
  // Stable, so equal times keep the order of their chain.
  return timed.sort((a, b) => compare(a.at, b.at)).map(({ entry }) => entry);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function assemble(call: string, entries: readonly Entry[]): CallRecord {
  const said = entries.filter(({ kind }) => !beside.includes(kind));
  const data = { ...merged(entries, 'approval.', identity), ...merged(said, 'call.') };
  const last = entries.findLast((entry) => known.includes(entry.kind));
  const status = statusOf(last);
  const over = status !== 'waiting' && status !== 'running' && status !== 'unknown';
  return {
    call,
    agent: text(data['agent']),
    workflow: text(data['workflow']),
    tool: text(data['tool']),
    action: text(data['action']),
    mode: text(data['mode']),
    user: text(data['user']),
    status,
    reason: text(data['reason']) ?? text(data['code']),
    approval: text(data['approval']),
    approvers: texts(data['approvers']),
    policies: texts(data['policies']),
    policyVersion: text(data['policyVersion']),
    since: entries[0]?.at ?? '',
    endedAt: over ? (last?.at ?? null) : null,
    undo: data['undo'] ?? null,
    deferred: data['deferred'] ?? null,
    undone: data['undone'] ?? null,
    operator: data['operator'] ?? null,
    verified: text(data['verified']),
  };
}

/** What others than the guard may say of a call, when the guard's own entries have not arrived. */
const identity = ['agent', 'workflow', 'tool', 'action', 'approval'];

/** All that entries of some kinds say of a call; later ones win, nulls say nothing. */
function merged(
  entries: readonly Entry[],
  kinds: string,
  members: readonly string[] | null = null,
): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { kind, data } of entries) {
    if (!kind.startsWith(kinds)) continue;
    for (const [name, value] of Object.entries(data)) {
      if (value !== null && value !== undefined && (members?.includes(name) ?? true)) all[name] = value;
    }
  }
  return all;
}

function statusOf(last: Entry | undefined): CallStatus {
  if (!last) return 'unknown';
  switch (last.kind) {
    case 'call.proposed':
      return 'proposed';
    case 'call.waiting':
      return 'waiting';
    case 'call.denied':
      return 'denied';
    case 'call.intent':
      return 'running';
    case 'call.outcome':
    case 'call.recovered':
      return outcomes.find((outcome) => outcome === last.data['outcome']) ?? 'running';
    default:
      // A kind that a newer version writes: not guessed at.
      return 'unknown';
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string');
}
