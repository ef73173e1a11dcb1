/** What drills and exercises have in common: who makes the calls, who is the second person, where neither may run. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StopsView } from '../../shared/rpc.ts';
import type { Access } from './client.ts';
import { misuse, option, type Invocation, type Values } from './command.ts';
import { writePrivate } from './dev-vars.ts';
import { localPaths, readJsonFile, readLocalFile, root } from './local.ts';
import { inline, type Report } from './output.ts';
import type { LocalFile } from './secrets.ts';

/** Agents' host and credentials, and people's tokens where there are any: a file like `.toolgate/local.json`. */
export type Cast = Pick<LocalFile, 'gate' | 'agents'> & Partial<Pick<LocalFile, 'people'>>;

/** The file of `--agents`, or that of this machine's gate; undefined: there is none, or it is not readable. */
export function castOf(values: Values): Cast | undefined {
  const file = option(values, 'agents');
  return file === undefined ? readLocalFile(root) : (readJsonFile(file) as Cast | undefined);
}

/** Another operator: whose token `TOOLGATE_SECOND_TOKEN` holds, or of this machine. Null: there is none at hand. */
export function secondPerson({
  access: { gate, token },
  env,
}: Pick<Invocation, 'access' | 'env'>): Access | null {
  const given = env['TOOLGATE_SECOND_TOKEN'];
  if (given) return { gate, token: given };
  const local = readLocalFile(root);
  if (!local || new URL(local.gate).origin !== new URL(gate).origin) return null;
  const other = ['operator', 'operator2']
    .map((name) => local.people[name]?.token)
    .find((one) => one !== token);
  return other === undefined ? null : { gate, token: other };
}

/** Why nothing is rehearsed at a gate in production, or in an environment that it does not name; undefined: it may be. */
export function productionFault(
  { access, values }: Pick<Invocation, 'access' | 'values'>,
  environment: string | undefined,
  what: string,
): Report | undefined {
  if (environment === 'sandbox' || environment === 'staging' || values['yes-production'] === true)
    return undefined;
  return misuse(
    `The gate at ${access.gate} is ${environment ?? 'of an unknown environment'}: ${what} stops real work there. Say --yes-production, too, if you mean it.`,
  );
}

/** Why nothing is rehearsed while something is stopped; undefined: nothing is. */
export function stoppedFault({ stops }: Pick<StopsView, 'stops'>, what: string): Report | undefined {
  if (stops.length === 0) return undefined;
  const found = stops.map((stop) => `${stop.target} (${inline(stop.reason)})`).join(', ');
  const text = `Stopped already: ${found}.\n${what} would prove nothing, and its resume could end somebody’s stop. Resume first.`;
  return { text, json: { error: 'stopped', stops }, exit: 1 };
}

/** Runs something that a signal interrupts rather than ends: Ctrl-C must not leave a stop behind that nobody meant. */
export async function interruptible<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    for (const name of signals) process.off(name, interrupt);
  }
}

/** Where reports are kept: `--out`, or a folder of their own beside this machine's gate. */
export function reportFolder(values: Values, kind: 'drills' | 'exercises'): string {
  return option(values, 'out') ?? join(localPaths(root).folder, kind);
}

/**
 * Keeps the canonical JSON of a report, whose SHA-256 the journal has (`sha256sum` shows it), and the Markdown beside it.
 * Returns the path of the JSON.
 */
export function keepReport(folder: string, name: string, text: string, markdown: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  writePrivate(`${path}.json`, text);
  writePrivate(`${path}.md`, `${markdown}\n`);
  return `${path}.json`;
}
