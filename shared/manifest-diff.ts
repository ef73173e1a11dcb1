import type { Manifest } from './manifest.ts';
import { statements, type Statement } from './manifest-words.ts';

/** What a change means for one agent, one line each, in words. */
export interface AgentDiff {
  agent: string;
  /** Version numbers; null: it is not there. */
  from: number | null;
  to: number | null;
  gains: string[];
  loses: string[];
  changes: string[];
}

type Manifests = Readonly<Record<string, Manifest>>;

/** Who gains what and who loses what between two sets of manifests; agents that stay as they are are left out. Pure. */
export function manifestDiff(from: Manifests, to: Manifests): AgentDiff[] {
  const agents = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return agents.flatMap((agent) => {
    const [was, is] = [own(from, agent), own(to, agent)];
    const diff = agentDiff(agent, was, is);
    const lines = diff.gains.length + diff.loses.length + diff.changes.length;
    return lines > 0 || diff.from !== diff.to ? [diff] : [];
  });
}

function own(manifests: Manifests, agent: string): Manifest | undefined {
  return Object.hasOwn(manifests, agent) ? manifests[agent] : undefined;
}

function agentDiff(agent: string, was: Manifest | undefined, is: Manifest | undefined): AgentDiff {
  const before = keyed(was);
  const after = keyed(is);
  const keys = new Set([...after.keys(), ...before.keys()]);
  const moves = [...keys].flatMap((key) => compare(before.get(key), after.get(key)));
  const said = (kind: Move['kind']): string[] =>
    moves.filter((move) => move.kind === kind).map(({ says }) => says);
  const whole = { agent, from: was?.version ?? null, to: is?.version ?? null };
  if (was && is) return { ...whole, gains: said('gains'), loses: said('loses'), changes: said('changes') };
  // An agent that comes or goes does so with all that it is about, and with its bounds.
  const rights = { gains: is ? said('gains') : [], loses: was ? said('loses') : [] };
  return { ...whole, ...rights, changes: is ? said('loses') : [] };
}

function keyed(manifest: Manifest | undefined): Map<string, Statement> {
  return new Map((manifest ? statements(manifest) : []).map((one) => [one.key, one]));
}

interface Move {
  kind: 'gains' | 'loses' | 'changes';
  says: string;
}

function compare(was: Statement | undefined, is: Statement | undefined): Move[] {
  if (was && is) return was.value === is.value && was.label === is.label ? [] : changed(was, is);
  if (is) return told(is, direction(is, true), 'now bounded: ');
  return was ? told(was, direction(was, false), 'no longer bounded: ') : [];
}

/** All fields come and go with their grant, and an empty list is nothing. */
function told(one: Statement, kind: Move['kind'], bounded: string): Move[] {
  if (one.topic === 'may' && one.each !== undefined && !one.items) return [];
  if (one.topic !== 'may' && one.items) return one.items.map((item) => ({ kind, says: entry(one, item) }));
  return [{ kind, says: `${one.kind === 'bound' ? bounded : ''}${phrase(one)}` }];
}

function entry({ each = '{}' }: Statement, item: string): string {
  return each.replace('{}', () => item);
}

/** A right that comes is a gain; a bound that comes is a loss. */
function direction({ kind }: Statement, comes: boolean): Move['kind'] {
  if (kind === 'about') return 'changes';
  return (kind === 'right') === comes ? 'gains' : 'loses';
}

function changed(was: Statement, is: Statement): Move[] {
  if (was.items && is.items) return entries(was, was.items, is.items);
  const says = `${phrase(is)} (was ${was.label === is.label ? was.value : phrase(was)})`;
  if (was.size === undefined || is.size === undefined || was.size === is.size || is.kind === 'about')
    return [{ kind: 'changes', says }];
  return [{ kind: is.size > was.size ? 'gains' : 'loses', says }];
}

function entries(list: Statement, was: readonly string[], is: readonly string[]): Move[] {
  const come = is.filter((one) => !was.includes(one));
  const gone = was.filter((one) => !is.includes(one));
  if (come.length + gone.length === 0) return [{ kind: 'changes', says: `${list.label}: another order` }];
  return [
    ...come.map((one): Move => ({ kind: 'gains', says: entry(list, one) })),
    ...gone.map((one): Move => ({ kind: 'loses', says: entry(list, one) })),
  ];
}

function phrase({ kind, label, value, topic, each }: Statement): string {
  return topic === 'may' && kind === 'right' && each === undefined
    ? `${label} ${value}`
    : `${label}: ${value}`;
}
