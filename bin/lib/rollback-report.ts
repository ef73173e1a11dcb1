/** What a rollback came to, as Markdown. Pure: the same rollback gives the same text. */
import type { Step, StepState } from '../../shared/rollback/step.ts';
import type { RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import { inline, printable } from './output.ts';

/** `whole`: with a line for every step; else only what people have to look at. */
export function rollbackMarkdown({ rollback, steps }: RollbackPage, whole = true): string {
  const lines = [
    `# Rollback ${rollback.id}`,
    '',
    `**${verdict(rollback, steps)}**`,
    '',
    ...about(rollback),
    '',
    ...leftLines(steps),
    ...differing(steps),
    ...draftLines(steps),
    ...(whole ? stepLines(steps) : []),
  ];
  return printable(lines.join('\n').trimEnd());
}

function verdict({ status, counts }: RollbackView, steps: RollbackPage['steps']): string {
  const { restored, nothing, left } = counts;
  if (status !== 'ended')
    return `Not ended (${status}): ${restored} of ${steps.length} calls are taken back.`;
  const wrong = steps.filter(({ state }) => !isAsBefore(state) && state.kind === 'restored').length;
  const seen = wrong === 0 ? '' : ` Of those, ${wrong} are not seen to be as before.`;
  return `${restored} of ${steps.length} calls taken back, ${nothing} as before already, ${left} left for people.${seen}`;
}

function about({
  selection,
  by,
  reason,
  at,
  endedAt,
  plan,
  approvals,
  runBy,
  agents,
}: RollbackView): string[] {
  const of = Object.entries(selection).map(([name, value]) => `${name} ${cell(value)}`);
  const approvers = approvals.map((one) => `${one.by} (${one.at})`).join(', ');
  return [
    `- Calls: ${of.join(', ')}; agents: ${agents.join(', ') || 'none'}`,
    `- Asked by ${by} at ${at}: ${cell(reason)}`,
    `- Approved by: ${approvers || (plan?.needs === 0 ? 'nobody had to' : 'nobody')}`,
    `- Run by: ${runBy ?? 'nobody'}; ended: ${endedAt ?? 'no'}`,
    `- Digest of the plan: ${plan?.digest ?? 'none'}`,
  ];
}

function leftLines(steps: RollbackPage['steps']): string[] {
  const left = steps.flatMap(({ step, state }) => (state.kind === 'left' ? [{ step, state }] : []));
  if (left.length === 0) return [];
  return [
    '## Left for people',
    '',
    '| Call | Action | Record | Why | What to do |',
    '| --- | --- | --- | --- | --- |',
    ...left.map(
      ({ step, state }) =>
        `| ${step.call} | ${step.action} | ${recordOf(step)} | ${state.why}: ${cell(state.detail)} | ${cell(state.instead.text)} |`,
    ),
    '',
  ];
}

/** Taken back, and yet the vendor holds something else than before. */
function differing(steps: RollbackPage['steps']): string[] {
  const found = steps.filter(({ state }) => state.kind === 'restored' && !isAsBefore(state));
  if (found.length === 0) return [];
  return [
    '## Not seen to be as before',
    '',
    ...found.map(({ step, state }) => `- ${step.call} ${step.action} ${recordOf(step)}: ${resultOf(state)}`),
    '',
  ];
}

function draftLines(steps: RollbackPage['steps']): string[] {
  const drafts = new Set(
    steps.flatMap(({ state }) => (state.kind === 'left' && state.instead.draft ? [state.instead.draft] : [])),
  );
  return [...drafts].flatMap((draft) => [
    '## Draft for those who got a message',
    '',
    '```',
    draft,
    '```',
    '',
  ]);
}

function stepLines(steps: RollbackPage['steps']): string[] {
  return [
    '## Every step, in order',
    '',
    '| # | Call | Agent | Action | Record | Expected | Found |',
    '| ---: | --- | --- | --- | --- | --- | --- |',
    ...steps.map(
      ({ step, state }, n) =>
        `| ${n + 1} | ${step.call} | ${step.agent} | ${step.action} | ${recordOf(step)} | ${expected(step)} | ${resultOf(state)} |`,
    ),
  ];
}

function expected({ fate }: Step): string {
  switch (fate.kind) {
    case 'undo':
    case 'nothing':
      return 'as before';
    case 'cancel':
      return 'cancelled';
    case 'left':
      return 'left alone';
  }
}

function resultOf(state: StepState): string {
  switch (state.kind) {
    case 'waiting':
      return 'not begun';
    case 'under-way':
      return 'under way';
    case 'nothing':
      return 'as before';
    case 'left':
      return `left: ${state.why}`;
    case 'restored':
      if (state.seen === null) return 'cancelled';
      return {
        'as-before': 'as before',
        'as-left': 'NOT as before',
        changed: 'NOT as before',
        unknown: 'not seen',
      }[state.seen];
  }
}

function isAsBefore(state: StepState): boolean {
  return state.kind === 'restored' && (state.seen === null || state.seen === 'as-before');
}

function recordOf({ about }: Step): string {
  return about ? cell(`${about.record} ${about.id}`) : '';
}

/** Text of others inside a table: a bar would end its cell. */
function cell(text: string): string {
  return inline(text, 300).replaceAll('|', '\\|');
}
