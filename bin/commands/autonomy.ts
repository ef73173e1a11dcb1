import { modes } from '../../shared/contract.ts';
import type { AutonomyChange, AutonomyView, Burn } from '../../shared/rpc.ts';
import { misuse, option, report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

export const autonomy: Command = {
  name: 'autonomy',
  summary: 'How far each agent may go now, since when and why, and how its error budget stands',
  usage: '',
  examples: ['toolgate autonomy', 'toolgate autonomy --json'],
  options: {},
  takes: 0,
  person: 'operator',
  run: async (call) =>
    report(call, ['GET', '/autonomy'], (views: readonly AutonomyView[]) => showAll(views, call.now)),
};

export const autonomyRaise = change(
  'raise',
  'Let an agent do more, as one of the two people whom that needs',
  {
    person: 'owner',
    examples: [
      'toolgate autonomy raise lead-router --to execute --reason "40 proposals, none wrong"',
      'toolgate autonomy raise lead-router --to execute --reason "agreed" --as commander',
    ],
    details: [
      '--to        propose or execute',
      '--reason    why, for the journal',
      '',
      'The first person asks, another puts it in force with the same command within a day.',
      'To execute outside the sandbox the agent must be ready (toolgate readiness <agent>) and its record must hold.',
    ],
  },
);

export const autonomyLower = change('lower', 'Make an agent do less, at once', {
  person: 'operator',
  examples: ['toolgate autonomy lower lead-router --to propose --reason "routes to the wrong queue"'],
  details: ['--to        propose or read', '--reason    why, for the journal', '', 'One person is enough.'],
});

function change(
  act: 'raise' | 'lower',
  summary: string,
  { person, examples, details }: { person: string; examples: string[]; details: string[] },
): Command {
  return {
    name: `autonomy ${act}`,
    summary,
    usage: '<agent> --to <mode> --reason <text>',
    examples,
    details,
    options: { to: { type: 'string' }, reason: { type: 'string' } },
    takes: 1,
    person,
    run: async (call) => {
      const agent = call.args[0] ?? '';
      const to = modes.find((mode) => mode === option(call.values, 'to'));
      const reason = option(call.values, 'reason');
      if (!/^[a-z][a-z0-9-]{1,62}$/.test(agent))
        return misuse(`"${agent}" is no agent. toolgate autonomy lists them.`);
      if (!to) return misuse(`Say how far: --to ${modes.join(' | ')}`);
      if (!reason?.trim()) return misuse('Say why: --reason "…".');
      const path = `/agents/${agent}/autonomy/${act}`;
      const look = `toolgate readiness ${agent} and toolgate autonomy show where it stands.`;
      return report(call, ['POST', path, { to, reason }], showChange, look);
    },
  };
}

function showChange({ agent, mode, status, waiting, epoch }: AutonomyChange): string {
  if (status === 'changed')
    return facts([
      ['agent', agent],
      ['may now', mode],
      ['epoch', epoch],
    ]);
  return facts([
    ['agent', agent],
    ['may now', `${mode}, as before`],
    ['asked by', waiting?.by],
    ['waits until', waiting?.until],
    [
      'to put it in force',
      `somebody else: toolgate autonomy raise ${agent} --to ${waiting?.to} --reason "…"`,
    ],
  ]);
}

function showAll(views: readonly AutonomyView[], now: number): string {
  const rows = views.map((view) => [
    view.agent,
    view.mode,
    view.since === null ? 'the start' : when(view.since, now),
    because[view.why] + (view.by.length > 0 ? ` by ${view.by.join(' and ')}` : ''),
    view.leash === null ? '' : `${view.leash} %`,
    view.evidence === null ? 'not known' : String(view.evidence.proposals),
    view.burn.map(budget).join(', '),
    view.waiting ? `${view.waiting.to}, asked by ${view.waiting.by}` : '',
  ]);
  const titles = ['AGENT', 'MAY', 'SINCE', 'WHY', 'LEASH', 'PROPOSALS', 'ERROR BUDGET', 'WAITS'];
  const falls = views.some((view) => view.falls)
    ? 'Whoever uses up its error budget falls to propose by itself.'
    : 'In the sandbox nobody falls by itself; that one would is journaled (autonomy.would-fall).';
  return `${table(titles, rows, 'No agents are in force.')}\n\n${falls}`;
}

const because: Readonly<Record<AutonomyView['why'], string>> = {
  start: 'began so',
  raised: 'raised',
  lowered: 'lowered',
  fell: 'fell: error budget used up',
  reopened: 'what it was raised for changed',
};

function budget({ of, found, allowed, burnt }: Burn): string {
  const unit = of === 'violations' ? '' : '%';
  return `${of} ${found}${unit}/${allowed}${unit}${burnt ? ' BURNT' : ''}`;
}
