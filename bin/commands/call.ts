import { isId } from '../../shared/ids.ts';
import type { Entry } from '../../shared/journal.ts';
import { misuse, report, type Command } from '../lib/command.ts';
import { facts, table } from '../lib/output.ts';

export const call: Command = {
  name: 'call',
  summary: 'One call and every journal entry about it',
  usage: '<id>',
  examples: [
    'toolgate call call_01JD0000000000000000000000',
    'toolgate call call_01JD0000000000000000000000 --json',
  ],
  options: {},
  takes: 1,
  person: 'auditor',
  run: async (invocation) => {
    const id = invocation.args[0] ?? '';
    if (!isId('call', id)) return misuse(`"${id}" is no call id. toolgate calls lists them.`);
    return report(
      invocation,
      ['GET', `/calls/${id}`],
      show,
      'toolgate calls lists them; a new one is there after some seconds.',
    );
  },
};

function show({ call: record, entries }: { call: Record<string, unknown>; entries: Entry[] }): string {
  const rows = entries.map(({ at, source, seq, kind }) => [at, kind, source, String(seq)]);
  return `${facts(Object.entries(record))}\n\n${table(['AT', 'ENTRY', 'SOURCE', 'SEQ'], rows, 'No entries.')}`;
}
