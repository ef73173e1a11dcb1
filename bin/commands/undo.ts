import type { Look } from '../../shared/taking-back.ts';
import { isId } from '../../shared/ids.ts';
import { askOps } from '../lib/client.ts';
import { misuse, option, query, report, unanswered, type Command, type Invocation } from '../lib/command.ts';
import { conflictTable } from '../lib/conflicts.ts';
import { facts, type Report } from '../lib/output.ts';
import { askedOf, laneDetails, show } from './operate.ts';

const example = 'toolgate undo call_01JD0000000000000000000000';

export const undo: Command = {
  name: 'undo',
  summary: "Take an agent's call back by its contract's undo, unless somebody has changed it since",
  usage: '<call> (--reason <text> [--force <found>] | --dry-run) [--agent <name>]',
  examples: [
    `${example} --dry-run`,
    `${example} --reason "the wrong contact"`,
    `${example} --reason "the later change was a mistake" --force 3f9a0c1e5b7d2468`,
  ],
  details: [
    ...laneDetails,
    '--dry-run  only looks what the vendor holds now, and writes nothing',
    '--force    over exactly what a refusal or --dry-run found there, as they name it',
  ],
  options: {
    reason: { type: 'string' },
    agent: { type: 'string' },
    force: { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  takes: 1,
  person: 'operator',
  run: async (call) => (call.values['dry-run'] === true ? look(call) : write(call)),
};

async function look(call: Invocation): Promise<Report> {
  const id = call.args[0] ?? '';
  if (!isId('call', id)) return misuse(`"${id}" is no call id. toolgate calls lists them.`);
  if (option(call.values, 'force') !== undefined)
    return misuse('--dry-run writes nothing, so it forces nothing.');
  const path = `/calls/${id}/undo${query({ agent: option(call.values, 'agent') })}`;
  return report(call, ['GET', path], shown, known(id));
}

async function write(call: Invocation): Promise<Report> {
  const asked = askedOf(call);
  if (!asked.ok) return asked.report;
  const force = option(call.values, 'force');
  const body = { ...asked.body, ...(force !== undefined && { force }) };
  const answer = await askOps<never>(call.access, 'POST', `/calls/${asked.id}/undo`, body);
  if (answer.kind === 'ok') return { text: show(answer.value), json: answer.value, exit: 0 };
  const refusal = unanswered(answer, call.access.gate, known(asked.id));
  if (answer.kind !== 'refused' || answer.problem.code !== 'changed-since') return refusal;
  const { detail, conflicts = [], found } = answer.problem;
  const parts = [
    `Refused (409 changed-since): ${detail ?? ''}`,
    conflictTable(conflicts),
    forcing(asked.id, found ?? null),
  ];
  return { ...refusal, text: parts.filter((part) => part !== '').join('\n\n') };
}

function known(id: string): string {
  return `toolgate call ${id} shows what is known of it, toolgate calls lists them all.`;
}

function shown({ call, state, conflicts, found, detail }: Look): string {
  const head = facts([
    ['undo', call],
    ['vendor holds', words[state]],
    ['because', detail],
  ]);
  const force = state === 'as-left' || state === 'as-before' ? '' : forcing(call, found);
  const parts = [head, conflictTable(conflicts), force, 'Nothing was written.'];
  return parts.filter((part) => part !== '').join('\n\n');
}

const words: Record<Look['state'], string> = {
  'as-left': 'what the call left: an undo would write',
  'as-before': 'what it held before the call already: there is nothing to undo',
  changed: 'something that somebody has changed since: an undo would be refused',
  unknown: 'not known: an undo would be refused or could not be compared',
};

function forcing(call: string, found: string | null): string {
  if (found === null) return '';
  return `To write over exactly this: toolgate undo ${call} --reason "…" --force ${found}`;
}
