import type { NotifierView } from '../../shared/notices.ts';
import { report, type Command } from '../lib/command.ts';
import { facts, table } from '../lib/output.ts';

export const notifier: Command = {
  name: 'notifier',
  summary: 'How people are told, the key that webhooks verify with, and what has not got through',
  usage: '',
  examples: ['toolgate notifier', 'toolgate notifier --json'],
  options: {},
  takes: 0,
  person: 'auditor',
  run: async (call) => report(call, ['GET', '/notifier'], show),
};

function show({ channels, webhookKey, troubled }: NotifierView): string {
  const head = facts([
    ...channels.map(({ channel, detail }) => [channel, detail] as const),
    ['webhook key', webhookKey?.text ?? 'none'],
  ]);
  const rows = troubled.map(({ notice, kind, channel, to, tried, next, detail }) => {
    return [notice, kind, channel, to, String(tried), next ?? 'given up', detail];
  });
  const titles = ['NOTICE', 'KIND', 'CHANNEL', 'TO', 'TRIED', 'NEXT', 'WHAT'];
  return `${head}\n\n${table(titles, rows, 'Everything got through.')}`;
}
