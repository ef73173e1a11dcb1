import type { ReadStream } from 'node:tty';

/** Where the value of a secret is taken from. Never from the arguments, which every program on the machine can read. */
export interface ValueSource {
  /** `--from-env`: the name of an environment variable. */
  fromEnv: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  stdin: NodeJS.ReadStream;
  /** Where the question goes. */
  stderr: NodeJS.WritableStream;
}

export type Value = { ok: true; value: string } | { ok: false; fault: string };

const VALUE_MAX = 4_000;
const ENTER = /[\r\n]/;
const INTERRUPT = '\u0003';
const RUBOUT = /[\b\u007f]/;

/** Reads the value of a secret: from a variable, from a terminal without showing it, else from standard input. */
export async function readValue(what: string, source: ValueSource): Promise<Value> {
  const { fromEnv, env, stdin, stderr } = source;
  if (fromEnv !== undefined) return checked(env[fromEnv], `${fromEnv} is not set`);
  if (stdin.isTTY) return checked(await asked(what, stdin, stderr), 'nothing was typed');
  return checked(await piped(stdin), 'nothing came in on standard input');
}

/** Why a text is no secret's value; undefined: it may be one. Says nothing of what is in it. Pure. */
export function valueFault(value: string): string | undefined {
  if (value.length > VALUE_MAX) return `it is longer than ${VALUE_MAX} characters`;
  if (!/^[\x21-\x7e]+$/.test(value))
    return 'it holds a blank, a line break or another character no header takes';
  return value.includes("'") ? 'it holds a single quote' : undefined;
}

function checked(value: string | undefined, missing: string): Value {
  if (value === undefined || value === '') return { ok: false, fault: missing };
  const fault = valueFault(value);
  return fault === undefined ? { ok: true, value } : { ok: false, fault };
}

async function piped(stdin: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > 2 * VALUE_MAX) break;
  }
  return text.replace(/\r?\n$/, '');
}

/** Reads one line from a terminal that shows nothing of it. Undefined: it was broken off. */
async function asked(
  what: string,
  stdin: ReadStream,
  out: NodeJS.WritableStream,
): Promise<string | undefined> {
  // Before the question: whoever types ahead of it is not shown either.
  stdin.setRawMode(true);
  try {
    out.write(`${what} (it is not shown): `);
    return await typed(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    out.write('\n');
  }
}

async function typed(stdin: ReadStream): Promise<string | undefined> {
  let text = '';
  for await (const chunk of stdin) {
    for (const character of String(chunk)) {
      if (character === INTERRUPT) return undefined;
      if (ENTER.test(character)) return text;
      text = RUBOUT.test(character) ? text.slice(0, -1) : text + character;
    }
  }
  return text;
}
