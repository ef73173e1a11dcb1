import { isId } from '../../shared/ids.ts';
import { timeLeft } from '../../shared/time-left.ts';
import type { TimelineItem } from '../../shared/timeline.ts';
import { misuse, report, type Command } from '../lib/command.ts';
import { facts, printable } from '../lib/output.ts';

export const call: Command = {
  name: 'call',
  summary: 'One call from request to outcome, with every journal entry about it',
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

interface Sheet {
  call: Record<string, unknown>;
  timeline: TimelineItem[];
  words: 'known' | 'not-known';
}

function show({ call: record, timeline, words }: Sheet): string {
  const { undo, undone, deferred, ...rest } = record;
  const top = { ...rest, undo: takenBack(undone) ?? wayOf(undo), deferred: laterOf(deferred) };
  const note = words === 'known' ? '' : 'The words of the policies are not known: control does not answer.';
  const parts = [facts(Object.entries(top)), ...timeline.map(told), note];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** One thing that happened: when, what, each step of the column that did more than pass, the policies, the entry. */
function told({ at, title, steps, policies, data, entry }: TimelineItem): string {
  const passed = steps.filter(({ answer }) => answer === 'passed').length;
  const others = steps.filter(({ answer }) => answer === 'refused' || answer === 'asked people');
  const lines: [string, unknown][] = [
    ['steps passed', steps.length > 0 ? `${passed} of ${steps.length}` : null],
    ...others.map(({ step, answer, why }): [string, unknown] => [answer, why ? `${step} (${why})` : step]),
    ...policies.map(({ id, reason }): [string, unknown] => [
      'policy',
      `${id}: ${reason ?? 'words not known'}`,
    ]),
    ...Object.entries(data),
    ['entry', `${entry.source} ${entry.seq} ${entry.hash}`],
  ];
  return `${printable(`${at}  ${title}`)}\n${facts(lines).replaceAll(/^/gm, '  ')}`;
}

/** `taken back by ada@acme.example: call_…`; null: it was not. */
function takenBack(undone: unknown): string | null {
  if (undone === null || undone === undefined) return null;
  const { by, person } = undone as Partial<Record<string, string>>;
  return `taken back by ${person ?? 'somebody'}: ${by ?? ''}`;
}

/** `crm.contact.update, 23 h 12 min left (until …)`. */
function wayOf(undo: unknown): unknown {
  const { action, until, left } = (undo ?? {}) as Partial<Record<string, string>>;
  if (until === undefined) return undo;
  return `${action ?? ''}, ${left ?? ''} (until ${until})`;
}

function laterOf(deferred: unknown): unknown {
  const { due, cancelUntil } = (deferred ?? {}) as Partial<Record<string, string>>;
  if (due === undefined || cancelUntil === undefined) return deferred;
  return `comes at ${due}; to cancel: ${timeLeft(cancelUntil, Date.now())}`;
}
