import type { VaultKeys } from '../../shared/vault.ts';
import { misuse, option, query, report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';
import { sinceOf } from '../lib/since.ts';

type View = VaultKeys & { secrets: { name: string; setAt: string | null }[] | null };
interface Openings {
  openings: { at: string; kind: string; data: Record<string, unknown> }[];
  complete: boolean;
}

export const vaultStatus: Command = {
  name: 'vault status',
  summary: 'The vault’s keys: how old, which vaults still hang on the one before, what is closed',
  usage: '',
  examples: ['toolgate vault status', 'toolgate vault status --json'],
  details: [
    'As found by the last look at all vaults: once a day, after a change of the key, and by toolgate vault rotate.',
  ],
  options: {},
  takes: 0,
  person: 'auditor',
  run: async (call) => report(call, ['GET', '/vault'], (view: View) => shown(view, call.now)),
};

export const vaultRotate: Command = {
  name: 'vault rotate',
  summary: 'Move every vault to a new VAULT_KEY, or give one agent a new data key',
  usage: '[--agent <agent>] --reason <text>',
  examples: [
    'toolgate vault rotate --reason "yearly change"',
    'toolgate vault rotate --agent lead-router --reason "its owner left"',
  ],
  details: [
    'Without --agent, after you have set VAULT_KEY to a new key and VAULT_KEY_PREVIOUS to the one before: every vault moves',
    'to the new one, and the report says how many still hang on the old one. At none, delete VAULT_KEY_PREVIOUS.',
    'With --agent: new values are encrypted under a new key at once, older ones within seconds to minutes; then the old key',
    'is deleted. Calls go on meanwhile in both cases.',
  ],
  options: { agent: { type: 'string' }, reason: { type: 'string' } },
  takes: 0,
  person: 'owner',
  run: async (call) => {
    const [agent, reason] = [option(call.values, 'agent'), option(call.values, 'reason')];
    if (reason === undefined) return misuse('Say why: --reason "yearly change"');
    const body = { reason, ...(agent !== undefined && { agent }) };
    return report(call, ['POST', '/vault/rotations', body], (view: View) => shown(view, call.now));
  },
};

export const vaultOpens: Command = {
  name: 'vault opens',
  summary: 'Who had personal values opened, for which call and why; refusals, too. No value is shown',
  usage: '[--agent <agent>] [--call <call>] [--placeholder <placeholder>] [--since <time>]',
  examples: [
    'toolgate vault opens --call call_01JD5KZ9V8QW7XN2T4R6M8P0AB',
    'toolgate vault opens --placeholder "[[email:q7f3k2m9xwa]]"',
    'toolgate vault opens --agent lead-router --since 24h --json',
  ],
  options: {
    agent: { type: 'string' },
    call: { type: 'string' },
    placeholder: { type: 'string' },
    since: { type: 'string' },
  },
  takes: 0,
  person: 'auditor',
  run: async (call) => {
    const asked = option(call.values, 'since');
    const since = asked === undefined ? undefined : sinceOf(asked, call.now);
    if (asked !== undefined && since === undefined)
      return misuse('--since is 7d, 24h or a time such as 2026-11-01T00:00:00Z.');
    const named = ['agent', 'call', 'placeholder'] as const;
    const filter = Object.fromEntries(named.map((name) => [name, option(call.values, name)]));
    return report(call, ['GET', `/vault/opens${query({ ...filter, since })}`], opensTable);
  },
};

function shown({ key, agents, onOld, unknown, sweptAt, certificateKey, secrets }: View, now: number): string {
  const ages = (secrets ?? []).map(
    ({ name, setAt }) =>
      [name, setAt === null ? 'set; nobody noted when' : `set ${when(setAt, now)}`] as const,
  );
  const head = facts([
    ['key', key.fault === null ? key.current : `CLOSED: ${key.fault}`],
    ['key before', key.previous],
    ['on another key', onOld],
    ['not known', unknown],
    ['looked at', sweptAt === null ? 'never' : when(sweptAt, now)],
    ...ages,
    ['certificates by', certificateKey ?? 'nobody: CERTIFICATE_PRIVATE_KEY is not set'],
    ['next', nextStep({ key, onOld, unknown })],
  ]);
  const rows = agents.map(({ agent, at, vault }) => [
    agent,
    String(vault?.values ?? ''),
    vault?.wrappedBy ?? '',
    vault?.dataKey ? `${vault.dataKey.version}, ${when(vault.dataKey.at, now)}` : '',
    String(vault?.behind ?? ''),
    at === null ? 'never' : when(at, now),
    vault?.fault ?? '',
  ]);
  const titles = ['AGENT', 'VALUES', 'KEY', 'DATA KEY', 'ON OLDER', 'LOOKED AT', 'FAULT'];
  return `${head}\n\n${table(titles, rows, 'No agent has a vault yet.')}`;
}

/** What to do about the keys; empty: nothing. */
function nextStep({ key, onOld, unknown }: Pick<VaultKeys, 'key' | 'onOld' | 'unknown'>): string {
  if (key.fault !== null) return 'Set VAULT_KEY of the vault’s Worker: docs/vault.md';
  if (onOld > 0 || unknown > 0)
    return key.previous === null
      ? ''
      : 'Keep VAULT_KEY_PREVIOUS; toolgate vault rotate looks at every vault again.';
  return key.previous === null ? '' : 'Nothing hangs on the key before: delete VAULT_KEY_PREVIOUS.';
}

function opensTable({ openings, complete }: Openings): string {
  const rows = openings.map(({ at, kind, data }) => [
    at,
    kind.replace('vault.', ''),
    textOf(data['agent']),
    textOf(data['call']),
    textOf(data['person'] ?? data['action']),
    [data['placeholders'], data['leads'], data['fields'] ?? data['field']].flat().filter(isText).join(' '),
    textOf(data['reason'] ?? data['why'] ?? data['purpose']),
  ]);
  const titles = ['AT', 'WHAT', 'AGENT', 'CALL', 'BY', 'OF', 'WHY'];
  const more = complete ? '' : '\nThere may be more: narrow it with --since or --agent.';
  return `${table(titles, rows, 'Nothing was opened.')}${more}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
