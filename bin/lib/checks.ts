import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StopsView } from '../../shared/rpc.ts';
import type { VaultKeys } from '../../shared/vault.ts';
import { replacedBy } from '../../shared/tool/credentials.ts';
import { agentToken, ask, askOps, type GateAnswer } from './client.ts';
import { readWorkerSecrets } from './dev-vars.ts';
import { portIsFree } from './gate-process.ts';
import { localPaths } from './local.ts';
import { when } from './output.ts';
import { holders } from './rotation/choice.ts';
import { readTimes, SECRETS_SET_AT } from './secret-times.ts';
import { expiry, type LocalFile } from './secrets.ts';
import { findWorkers } from './workers.ts';

/** One thing that must be so for the gate to work, and what to do when it is not. */
export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  found: string;
  remedy?: string;
}

const RESTART = 'Start the gate again: npm start';

/** Node runs this repository's TypeScript as it is from 22.18 on; the pins bring 24. */
export function checkNode(version: string): Check {
  const major = Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);
  if (major >= 24) return ok('node', version);
  return failed(
    'node',
    version,
    'Use npm scripts or npx, which bring Node 24: npm run -s toolgate -- doctor',
  );
}

/** Every Worker's required secrets are there, and only their owner can read them. */
export function checkSecrets(root: string): Check {
  const held = readWorkerSecrets(root);
  const workers = findWorkers(root);
  const missing = workers.flatMap(({ name, secrets }) =>
    secrets.filter((secret) => held[name]?.[secret] === undefined).map((secret) => `${name}: ${secret}`),
  );
  if (missing.length > 0) return failed('secrets', `missing: ${missing.join(', ')}`, RESTART);
  const open = workers
    .map(({ folder }) => join(root, folder, '.dev.vars'))
    .filter((path) => !isPrivate(path));
  if (open.length > 0)
    return failed('secrets', `others may read ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`);
  return ok('secrets', `${workers.length} Workers hold what they require, and nobody else reads it`);
}

/** Rotations that were begun and not ended: two credentials are valid, of which one should soon be revoked. */
export function checkRotations(root: string, now: number): Check {
  const held = readWorkerSecrets(root);
  const times = readTimes(held['console']?.[SECRETS_SET_AT]);
  const begun = holders(root).flatMap(({ worker }) =>
    Object.entries(held[worker.name] ?? {})
      .filter(([name, value]) => value !== '' && replacedBy(name) !== undefined)
      .map(([name]) => ({ tool: worker.name, name, setAt: times[worker.name]?.[name] ?? null })),
  );
  if (begun.length === 0) return checkVaultKey(held['vault'] ?? {});
  const found = begun.map(
    ({ tool, name, setAt }) => `${tool}: ${name}${setAt === null ? '' : ` (since ${when(setAt, now)})`}`,
  );
  const [{ tool, name } = { tool: '', name: '' }] = begun;
  const step = `${tool} --secret ${replacedBy(name) ?? ''}`;
  return {
    name: 'rotations',
    state: 'warning',
    found: `begun and not finished: ${found.join(', ')}`,
    remedy: `toolgate secrets finish ${step}, or toolgate secrets cancel ${step}`,
  };
}

/** The vault's key is replaced in the vault's own way. */
function checkVaultKey({ VAULT_KEY_PREVIOUS = '' }: Record<string, string>): Check {
  if (VAULT_KEY_PREVIOUS === '') return ok('rotations', 'no credential is being replaced');
  return {
    name: 'rotations',
    state: 'warning',
    found: 'begun and not finished: vault: VAULT_KEY_PREVIOUS is still set',
    remedy: 'toolgate vault status tells when nothing needs it any more; docs/vault.md',
  };
}

/** Secrets that a Worker does without: what they are for does not happen. */
export function checkOptional(root: string): Check {
  const held = readWorkerSecrets(root);
  const unset = findWorkers(root).flatMap(({ name, optional }) =>
    optional
      .filter((secret) => !secret.endsWith('_PREVIOUS') && (held[name]?.[secret] ?? '') === '')
      .map((secret) => `${name}: ${secret}`),
  );
  if (unset.length === 0) return ok('optional', 'every optional secret is set');
  return ok('optional', `not set, and not needed: ${unset.join(', ')}. docs/secrets.md says what for`);
}

/** The file that the local people's tokens are in. */
export function checkLocalFile(root: string, local: LocalFile | undefined, now: number): Check {
  const { file } = localPaths(root);
  if (!local)
    return failed('local file', `${file} is not there or not readable`, 'Start the gate once: npm start');
  if (!isPrivate(file)) return failed('local file', `others may read ${file}`, `chmod 600 ${file}`);
  const stale = Object.entries(local.people).filter(([, { token }]) => expiry(token) <= now);
  if (stale.length === 0) return ok('local file', `${Object.keys(local.people).length} people, tokens valid`);
  return failed('local file', `expired tokens: ${stale.map(([name]) => name).join(', ')}`, RESTART);
}

