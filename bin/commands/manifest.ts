import type { Manifest } from '../../shared/manifest.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { misuse, option, type Command } from '../lib/command.ts';
import { root } from '../lib/local.ts';
import { localManifests } from '../lib/manifest-files.ts';
import { statements, topics, type Statement, type Topic } from '../../shared/manifest-words.ts';
import { matrix } from '../lib/matrix.ts';
import { facts, inline, printable, type Report } from '../lib/output.ts';
import { findSet, nameOf } from '../lib/policy-source.ts';
import { nearest } from '../../shared/nearest.ts';
import type { Governance } from '../../shared/governance.ts';

export const manifestCheck: Command = {
  name: 'manifest check',
  summary:
    'Check the manifests of governance/ against the tools’ contracts; changes nothing and needs no gate',
  usage: '',
  examples: ['toolgate manifest check', 'toolgate manifest check --json'],
  details: ['The policies are checked with them by toolgate policy check.'],
  options: {},
  takes: 0,
  person: null,
  run: async () => {
    const { manifests, errors } = localManifests(root);
    if (errors.length > 0) return invalid(errors);
    const held = Object.values(manifests).map(({ agent, version }) => ({ agent, version }));
    if (held.length === 0)
      return invalid(['governance/manifests: no manifest (*.yaml), so nobody may do anything']);
    const text = held.map(({ agent, version }) => `${agent}, version ${version}: holds`).join('\n');
    return { text, json: { manifests: held }, exit: 0 };
  },
};

function invalid(errors: readonly string[]): Report {
  const text = `The manifests do not hold:\n${errors.map((error) => `  ${printable(error)}`).join('\n')}`;
  return { text, json: { error: 'invalid', errors }, exit: 1 };
}

export const manifestShow: Command = {
  name: 'manifest show',
  summary: 'One agent in words: what it may do, where, how much, and who answers for it',
  usage: '<agent> [--from <version|folder>]',
  examples: ['toolgate manifest show lead-router', 'toolgate manifest show support-agent --json'],
  details: ['--from   a version or a folder that holds governance/ (this checkout)'],
  options: { from: { type: 'string' } },
  takes: 1,
  person: 'auditor',
  offline: (values) => !(option(values, 'from') ?? '').startsWith('ps_'),
  run: async ({ access, args, values, now }) => {
    const [agent = ''] = args;
    const from = option(values, 'from');
    // A slip of the pen is told at once: compiling a set takes seconds.
    const here = from === undefined ? Object.keys(localManifests(root).manifests) : [agent];
    if (here.length > 0 && !here.includes(agent)) return misuse(noAgent(agent, here));
    const found = await findSet(access, from ?? root);
    if (!found.ok) return found.report;
    const manifest = Object.hasOwn(found.set.manifests, agent) ? found.set.manifests[agent] : undefined;
    if (!manifest) return misuse(noAgent(agent, Object.keys(found.set.manifests)));
    const held = heldWords(found.set, manifest, now);
    return {
      text: show(manifest, nameOf(found), held),
      json: { set: found.set.version, manifest, held },
      exit: 0,
    };
  },
};

/** What to tell when an agent is not there. */
export function noAgent(agent: string, known: readonly string[]): string {
  const near = nearest(agent, known);
  const remedy = near === undefined ? `Agents: ${known.join(', ')}.` : `Did you mean ${near}?`;
  return `There is no manifest of "${agent}". ${remedy}`;
}

/** What a plain call of each grant meets, in office hours, as the engine decides it. */
function heldWords(set: Governance, { agent, grants }: Manifest, now: number): Record<string, string> {
  const rows = matrix({ set, agents: [agent], catalogue, environment: 'sandbox', now });
  const plain = grants.flatMap(({ action, mode }) => {
    const cell = rows.find((row) => row.action === action && row.situation === mode)?.cells[agent];
    const words = cell && meets[cell];
    return words ? [[action, words] as const] : [];
  });
  return Object.fromEntries(plain);
}

const meets: Readonly<Record<string, string | undefined>> = {
  '1 person': 'after a person approved',
  '2 people': 'after two people approved',
  denied: 'on paper, since policies deny it',
};

function show(manifest: Manifest, set: string, held: Readonly<Record<string, string>>): string {
  const all = statements(manifest);
  const parts = (Object.keys(topics) as Topic[]).flatMap((topic) => {
    const own = all.filter((one) => one.topic === topic && worthSaying(one));
    if (own.length === 0) return [];
    const lines = facts(own.map(({ label, value }) => [label, suffixed(value, held)])).split('\n');
    return [`${topics[topic]}\n${lines.map((line) => `  ${line}`).join('\n')}`];
  });
  const head = `${manifest.agent}, version ${manifest.version}\n${inline(set, 200)}`;
  return [
    head,
    ...parts,
    'What is not listed is denied. Who meets which hurdle when: toolgate policy matrix',
  ].join('\n\n');
}

/** That all fields come and go is what a reader assumes. */
function worthSaying({ topic, value }: Statement): boolean {
  return !(topic === 'may' && value === 'every field');
}

/** An action with what it does, by its contract, and what it meets. */
function suffixed(value: string, held: Readonly<Record<string, string>>): string {
  const summary = catalogue.get(value)?.summary;
  const words = Object.hasOwn(held, value) ? ` Only ${held[value]}.` : '';
  return summary === undefined ? value : `${value}: ${summary}${words}`;
}
