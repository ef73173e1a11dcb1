import type { Entry } from './journal.ts';

/** A policy in words, as the set that was in force then has it. */
export interface PolicyWords {
  id: string;
  /** Null: that set could not be asked, or does not hold it. */
  reason: string | null;
}

/** How far a call came in the column, and what that step answered. */
export interface StepAnswer {
  /** The step in words. */
  step: string;
  answer: 'passed' | 'refused' | 'asked people' | 'not reached';
  /** Why, as a code; only of a refusal. */
  why: string | null;
}

/** One thing that happened to a call: an entry of the journal, in words. */
export interface TimelineItem {
  /** RFC 3339. */
  at: string;
  /** Since the entry before, in ms; 0 of the first. */
  after: number;
  kind: string;
  title: string;
  tone: 'good' | 'bad' | 'warn' | 'plain';
  steps: StepAnswer[];
  policies: PolicyWords[];
  /** What the entry says besides, masked as it is journaled. */
  data: Record<string, unknown>;
  /** Where it stands in its chain. */
  entry: Pick<Entry, 'source' | 'seq' | 'hash' | 'prev'>;
}

/** Steps 1 to 7 of the column, in order. */
const column = [
  ['authenticate', 'Who calls'],
  ['contract', 'Action, grant and input'],
  ['stopped', 'Stops, flags and the lease'],
  ['replay', 'Whether the key was used before'],
  ['reference', 'The proposal that it executes'],
  ['autonomy', 'What the agent may use now'],
  ['policy', 'Policies'],
  ['limits', 'Limits and budgets'],
  ['approval', 'People'],
] as const;
type Step = (typeof column)[number][0];

/** Which step refuses with which reason. What is not here is told without steps, never guessed. */
const refusedBy: Readonly<Record<string, Step>> = {
  'not-json': 'contract',
  invalid: 'contract',
  'unknown-action': 'contract',
  'outside-scope': 'contract',
  'mode-not-granted': 'contract',
  'contract-changed': 'contract',
  stopped: 'stopped',
  'switched-off': 'stopped',
  'source-silent': 'stopped',
  'no-lease': 'stopped',
  'no-policy-set': 'stopped',
  quarantined: 'stopped',
  'key-reused': 'replay',
  'proposal-unknown': 'reference',
  'proposal-changed': 'reference',
  autonomy: 'autonomy',
  policy: 'policy',
  'facts-missing': 'policy',
  limited: 'limits',
  'pool-silent': 'limits',
  busy: 'limits',
  rejected: 'approval',
  unbound: 'approval',
  voided: 'approval',
  expired: 'approval',
};

/** Said of the call as a whole, not of each entry. */
const told = ['agent', 'workflow', 'tool', 'action', 'call', 'mode', 'user', 'policies', 'policyVersion'];

/**
 * A call as it went, one item for each entry. `entries`: in the order in which they happened. `reasons`: of the policy set that
 * was in force, by policy. Pure.
 */
export function timelineOf(entries: readonly Entry[], reasons: ReadonlyMap<string, string>): TimelineItem[] {
  return entries.map((entry, n) => {
    const before = entries[n - 1];
    const { at, kind, source, seq, hash, prev } = entry;
    return {
      at,
      after: before ? Math.max(0, Date.parse(at) - Date.parse(before.at)) : 0,
      kind,
      ...headOf(entry),
      steps: stepsOf(entry),
      policies: textsOf(entry.data['policies']).map((id) => ({ id, reason: reasons.get(id) ?? null })),
      data: Object.fromEntries(
        Object.entries(entry.data).filter(([name, value]) => !told.includes(name) && value !== null),
      ),
      entry: { source, seq, hash, prev },
    };
  });
}

