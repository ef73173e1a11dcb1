import { catalogue } from '../../workers/tools/catalogue.ts';
import { option, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { situations } from '../lib/matrix.ts';
import { facts, inline, printable, table, type Report } from '../lib/output.ts';
import { policyDiff as diff, type PolicyDiff } from '../lib/policy-diff.ts';
import { findSet, nameOf, setInForce } from '../lib/policy-source.ts';

export const policyDiff: Command = {
  name: 'policy diff',
  summary: 'How two policy sets differ, and which calls would meet something else',
  usage: '[--from <version|folder>] [--to <version|folder>] [--environment sandbox]',
  examples: [
    'toolgate policy diff',
    'toolgate policy diff --to ../candidate',
    'toolgate policy diff --from ps_0123456789abcdef0123456789abcdef --json',
  ],
  details: [
    '--from          a version or a folder that holds governance/ (what is in force)',
    '--to            the same (this checkout)',
    '--environment   where the calls of the matrix are made: sandbox, staging, production (sandbox)',
    'What manifests say is compared by toolgate manifest diff.',
  ],
  options: { from: { type: 'string' }, to: { type: 'string' }, environment: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  // Two folders are compared here; what control keeps is asked for.
  offline: (values) => isFolder(option(values, 'from')) && isFolder(option(values, 'to') ?? root),
  run,
};

function isFolder(named: string | undefined): boolean {
  return named !== undefined && !named.startsWith('ps_');
}

async function run({ access, values, now }: Invocation): Promise<Report> {
  const named = option(values, 'from');
  const from = named === undefined ? await setInForce(access) : await findSet(access, named);
  if (!from.ok) return from.report;
  const to = await findSet(access, option(values, 'to') ?? root);
  if (!to.ok) return to.report;
  const environment = option(values, 'environment') ?? 'sandbox';
  const found = diff(from.set, to.set, { catalogue, environment, now });
  return { text: show(found, nameOf(from), nameOf(to)), json: found, exit: 0 };
}

function show(found: PolicyDiff, from: string, to: string): string {
  const { added, removed, changed, agents, contracts, cells, widens } = found;
  const head = facts([
    ['from', from],
    ['to', to],
    ['agents', words(agents)],
    ['contracts', contracts.join(', ')],
  ]);
  if (found.from === found.to) return `${head}\n\nThe two are the same set.`;
  const parts = [
    ...added.map(({ id, text }) => `Added ${id}\n${printable(prefixed('+ ', text))}`),
    ...removed.map(({ id, text }) => `Removed ${id}\n${printable(prefixed('- ', text))}`),
    ...changed.map(({ id, lines }) => `Changed ${id}\n${printable(lines.join('\n'))}`),
  ];
  if (parts.length === 0) parts.push('The policies are the same.');
  return [head, ...parts, calls(cells), widening(widens)].join('\n\n');
}

function calls(cells: PolicyDiff['cells']): string {
  if (cells.length === 0) return 'No plain call meets anything else (toolgate policy matrix).';
  const rows = cells.map(({ action, agent, situation, was, is }) => {
    const name = situations.find(({ id }) => id === situation)?.name ?? situation;
    return [agent, action, name, was, is];
  });
  return `Plain calls that meet something else:\n${table(['AGENT', 'ACTION', 'CALL', 'FROM', 'TO'], rows, '')}`;
}

function widening(widens: readonly string[]): string {
  if (widens.length === 0) return 'It is surely no wider: one person can apply it.';
  return `It widens, so a second person has to approve it:\n${widens.map((line) => `  ${inline(line, 200)}`).join('\n')}`;
}

function prefixed(mark: string, text: string): string {
  return text
    .split('\n')
    .map((line) => mark + line)
    .join('\n');
}

function words({ added, removed, changed }: PolicyDiff['agents']): string {
  const parts = [
    added.length > 0 && `added ${added.join(', ')}`,
    removed.length > 0 && `removed ${removed.join(', ')}`,
    changed.length > 0 && `changed ${changed.join(', ')}`,
  ];
  const told = parts.filter((part) => part !== false).join('; ');
  return told === '' ? '' : `${told} (toolgate manifest diff says in what)`;
}
