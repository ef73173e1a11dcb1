import { catalogue } from '../../workers/tools/catalogue.ts';
import { misuse, option, type Command, type Invocation } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { matrix, situations, type MatrixRow } from '../lib/matrix.ts';
import { table, type Report } from '../lib/output.ts';
import { findSet, nameOf, setInForce, type FoundSet } from '../lib/policy-source.ts';
import { severities } from '../lib/severity.ts';

export const policyMatrix: Command = {
  name: 'policy matrix',
  summary: 'Every action against who must look at it first, as the engine decides it',
  usage: '[--agent <name>] [--set <folder|version>] [--environment sandbox] [--md]',
  examples: [
    'toolgate policy matrix',
    'toolgate policy matrix --agent lead-router --md > matrix.md',
    'toolgate policy matrix --set in-force --json',
  ],
  details: [
    '--agent         one agent (all of the set)',
    '--set           a folder, a version, or in-force (this checkout)',
    '--environment   where it is called: sandbox, staging, production (sandbox)',
    '--md            Markdown, for the control packet',
    'Each cell is the decision on a plain call: the contract’s own example, to a place that the manifest approves,',
    'explained, by an agent that is sure. Rows below an action say only what differs from it.',
  ],
  options: {
    agent: { type: 'string' },
    set: { type: 'string' },
    environment: { type: 'string' },
    md: { type: 'boolean' },
  },
  takes: 0,
  person: 'auditor',
  // A folder is read here; what control keeps is asked for.
  offline: (values) => !/^(ps_|in-force$)/.test(option(values, 'set') ?? ''),
  run,
};

async function run(call: Invocation): Promise<Report> {
  const { values, now } = call;
  const found = await setFor(call, option(values, 'set') ?? root);
  if (!found.ok) return found.report;
  const known = Object.keys(found.set.manifests).sort();
  const agent = option(values, 'agent');
  if (agent !== undefined && !known.includes(agent))
    return misuse(`No agent "${agent}" in this set. It has: ${known.join(', ')}.`);
  const environment = option(values, 'environment') ?? 'sandbox';
  if (!['sandbox', 'staging', 'production'].includes(environment))
    return misuse('--environment is sandbox, staging or production.');
  const agents = agent === undefined ? known : [agent];
  const rows = matrix({ set: found.set, agents, catalogue, environment, now });
  const { version } = found.set;
  const text =
    values['md'] === true
      ? markdown(nameOf(found), environment, agents, rows)
      : plain(nameOf(found), environment, agents, rows);
  const classes = severities.map(({ id, name, reason }) => ({ id, name, reason }));
  return { text, json: { version, environment, agents, classes, situations, rows }, exit: 0 };
}

async function setFor({ access }: Invocation, named: string): Promise<FoundSet> {
  return named === 'in-force' ? setInForce(access) : findSet(access, named);
}

function plain(
  set: string,
  environment: string,
  agents: readonly string[],
  rows: readonly MatrixRow[],
): string {
  const parts = severities.flatMap(({ id, name, reason }) => {
    const own = told(rows.filter(({ severity }) => severity === id));
    const titles = ['ACTION', 'CALL', ...agents];
    return own.length > 0
      ? [
          `${name}. ${reason}\n${table(
            titles,
            own.map((row) => cellsOf(row, agents)),
            '',
          )}`,
        ]
      : [];
  });
  return [`Policy set ${set}, in ${environment}`, ...parts].join('\n\n');
}

function markdown(
  set: string,
  environment: string,
  agents: readonly string[],
  rows: readonly MatrixRow[],
): string {
  const parts = severities.flatMap(({ id, name, reason }) => {
    const own = told(rows.filter(({ severity }) => severity === id));
    const lines = [
      ['Action', 'Call', ...agents],
      ['---', '---', ...agents.map(() => '---')],
      ...own.map((row) => cellsOf(row, agents)),
    ];
    const body = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    return own.length > 0 ? [`## ${name}\n\n${reason}\n\n${body}`] : [];
  });
  return [`# Actions and who must look first\n\nPolicy set ${set}, in ${environment}.`, ...parts].join(
    '\n\n',
  );
}

/** The plain case of each action and mode, and below it only where some agent meets something else. */
function told(rows: readonly MatrixRow[]): MatrixRow[] {
  return rows.filter((row) => {
    const mode = row.situation.split('-')[0];
    if (row.situation === mode) return true;
    const plainCase = rows.find(({ action, situation }) => action === row.action && situation === mode);
    return Object.entries(row.cells).some(
      ([agent, cell]) => cell !== '-' && cell !== plainCase?.cells[agent],
    );
  });
}

function cellsOf(row: MatrixRow, agents: readonly string[]): string[] {
  const name = situations.find(({ id }) => id === row.situation)?.name ?? row.situation;
  return [row.action, name, ...agents.map((agent) => row.cells[agent] ?? '-')];
}
