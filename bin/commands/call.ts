import { isId } from '../../shared/ids.ts';
import type { Entry } from '../../shared/journal.ts';
import { timeLeft } from '../../shared/time-left.ts';
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
  const { undo, deferred, ...rest } = record;
  const told = { ...rest, undo: wayOf(undo, record['undone']), deferred: laterOf(deferred) };
  return `${facts(Object.entries(told))}\n\n${table(['AT', 'ENTRY', 'SOURCE', 'SEQ'], rows, 'No entries.')}`;
}

/** `crm.contact.update, 23 h 12 min left (until …)`. */
function wayOf(undo: unknown, undone: unknown): unknown {
  const { action, until, left } = (undo ?? {}) as Partial<Record<string, string>>;
  if (until === undefined || undone !== null) return undo;
  return `${action ?? ''}, ${left ?? ''} (until ${until})`;
}

function laterOf(deferred: unknown): unknown {
  const { due, cancelUntil } = (deferred ?? {}) as Partial<Record<string, string>>;
  if (due === undefined || cancelUntil === undefined) return deferred;
  return `comes at ${due}; to cancel: ${timeLeft(cancelUntil, Date.now())}`;
}
