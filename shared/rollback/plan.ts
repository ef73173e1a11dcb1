/** From what agents did to how it is taken back. Pure: `now` and everything that was looked up are passed in. */
import { canonical } from '../canonical.ts';
import type { Group } from '../contract.ts';
import { sha256 } from '../crypto.ts';
import type { Conflict } from '../image.ts';
import type { Look, Takeable } from '../taking-back.ts';
import { insteadOf } from './instead.ts';
import { ordered, type Placed } from './order.ts';
import type { Fate, Inverse, LeftWhy, Plan, PlanCounts, Step } from './step.ts';

/** What of an action's contract a plan needs. */
export interface ActionFacts {
  /** Whether it creates the record that it is about. */
  creates: boolean;
  groups: readonly Group[];
}

/** Everything that a plan rests on. */
export interface Ground {
  /** In any order, of any number of agents. */
  calls: readonly Takeable[];
  /** By call; of a call that has a way back and no look, what the vendor holds counts as unseen. */
  looks: ReadonlyMap<string, Look>;
  /** By call; one that was not asked for counts as two people. */
  inverses: ReadonlyMap<string, Inverse>;
  /** Calls that a person forces, each with `found` of what that person saw; null: there was nothing to see. */
  forced: ReadonlyMap<string, string | null>;
  facts: (action: string) => ActionFacts;
  /** Unix ms. */
  now: number;
}

const unasked: Inverse = { needs: 2, policies: [], why: 'it could not be asked', fields: ['*'] };

/** What later steps about the same record come to. */
interface Chain {
  /** A call that is left, so that nothing before it is taken back either; null: none. */
  leftBy: string | null;
  /** Fields that steps which run before this one will have written. */
  written: Set<string>;
}

/** The plan: each call of the selection once, with what becomes of it. O(n log n). */
export function planOf(ground: Ground): Plan {
  const chains = new Map<string, Chain>();
  const steps = ordered(ground.calls, (action) => ground.facts(action).creates).map((placed) => {
    const chain = chainOf(chains, placed);
    const step = stepOf(placed, chain, ground);
    follow(chain, step, ground.inverses.get(step.call) ?? unasked);
    return step;
  });
  const runs = steps.filter(takes);
  const needs = Math.max(0, ...runs.map((step) => step.needs)) as Plan['needs'];
  return { steps, needs, counts: countsOf(steps), digest: digestOf(steps, needs) };
}

/** Whether a step does something when the plan runs. */
export function takes({ fate }: Pick<Step, 'fate'>): boolean {
  return fate.kind === 'undo' || fate.kind === 'cancel';
}

function chainOf(chains: Map<string, Chain>, { of, record }: Placed): Chain {
  const key = record ?? `(call) ${of.call}`;
  const known = chains.get(key);
  if (known) return known;
  const fresh: Chain = { leftBy: null, written: new Set() };
  chains.set(key, fresh);
  return fresh;
}

function follow(chain: Chain, step: Step, { fields }: Inverse): void {
  if (step.fate.kind === 'left') chain.leftBy ??= step.call;
  if (takes(step)) for (const field of fields) chain.written.add(field);
}

function stepOf({ of, record, after, creates }: Placed, chain: Chain, ground: Ground): Step {
  const { call, agent, action, workflow, at, about } = of;
  const inverse = ground.inverses.get(call) ?? unasked;
  const look = ground.looks.get(call) ?? null;
  const conflicts = look?.state === 'changed' ? unexplained(look.conflicts, chain.written) : [];
  const fate = fateOf(of, chain, ground, { look, conflicts });
  const runs = fate.kind === 'undo' || fate.kind === 'cancel';
  return {
    call,
    agent,
    action,
    workflow,
    at,
    about,
    fate,
    record,
    after,
    creates,
    needs: runs ? inverse.needs : 0,
    policies: runs ? inverse.policies : [],
    needsWhy: runs ? inverse.why : null,
    conflicts,
    found: look?.found ?? null,
  };
}

/** What steps before this one will put back is no conflict of it; it is compared again when its turn comes. */
function unexplained(conflicts: readonly Conflict[], written: ReadonlySet<string>): Conflict[] {
  if (written.has('*')) return [];
  return conflicts.filter(({ field }) => !written.has(field) && !(field === '*' && written.size > 0));
}

interface Seen {
  look: Look | null;
  conflicts: readonly Conflict[];
}

function fateOf(of: Takeable, chain: Chain, ground: Ground, seen: Seen): Fate {
  const { call, way, takenBack, outcome } = of;
  if (takenBack !== null && takenBack.at !== null)
    return { kind: 'nothing', why: 'taken-back', by: takenBack.by };
  const left = (why: LeftWhy, detail: string): Fate => {
    const { groups } = ground.facts(of.action);
    return { kind: 'left', why, detail, instead: insteadOf(of, why, groups) };
  };
  if (outcome === 'indeterminate') return left('indeterminate', 'nobody knows whether it happened');
  if (takenBack !== null)
    return left('unclear', `${takenBack.by} set out to take it back, and how that ended is not known`);
  if (way.kind === 'none') return left('no-way-back', way.why);
  if (ground.now >= Date.parse(way.until))
    return left('window-over', `it could be taken back until ${way.until}`);
  const found = ground.forced.get(call);
  const forced = found === undefined ? null : { found };
  const taking: Fate = { kind: way.kind, action: way.action, until: way.until, forced };
  if (forced) return taking;
  if (chain.leftBy !== null)
    return left('blocked', `${chain.leftBy}, which is later and about the same record, is left`);
  return seenFate(way.kind, chain, seen, taking, left);
}

/** What the vendor holds decides; a cancellation is of something that has not come yet, so there is nothing to compare. */
function seenFate(
  kind: 'undo' | 'cancel',
  { written }: Chain,
  { look, conflicts }: Seen,
  taking: Fate,
  left: (why: LeftWhy, detail: string) => Fate,
): Fate {
  if (kind === 'cancel') return taking;
  switch (look?.state) {
    case 'as-left':
      return taking;
    case 'as-before':
      // By way of a later call, perhaps, which is about to be taken back.
      return written.size > 0 ? taking : { kind: 'nothing', why: 'as-before', by: null };
    case 'changed':
      return conflicts.length === 0 && look.conflicts.length > 0
        ? taking
        : left('conflict', conflictText(conflicts));
    case 'unknown':
    case undefined:
      return left('unseen', look?.detail ?? 'what the vendor holds could not be seen');
  }
}

/** Names of fields only: values are in `conflicts`, masked, and not in a text. */
function conflictText(conflicts: readonly Conflict[]): string {
  if (conflicts.length === 0) return 'changed since by somebody else';
  const fields = conflicts.map(({ field }) => (field === '*' ? 'the record as a whole' : field));
  return `changed since by somebody else: ${fields.join(', ')}`;
}

function countsOf(steps: readonly Step[]): PlanCounts {
  const counts = { takes: 0, nothing: 0, left: 0 };
  for (const { fate } of steps) {
    if (fate.kind === 'left') counts.left += 1;
    else if (fate.kind === 'nothing') counts.nothing += 1;
    else counts.takes += 1;
  }
  return counts;
}

/** Step by step, so that ten thousand of them are not one text in memory. */
function digestOf(steps: readonly Step[], needs: number): string {
  return sha256([String(needs), ...steps.map((step) => sha256(canonical(step)))].join('\n'));
}