function isPrivate(path: string): boolean {
  return !existsSync(path) || (statSync(path).mode & 0o077) === 0;
}

/** Whether a gate answers. Says who has the port when none does. */
export async function checkGate(gate: string): Promise<Check> {
  const health = await ask<{ status: string; name?: string }>(new URL('/healthz', gate));
  if (health.kind === 'ok' && health.value.status === 'ok') return ok('gate', `${gate} answers`);
  const { hostname, port } = new URL(gate);
  const taken = hostname === '127.0.0.1' && port !== '' && !(await portIsFree(Number(port)));
  return taken
    ? failed(
        'gate',
        `something else listens on port ${port}`,
        `Choose another port: npm start -- --port ${Number(port) + 1}`,
      )
    : failed('gate', `nothing answers at ${gate}`, 'npm start');
}

/** The files in governance/ hold, and are what is in force. */
export async function checkGovernance(root: string, local: LocalFile): Promise<Check> {
  // Loaded only here: it brings Cedar's WebAssembly, which every other command would wait for.
  const { compileGovernance } = await import('./governance.ts');
  const compiled = await compileGovernance(root);
  if (!compiled.ok)
    return failed('governance', compiled.errors[0] ?? '', 'toolgate policy check lists all faults');
  const access = { gate: local.gate, token: local.people['operator']?.token };
  const stops = await askOps<StopsView>(access, 'GET', '/stops');
  if (stops.kind !== 'ok') return failed('governance', reasonOf(stops), RESTART);
  const { version } = compiled.governance;
  if (stops.value.governanceVersion === version) return ok('governance', `${version} is in force`);
  return {
    name: 'governance',
    state: 'warning',
    found: `${stops.value.governanceVersion ?? 'nothing'} is in force, the files are ${version}`,
    remedy: 'toolgate policy diff, then toolgate policy apply --reason "…"',
  };
}

/** A guard gets a lease: an agent's token is issued and its view is answered. */
export async function checkLease(local: LocalFile): Promise<Check> {
  const [agent] = Object.entries(local.agents);
  if (!agent) return failed('lease', 'no agent is known here', RESTART);
  const token = await agentToken(local.gate, agent[1]);
  if (token.kind !== 'ok')
    return failed('lease', `${agent[0]} gets no token: ${reasonOf(token)}`, 'toolgate policy apply');
  const headers = { authorization: `Bearer ${token.value.access_token}` };
  const view = await ask(new URL('/v1/me', local.gate), { headers });
  if (view.kind !== 'ok')
    return failed('lease', `${agent[0]}: ${reasonOf(view)}`, `See .toolgate/dev.log. ${RESTART}`);
  return ok('lease', `the guard of ${agent[0]} answers under a lease`);
}

/** The vault is open, no vault hangs on a key that is no more, and none on the one before for longer than it takes. */
export async function checkVault(local: LocalFile): Promise<Check> {
  const access = { gate: local.gate, token: local.people['auditor']?.token };
  const asked = await askOps<VaultKeys>(access, 'GET', '/vault');
  if (asked.kind !== 'ok') return failed('vault', reasonOf(asked), RESTART);
  const { key, agents, onOld } = asked.value;
  if (key.fault !== null)
    return failed('vault', `shut: ${key.fault}`, 'docs/vault.md says what belongs there');
  const shut = agents.filter(({ vault }) => vault?.fault);
  if (shut.length > 0)
    return failed(
      'vault',
      `shut for ${shut.map(({ agent }) => agent).join(', ')}`,
      'toolgate vault status says why',
    );
  const found = `open, key ${key.current}; ${agents.length} agents have values in it`;
  if (key.previous === null) return ok('vault', found);
  const remedy =
    onOld > 0 ? 'toolgate vault rotate --reason "…"' : 'Delete VAULT_KEY_PREVIOUS: nothing hangs on it';
  return { name: 'vault', state: 'warning', found: `${found}; ${onOld} on the key before`, remedy };
}

/** The audit log answers, and how old its newest entry is. */
export async function checkLedger(local: LocalFile, now: number): Promise<Check> {
  const access = { gate: local.gate, token: local.people['auditor']?.token };
  const began = performance.now();
  const since = new Date(now - 86_400_000).toISOString();
  const found = await askOps<{ entries: unknown[] }>(access, 'GET', `/journal?limit=1&since=${since}`);
  if (found.kind !== 'ok') return failed('audit log', reasonOf(found), RESTART);
  const took = Math.round(performance.now() - began);
  return took < 2000
    ? ok('audit log', `answers in ${took} ms`)
    : { name: 'audit log', state: 'warning', found: `took ${took} ms`, remedy: 'toolgate journal verify' };
}

function reasonOf(answer: Exclude<GateAnswer<unknown>, { kind: 'ok' }>): string {
  return answer.kind === 'unreachable' ? answer.detail : (answer.problem.detail ?? answer.problem.title);
}

function ok(name: string, found: string): Check {
  return { name, state: 'ok', found };
}

function failed(name: string, found: string, remedy: string): Check {
  return { name, state: 'failed', found, remedy };
}
