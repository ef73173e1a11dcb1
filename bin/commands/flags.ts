import { readFileSync } from 'node:fs';
import type { FlagsView, FlagView } from '../../shared/rpc.ts';
import { misuse, option, report, type Command, type Invocation } from '../lib/command.ts';
import { facts, inline, table, type Report } from '../lib/output.ts';

export const flagsList: Command = {
  name: 'flags list',
  summary: 'Every switch, whether it is on, and what off and a silent source mean',
  usage: '',
  examples: ['toolgate flags list', 'toolgate flags list --json'],
  options: {},
  takes: 0,
  person: 'operator',
  run: async (call) => report(call, ['GET', '/flags'], showAll),
};

export const flagsSet: Command = {
  name: 'flags set',
  summary: 'Set a switch of the embedded source; off stops its target until a person resumes it',
  usage: '<flag> <on|off> --reason <text> [--strategies <file>]',
  examples: [
    'toolgate flags set tool.crm.enabled off --reason "HubSpot incident"',
    'toolgate flags set action.crm.contact.update.enabled on --strategies some-agents.json --reason "a tenth first"',
  ],
  details: [
    '<flag>         as toolgate flags list names it',
    '--reason       why, for the journal and everybody who asks',
    "--strategies   a file with an array of strategies in Unleash's JSON form; none: everybody",
    '',
    'On again only makes its stop resumable: toolgate resume <target> lets calls run.',
    'With an Unleash server configured its flags are set there, not here.',
  ],
  options: { reason: { type: 'string' }, strategies: { type: 'string' } },
  takes: 2,
  person: 'operator',
  run: set,
};

async function set(call: Invocation): Promise<Report> {
  const [name = '', state] = call.args;
  const reason = option(call.values, 'reason');
  if (state !== 'on' && state !== 'off') return misuse('A flag is set to on or off.');
  if (!reason?.trim()) return misuse('Say why: --reason "…".');
  const strategies = strategiesIn(option(call.values, 'strategies'));
  if (!strategies) return misuse('--strategies names a file with a JSON array.');
  const body = { enabled: state === 'on', strategies, reason };
  return report(
    call,
    ['PUT', `/flags/${encodeURIComponent(name)}`, body],
    showOne,
    'toolgate flags list shows every switch, and who serves them.',
  );
}

function strategiesIn(path: string | undefined): unknown[] | undefined {
  if (path === undefined) return [];
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(value) ? (value as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

function showAll({ source, flags, doNothing }: FlagsView): string {
  const rows = flags.map(({ name, state, owner, silence, off }) => [
    name,
    stateText(state),
    owner,
    `execute ${silence.execute} s, read ${silence.read} s`,
    off,
  ]);
  const head = `Flags are served by ${source === 'unleash' ? 'Unleash' : 'the gate itself (embedded)'}.`;
  const closed = flags.flatMap(({ name, closed }) => closed.map((what) => [name, what]));
  const parts = [
    head,
    table(['FLAG', 'STATE', 'OWNER', 'GOES ON WITHOUT ITS SOURCE', 'OFF MEANS'], rows, ''),
    closed.length > 0 ? table(['ROLLOUT', 'SAYS NO TO'], closed, '') : '',
    ...doNothing.map(
      (name) => `WARNING: "${inline(name)}" DOES NOTHING: no part of the gate reads it, on or off.`,
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function stateText(state: FlagView['state']): string {
  if (state === 'never-seen') return 'never seen in unleash: closed';
  return state === 'never-on' ? 'never on in unleash: closed' : state;
}

function showOne({ name, target, state, closed }: FlagView): string {
  return facts([
    ['flag', name],
    ['state', stateText(state)],
    ['target', target],
    ['says no to', closed.join(', ')],
    [
      'to go on',
      state === 'off' ? '' : `toolgate resume ${target} --reason "…", if toolgate status shows its stop`,
    ],
  ]);
}
