import { widenings } from '../../shared/widening.ts';
import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { manifestDiff as diff, type AgentDiff } from '../../shared/manifest-diff.ts';
import { inline, type Report } from '../lib/output.ts';
import { findSet, nameOf, setInForce } from '../lib/policy-source.ts';
import { noAgent } from './manifest.ts';

export const manifestDiff: Command = {
  name: 'manifest diff',
  summary: 'Who gains what and who loses what between two sets of manifests, in words',
  usage: '[<agent>] [--from <version|folder>] [--to <version|folder>]',
  examples: [
    'toolgate manifest diff',
    'toolgate manifest diff lead-router --from ../main --to .',
    'toolgate manifest diff --from ps_0123456789abcdef0123456789abcdef --json',
  ],
  details: [
    '--from   a version or a folder that holds governance/ (what is in force)',
    '--to     the same (this checkout)',
    'Policies are compared by toolgate policy diff.',
  ],
  options: { from: { type: 'string' }, to: { type: 'string' } },
  takes: 0,
  mayTake: 1,
  person: 'auditor',
  // Two folders are compared here; what control keeps is asked for.
  offline: (values) => isFolder(option(values, 'from')) && isFolder(option(values, 'to') ?? root),
  run,
};

function isFolder(named: string | undefined): boolean {
  return named !== undefined && !named.startsWith('ps_');
}

async function run({ access, args, values }: Invocation): Promise<Report> {
  const named = option(values, 'from');
  const from = named === undefined ? await setInForce(access) : await findSet(access, named);
  if (!from.ok) return from.report;
  const to = await findSet(access, option(values, 'to') ?? root);
  if (!to.ok) return to.report;
  const known = Object.keys({ ...from.set.manifests, ...to.set.manifests });
  const [agent] = args;
  if (agent !== undefined && !known.includes(agent)) return misuse(noAgent(agent, known));
  const agents = diff(from.set.manifests, to.set.manifests).filter(
    (one) => one.agent === (agent ?? one.agent),
  );
  // Manifests alone: what policies and contracts widen is told by `policy diff`.
  const widens = widenings(from.set, { ...from.set, manifests: to.set.manifests }).filter((line) =>
    agents.some((one) => line.split(' ').includes(one.agent)),
  );
  const head = `from  ${nameOf(from)}\nto    ${nameOf(to)}`;
  return {
    text: [head, ...agents.map(show), conclusion(agents, widens)].join('\n\n'),
    json: { from: from.set.version, to: to.set.version, agents, widens },
    exit: 0,
  };
}

function show({ agent, from, to, gains, loses, changes }: AgentDiff): string {
  const lines = [
    ...gains.map((line) => `  + gains  ${inline(line, 300)}`),
    ...loses.map((line) => `  - loses  ${inline(line, 300)}`),
    ...changes.map((line) => `  ~ ${inline(line, 600)}`),
  ];
  const same = lines.length === 0 ? ['  the same but for its number'] : lines;
  return [`${agent} (${numbers(from, to)})`, ...same].join('\n');
}

function numbers(from: number | null, to: number | null): string {
  if (from === null) return 'a new agent';
  if (to === null) return 'taken away';
  return from === to
    ? `version ${to} as before: a changed manifest needs a higher one`
    : `version ${from} to ${to}`;
}

function conclusion(agents: readonly AgentDiff[], widens: readonly string[]): string {
  if (agents.length === 0) return 'The manifests say the same.';
  if (widens.length === 0) return 'Nobody surely gains anything: one person can apply it.';
  const lines = widens.map((line) => `  ${inline(line, 200)}`);
  return `It widens, so a second person has to approve it:\n${lines.join('\n')}`;
}