function headOf({ kind, data }: Entry): Pick<TimelineItem, 'title' | 'tone'> {
  const by = typeof data.person === 'string' ? ` by ${data.person}` : '';
  switch (kind) {
    case 'call.intent':
      return {
        title: data['lane'] === undefined ? 'Allowed, and recorded to run' : 'A person has it run',
        tone: 'plain',
      };
    case 'call.proposed':
      return { title: 'Proposed: what it would change was looked up', tone: 'plain' };
    case 'call.waiting':
      return { title: 'Waits for people', tone: 'warn' };
    case 'call.denied':
      return { title: `Denied: ${wordOf(data['reason'] ?? data['code'])}`, tone: 'bad' };
    case 'call.outcome':
      return outcome(data, '');
    case 'call.recovered':
      return outcome(data, ', as a look at the vendor told');
    case 'call.undone':
      return { title: 'Taken back', tone: 'plain' };
    case 'call.verified':
      return {
        title: `Looked at the vendor again: holds what it held before: ${wordOf(data['verified'])}`,
        tone: data['verified'] === 'yes' ? 'good' : 'warn',
      };
    case 'call.amended':
      return { title: `Edited${by}; the edit waits for people itself`, tone: 'plain' };
    case 'call.revealed':
      return { title: `One masked value was shown${by && by.replace(' by ', ' to ')}`, tone: 'warn' };
    case 'vault.opened':
      return { title: `Personal values were opened for the tool${countOf(data)}`, tone: 'plain' };
    case 'vault.revealed':
      return {
        title: `Personal values were shown${by && by.replace(' by ', ' to ')}${countOf(data)}`,
        tone: 'warn',
      };
    case 'lead.opened':
      return { title: 'A lead was opened for the tool', tone: 'plain' };
    case 'vault.refused':
      return { title: `Personal values were not opened: ${wordOf(data['why'])}`, tone: 'bad' };
    case 'approval.requested':
      return { title: 'People were asked', tone: 'plain' };
    case 'approval.taken':
      return { title: 'The approval was taken, to run it', tone: 'plain' };
    case 'approval.refused':
      return { title: `A decision${by} was refused`, tone: 'warn' };
    case 'approval.decided':
      return { title: `Decided${by}`, tone: data['status'] === 'rejected' ? 'bad' : 'plain' };
    default:
      return { title: `${capital(kind.replaceAll(/[._-]/g, ' '))}${by}`, tone: 'plain' };
  }
}

function outcome(data: Entry['data'], how: string): Pick<TimelineItem, 'title' | 'tone'> {
  const ended = wordOf(data['outcome']);
  const why = typeof data['reason'] === 'string' ? `: ${data['reason']}` : '';
  const title = `${capital(ended)}${why}${how}`;
  return { title, tone: ended === 'succeeded' ? 'good' : ended === 'indeterminate' ? 'warn' : 'bad' };
}

function countOf({ placeholders }: Entry['data']): string {
  return Array.isArray(placeholders) ? `: ${placeholders.length}` : '';
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : 'not known';
}

/** What each step of the column answered, as far as the entry tells it. Pure. */
export function stepsOf({ kind, data }: Entry): StepAnswer[] {
  // People's own calls run in a lane of their own.
  if (data['lane'] !== undefined) return [];
  switch (kind) {
    case 'call.intent':
    case 'call.proposed':
      return answers(column.length, null);
    case 'call.waiting':
      return answers(column.length - 1, null, 'asked people');
    case 'call.denied': {
      const reason = typeof data['reason'] === 'string' ? data['reason'] : '';
      const step = Object.hasOwn(refusedBy, reason) ? refusedBy[reason] : undefined;
      return step
        ? answers(
            column.findIndex(([id]) => id === step),
            reason,
          )
        : [];
    }
    default:
      return [];
  }
}

function answers(passed: number, why: string | null, at: StepAnswer['answer'] = 'refused'): StepAnswer[] {
  return column.map(([, step], n) => {
    if (n < passed) return { step, answer: 'passed', why: null };
    return n === passed ? { step, answer: at, why } : { step, answer: 'not reached', why: null };
  });
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
