import { timeLeft } from '../../shared/time-left.ts';
import type { ToolCounts } from '../../shared/pulse.ts';
import type { DatedSecret, ToolSheet, ToolsView } from '../../workers/console/tool-sheets.ts';
import { report, type Command } from '../lib/command.ts';
import { table, when } from '../lib/output.ts';

export const tools: Command = {
  name: 'tools',
  summary: 'How each tool fares: failures, its vendor, quota used, and its secrets by name and age',
  usage: '',
  examples: ['toolgate tools', 'toolgate tools --json'],
  details: ['Secrets are told by name and by when they were set. No value ever leaves its Worker.'],
  options: {},
  takes: 0,
  person: 'auditor',
  run: async (call) => report(call, ['GET', '/tools'], (view: ToolsView) => show(view, call.now)),
};

function show({ tools: sheets, others }: ToolsView, now: number): string {
  const health = sheets.map((sheet) => [
    sheet.tool,
    stateOf(sheet, now),
    sheet.record ? countsText(sheet.record.hour) : 'not known',
    sheet.record ? countsText(sheet.record.day) : 'not known',
    quotaText(sheet),
  ]);
  const secrets = [
    ...sheets.flatMap(({ tool, secrets }) =>
      secrets.map((secret) => [
        tool,
        secret.name,
        stateText(secret),
        ageOf(secret, now),
        useText(secret, now),
      ]),
    ),
    ...(others ?? []).flatMap(({ worker, secrets }) =>
      secrets.map((secret) => [worker, secret.name, '', ageOf(secret, now), '']),
    ),
  ];
  const note = others === null ? '\n\nWhen secrets were set is not noted here: see docs/console.md.' : '';
  return `${table(['TOOL', 'VENDOR', 'LAST HOUR', 'LAST DAY', 'QUOTA'], health, 'No tool is bound.')}\n\n${table(
    ['WORKER', 'SECRET', '', 'SET', 'LAST USED'],
    secrets,
    'No secrets are known.',
  )}${note}`;
}

function stateOf({ answers, vendor }: ToolSheet, now: number): string {
  if (!answers) return 'DOES NOT ANSWER';
  if (!vendor) return 'none outside';
  const { state, until } = vendor.breaker;
  if (state === 'closed' || until === null) return vendor.vendor;
  return `${vendor.vendor}, NOT ASKED: it was silent (${timeLeft(until, now)})`;
}

function countsText({ calls, succeeded, denied, indeterminate, failed }: ToolCounts): string {
  const failures = Object.entries(failed).map(([reason, times]) => `${times} ${reason}`);
  const bad = [...failures, ...(indeterminate > 0 ? [`${indeterminate} indeterminate`] : [])].join(', ');
  return `${calls} calls, ${succeeded} succeeded, ${denied} denied${bad === '' ? '' : `, ${bad}`}`;
}

function quotaText({ quota }: ToolSheet): string {
  if (quota === null) return 'not known';
  return quota.map(({ used, max, per }) => `${used} of ${max} in ${per ?? 0} s`).join(', ') || 'none';
}

function stateText({ state, rotation }: DatedSecret): string {
  if (rotation === 'next') return `${state}, next: tried first`;
  return rotation === 'replaced' ? `${state}, being replaced` : state;
}

/** When it was last in a vendor request, and when it last was of no use. */
export function useText(
  { usedAt, refusedAt }: Pick<DatedSecret, 'usedAt' | 'refusedAt'>,
  now: number,
): string {
  const used = usedAt === null ? 'not this month' : when(usedAt, now);
  return refusedAt === null ? used : `${used}, OF NO USE ${when(refusedAt, now)}`;
}

function ageOf({ setAt }: Pick<DatedSecret, 'setAt'>, now: number): string {
  return setAt === null ? 'not known' : when(setAt, now);
}
