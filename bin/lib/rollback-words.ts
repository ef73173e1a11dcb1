/** Rollbacks in words, for a terminal. Pure. */
import type { Step, StepState } from '../../shared/rollback/step.ts';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import { facts, table } from './output.ts';

/** Steps that are listed; all of them are in `--json`. */
const SHOWN = 60;
/** How the people of a gate on this machine are named; see `secrets.ts`. */
const LOCAL = '@sandbox.example';

/** One line for each change while it works. */
export function progressLine({ status, counts }: RollbackView): string {
  const { restored, nothing, left, underWay, waiting } = counts;
  if (status === 'planning') return 'planning: looking at the calls and at the vendors';
  const all = restored + nothing + left + underWay + waiting;
  return `${status}: ${restored + nothing + left} of ${all} (${restored} taken back, ${nothing} as before already, ${left} left), ${underWay} under way`;
}

/** A rollback and its plan, with what to do next. */
export function rollbackSheet({ rollback, steps }: RollbackPage): string {
  const { id, status, selection, by, reason, plan, approvals, runBy, detail } = rollback;
  const about = facts([
    ['rollback', rollback.dryRun ? `${id} (dry run: nothing of it is kept)` : id],
    ['status', status],
    [
      'calls of',
      Object.entries(selection)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
    ['asked by', `${by}: ${reason}`],
    ['plan', plan ? planLine(plan) : undefined],
    [
      'needs',
      plan
        ? peopleLine(
            plan.needs,
            approvals.map((one) => one.by),
          )
        : undefined,
    ],
    ['digest', plan?.digest],
    ['run by', runBy],
    ['held up', detail],
  ]);
  return [about, stepTable(steps), asksOf(steps), nextOf(rollback)].filter(Boolean).join('\n\n');
}

function planLine({ counts: { takes, nothing, left } }: NonNullable<RollbackView['plan']>): string {
  return `${takes} taken back, ${nothing} as before already, ${left} left`;
}

function peopleLine(needs: number, approvers: readonly string[]): string {
  if (needs === 0) return 'nobody else';
  const by = approvers.length > 0 ? ` (${approvers.join(', ')})` : '';
  return `${needs} ${needs === 1 ? 'person' : 'people'} besides who asked; ${approvers.length} approved${by}`;
}

function stepTable(steps: RollbackPage['steps']): string {
  const rows = steps
    .slice(0, SHOWN)
    .map(({ step, state }, n) => [
      String(n + 1),
      step.call,
      step.agent,
      step.action,
      step.about ? `${step.about.record} ${step.about.id}` : '',
      step.needs > 0 ? String(step.needs) : '',
      fateWord(step, state),
    ]);
  const shown = table(['', 'CALL', 'AGENT', 'ACTION', 'RECORD', 'NEEDS', 'STEP'], rows, 'No call fits.');
  return steps.length > SHOWN ? `${shown}\n… and ${steps.length - SHOWN} more: --json has all.` : shown;
}

/** What becomes, or became, of a step. */
function fateWord({ fate }: Step, state: StepState): string {
  switch (state.kind) {
    case 'waiting':
      if (fate.kind !== 'undo' && fate.kind !== 'cancel') return 'waits';
      return `${fate.kind} by ${fate.action}, until ${fate.until}${fate.forced ? ', forced' : ''}`;
    case 'under-way':
      return `under way as ${state.lane}`;
    case 'restored':
      return `taken back by ${state.lane}; ${seenWord(state.seen)}`;
    case 'nothing':
      return state.why === 'taken-back' ? 'taken back already' : 'as before already';
    case 'left':
      return `LEFT (${state.why}): ${sentence(state.detail)} ${state.instead.text}`;
  }
}

/** Details come from contracts and tools, with or without a full stop. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function seenWord(seen: (StepState & { kind: 'restored' })['seen']): string {
  switch (seen) {
    case null:
      return 'the vendor took the cancellation';
    case 'as-before':
      return 'the vendor holds what it held before';
    case 'as-left':
    case 'changed':
      return 'NOT AS BEFORE: look at the record';
    case 'unknown':
      return 'what the vendor holds could not be seen';
  }
}

/** Which policies ask for people, once each, and where each conflict is. */
function asksOf(steps: RollbackPage['steps']): string {
  const asks = new Map<string, string>();
  for (const { step } of steps) {
    for (const { id, reason } of step.policies) asks.set(id, reason);
    if (step.needsWhy !== null) asks.set(`two people for ${step.action}`, step.needsWhy);
  }
  const policies = [...asks].map(([id, reason]) => `  ${id}: ${reason}`);
  const conflicts = steps.flatMap(({ step }) =>
    step.conflicts.map(
      ({ field, expected, found }) =>
        `  ${step.call} ${field}: left as ${JSON.stringify(expected)}, now ${JSON.stringify(found)}`,
    ),
  );
  const lines = [
    ...(policies.length > 0 ? ['Who asks for people:', ...policies] : []),
    ...(conflicts.length > 0 ? ['Changed since by somebody else:', ...conflicts.slice(0, SHOWN)] : []),
  ];
  return lines.join('\n');
}

/** On a gate of this machine, a person who may still approve it: what is printed can then be pasted. */
function asAnother({ by, approvals }: RollbackView): string {
  const has = new Set([by, ...approvals.map((one) => one.by)]);
  if (![...has].every((person) => person.endsWith(LOCAL))) return '';
  const other = ['operator2', 'approver', 'approver2'].find((name) => !has.has(`${name}${LOCAL}`));
  return other === undefined ? '' : ` --as ${other}`;
}

function nextOf(rollback: RollbackView): string {
  const { id, status, dryRun, plan, approvals } = rollback;
  if (dryRun) return 'A dry run: nothing was written. Without --dry-run it is kept and can be run.';
  switch (status) {
    case 'planned': {
      const missing = (plan?.needs ?? 0) - approvals.length;
      const approve = `toolgate rollback approve ${id} --reason "…"${asAnother(rollback)}`;
      const run = `toolgate rollback run ${id} --reason "…"`;
      return missing > 0 ? `To approve it, as somebody else: ${approve}\nThen: ${run}` : `To run it: ${run}`;
    }
    case 'halted':
      return `To go on: toolgate rollback run ${id} --reason "…"`;
    case 'planning':
    case 'running':
      return `To look again: toolgate rollback show ${id}`;
    case 'ended':
      return `What it came to: toolgate rollback report ${id} --markdown`;
    case 'failed':
      return 'There is no plan, and nothing was written. Ask for it anew.';
  }
}

/** Rollbacks, newest first. */
export function rollbackList({ rollbacks }: { rollbacks: RollbackView[] }): string {
  const rows = rollbacks.map(({ id, at, status, by, counts, reason }) => [
    id,
    at,
    status,
    by,
    String(counts.restored),
    String(counts.left),
    reason,
  ]);
  const titles = ['ROLLBACK', 'AT', 'STATUS', 'ASKED BY', 'TAKEN BACK', 'LEFT', 'REASON'];
  return table(titles, rows, 'None yet: toolgate rollback --agent <name> --dry-run --reason "…"');
}
