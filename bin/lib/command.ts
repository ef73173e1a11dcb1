import type { Writable } from 'node:stream';
import type { ParseArgsOptionsConfig } from 'node:util';
import { askOps, type Access, type GateAnswer, type GateProblem } from './client.ts';
import { printable, type Report } from './output.ts';

/** One command of the command line: what it is called with, whom it acts as, and what it does. */
export interface Command {
  /** As typed: `stop`, `journal verify`. */
  name: string;
  summary: string;
  /** What follows the name: `<target> --reason <text>`. */
  usage: string;
  examples: readonly string[];
  /** Lines of help on its own options and arguments. */
  details?: readonly string[];
  options: ParseArgsOptionsConfig;
  /** How many positional arguments it takes. */
  takes: number;
  /** How many it takes at the most, where that is more. */
  mayTake?: number;
  /** The local person who holds the right role, used without `--as`; null when it acts as nobody. */
  person: string | null;
  /** Whether it needs no gate with these options, and so no credential. */
  offline?: (values: Values) => boolean;
  run(call: Invocation): Promise<Report>;
}

/** Values of options, by name. */
export type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Invocation {
  args: readonly string[];
  values: Values;
  access: Access;
  /** Environment variables. */
  env: Readonly<Record<string, string | undefined>>;
  /** Unix ms. */
  now: number;
  /** For what is too long to be a report. */
  stdout: Writable;
  /** For what is not the result: how far it is. */
  stderr: Writable;
}

/** A mistake in how a command was called (exit code 2). */
export function misuse(text: string): Report {
  return { text, json: { error: 'usage', detail: text }, exit: 2 };
}

/** The text of an option, if it was given with one. */
export function option(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of an option that may be given several times. */
export function options(values: Values, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/**
 * Asks the people's API and shows what it says; refusals and silence become reports of their own. Each command knows the
 * shape of what it asks for, so its `show` takes that. `look` says which command shows what there is, for a refusal because
 * of what there is.
 */
export async function report(
  call: Invocation,
  [method, path, body]: readonly [method: string, path: string, body?: unknown],
  show: (value: never) => string,
  look?: string,
): Promise<Report> {
  const answer = await askOps<never>(call.access, method, path, body);
  if (answer.kind !== 'ok') return unanswered(answer, call.access.gate, look);
  return { text: show(answer.value), json: answer.value, exit: 0 };
}

/** What to tell, and do next, when the gate refused (1) or was out of reach (3). */
export function unanswered(
  answer: Exclude<GateAnswer<unknown>, { kind: 'ok' }>,
  gate: string,
  look?: string,
): Report {
  if (answer.kind === 'unreachable') {
    const remedy = 'Is it up? `npm start` starts it here; --gate URL names another.';
    return {
      text: `No gate at ${gate}: ${printable(answer.detail)}\n${remedy}`,
      json: { error: 'unreachable', gate, detail: answer.detail, next: remedy },
      exit: 3,
    };
  }
  const { problem } = answer;
  const faults = (problem.errors ?? []).map(({ pointer, detail }) => `  ${placeOf(pointer)}${detail}`);
  const lines = [
    `Refused (${problem.status} ${problem.code}): ${problem.title}`,
    problem.detail,
    ...faults,
    remedyFor(problem, look),
  ];
  const text = lines.filter((line) => line !== undefined && line !== '').join('\n');
  return { text: printable(text), json: { error: problem.code, problem }, exit: 1 };
}

/** A JSON Pointer as people name a place: `input.channel: `; nothing for the whole body. */
function placeOf(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.length === 0 ? '' : `${names.join('.')}: `;
}

/** The gate's own advice is written for programs: it speaks of tokens and addresses. */
function remedyFor({ code, next }: GateProblem, look?: string): string | undefined {
  if (code === 'unauthenticated')
    return 'Restart the gate to renew local tokens, or set TOOLGATE_TOKEN to a fresh one.';
  if (code === 'forbidden')
    return 'Somebody who may has to do it. On a local gate --as acts as another person: toolgate --help names them.';
  if (code === 'invalid') return 'Correct that and try again.';
  if (look !== undefined && (code === 'not-found' || code === 'conflict')) return look;
  return next;
}

/** A query string without what is not set. */
export function query(params: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return set.length > 0 ? `?${new URLSearchParams(set).toString()}` : '';
}
