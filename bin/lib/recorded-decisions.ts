import type { Mode } from '../../shared/contract.ts';
import { modes } from '../../shared/contract.ts';
import type { Entry, EntryData } from '../../shared/journal.ts';

/** What a decision comes to, without who decided it. */
export type Outcome = 'allow' | '1 person' | '2 people' | 'denied';

/** What policies decided of a call, as the journal has it. */
export interface RecordedDecision {
  call: string;
  agent: string;
  action: string;
  /** That was judged: for what a proposal would need, `execute`. */
  mode: Mode;
  /** RFC 3339. */
  at: string;
  version: string;
  outcome: Outcome;
  /** Denied: why, as the evaluator says it. */
  why: string | null;
  /** Ids of the deciding policies. */
  policies: string[];
  /** The entry's data, with what was asked. */
  data: EntryData;
}

/** The kinds of entries that record policy decisions. */
export const decisionKinds = ['call.intent', 'call.waiting', 'call.proposed', 'call.denied'] as const;

/**
 * The policy decisions that an entry records: none, one, or for a proposal two, itself and its execution. The first look at each
 * call only: an approved call is asked again before it runs, and that is the same decision. Pure.
 */
export function decisionsOf({ kind, at, data }: Pick<Entry, 'kind' | 'at' | 'data'>): RecordedDecision[] {
  const base = baseOf(at, data);
  // People act in a lane of their own, which no policy decides.
  if (!base || data['operator'] !== undefined) return [];
  const outcome = approvable(data['needs']);
  switch (kind) {
    case 'call.intent':
      return data['approvers'] === undefined ? [{ ...base, outcome }] : [];
    case 'call.waiting':
      return [{ ...base, outcome }];
    case 'call.proposed': {
      const would = data['would'] === 'deny' ? 'denied' : outcome;
      return [
        { ...base, outcome: 'allow', policies: [] },
        { ...base, mode: 'execute', outcome: would },
      ];
    }
    case 'call.denied': {
      const byPolicies = data['reason'] === 'policy' && data['why'] !== 'unapproved';
      return byPolicies ? [{ ...base, outcome: 'denied', why: textOf(data['why']) }] : [];
    }
    default:
      return [];
  }
}

function baseOf(at: string, data: EntryData): Omit<RecordedDecision, 'outcome'> | undefined {
  const { call, agent, action, mode, policyVersion, policies } = data;
  const known = modes.find((one) => one === mode);
  if (call === undefined || agent === undefined || action === undefined || !known) return undefined;
  const ids = Array.isArray(policies) ? policies.filter((id) => typeof id === 'string') : [];
  return {
    call,
    agent,
    action,
    mode: known,
    at,
    version: textOf(policyVersion) ?? '',
    why: null,
    policies: ids,
    data,
  };
}

function approvable(needs: unknown): Outcome {
  if (needs === 1) return '1 person';
  return needs === 2 ? '2 people' : 'allow';
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
