#!/usr/bin/env node
/** `npm start`: the whole gate on this machine, in the sandbox. Stays in the foreground until Ctrl-C. */
import { parseArgs } from 'node:util';
import { localPaths, root } from './lib/local.ts';
import { startLocalGate, type LocalGate } from './lib/local-gate.ts';
import { printable } from './lib/output.ts';

const help = `Starts every Worker of Toolgate on this machine, in the sandbox: no account, no key, no vendor is reached.

Usage: npm start -- [--port 8787] [--fresh] [--json]

  --port N   listen on 127.0.0.1:N (8787)
  --fresh    wipe state and secrets first
  --json     print one line of JSON when ready, instead of the banner
  --help     this text

Examples:
  npm start
  npm start -- --port 9000
  npm start -- --fresh
`;

/** The journal has them all. */
const WIDENINGS_SHOWN = 10;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (!flags.ok) return complain(flags.fault, 'npm start -- --help lists the flags.', 2);
  if (flags.help) return say(help);
  if (!flags.json) say('Toolgate is starting …\n');
  const interrupted = untilSignal();
  const started = await startLocalGate(root, { ...flags, interrupted });
  if (!started.ok) return complain(started.fault, started.remedy, 1);
  say(flags.json ? `${JSON.stringify(ready(started.gate))}\n` : banner(started.gate));
  return foreground(started.gate, interrupted, flags.json);
}

type Flags = { ok: true; port: number; fresh: boolean; json: boolean; help: boolean };

function readFlags(args: string[]): Flags | { ok: false; fault: string } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8787' },
        fresh: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) {
      return { ok: false, fault: '--port is a number from 1 to 65535.' };
    }
    return { ok: true, ...values, port };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : 'The flags are not readable.' };
  }
}

/** Aborted by the first signal to end. Listened for from the beginning, so that none comes too early. */
function untilSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

async function foreground(gate: LocalGate, interrupted: AbortSignal, quiet: boolean): Promise<number> {
  const first = await Promise.race([aborted(interrupted), gate.process.ended.then(() => 'ended')]);
  await gate.process.stop();
  if (first === 'ended') return complain('The gate ended by itself.', `See ${localPaths(root).log}.`, 1);
  if (!quiet) say('\nThe gate is down. State and secrets are kept.\n');
  return 0;
}

async function aborted(signal: AbortSignal): Promise<'aborted'> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return 'aborted';
}

function ready({ local, governanceVersion, widened }: LocalGate): Record<string, unknown> {
  const { file } = localPaths(root);
  return { ready: true, gate: local.gate, governanceVersion, widened, local: file, pid: process.pid };
}

function banner({ local, governanceVersion, widened }: LocalGate): string {
  const agents = Object.keys(local.agents).join(', ');
  return `
Toolgate is up at ${local.gate}  (sandbox: the vendors are simulated)

  agents    ${agents}
  policies  ${governanceVersion}, from governance/${widening(widened)}
  local     .toolgate/local.json  clients and people of this machine (keep it private)
  log       .toolgate/dev.log
  console   ${local.gate}/console
            npm run -s toolgate -- console --as approver   prints a link that signs you in as that person

Try next, in another terminal:
  npm run demo                                                    the whole story, with a table at the end
  npm run -s toolgate -- status                                   what is stopped, what waits
  npm run -s toolgate -- token ${(Object.keys(local.agents)[0] ?? 'lead-router').padEnd(34)} a token for curl
  npm run -s toolgate -- stop all --reason "first drill"          stop everything, with a receipt
  npm run -s toolgate -- resume all --reason "drill done"         go on: the first of two people who must say so
  npm run -s toolgate -- resume all --reason "agreed" --as operator2   and the second

API: ${local.gate}/openapi.json   Ctrl-C ends the gate.
`;
}

/** Nobody may take it for what happens elsewhere: there, it waits until a second person approves. */
function widening(widened: LocalGate['widened']): string {
  if (!widened) return '';
  const { by, approvedBy, widens } = widened;
  const shown = widens.slice(0, WIDENINGS_SHOWN).map((line) => `\n              ${printable(line)}`);
  const more = widens.length > shown.length ? `\n              and ${widens.length - shown.length} more` : '';
  return `
            They allow more than before, which takes two people. This start was both, as it may in the sandbox:
            applied as ${by}, approved as ${approvedBy}.${shown.join('')}${more}`;
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

function complain(fault: string, remedy: string, code: number): number {
  process.stderr.write(`${fault}\n${remedy}\n`);
  return code;
}
