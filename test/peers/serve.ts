// `npm run unleash`: a real Unleash server on this machine to click in, and what a local gate needs to follow it.
import { parseArgs } from 'node:util';
import { startUnleash, type UnleashPeer } from './unleash.ts';

const help = `Starts a real Unleash server on this machine, in memory, for a first look at its switches.

Usage: npm run -s unleash -- [--port 4242]

  --port N   listen on 127.0.0.1:N (4242)
  --help     this text

Examples:
  npm run -s unleash
  npm run -s unleash -- --port 4300
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const port = readPort();
  if (port === 'help') return say(help, 0);
  if (port === undefined) return say('--port is a number from 1 to 65535. --help says more.\n', 2);
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  say('Unleash is starting, in about ten seconds …\n', 0);
  const unleash = await startUnleash(port).catch((error: unknown) => {
    say(`${error instanceof Error ? error.message : String(error)}\n`, 1);
    say(`Is port ${port} taken? npm run -s unleash -- --port N takes another.\n`, 1);
  });
  if (!unleash) return 1;
  say(banner(unleash), 0);
  // What was started keeps nobody running, and a signal's listener neither.
  const awake = setInterval(() => {}, 60_000);
  await interrupted;
  clearInterval(awake);
  await unleash.close();
  return say('\nUnleash is down, and its flags are gone.\n', 0);
}

function readPort(): number | 'help' | undefined {
  try {
    const { values } = parseArgs({
      options: { port: { type: 'string', default: '4242' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return 'help';
    const port = Number(values.port);
    return /^\d+$/.test(values.port) && port >= 1 && port <= 65_535 ? port : undefined;
  } catch {
    return undefined;
  }
}

function banner({ directApi, adminToken, clientTokens }: UnleashPeer): string {
  const origin = new URL(directApi).origin;
  return `
Unleash is up at ${origin}  (in memory: Ctrl-C ends it and forgets its flags)

  log in    admin, password unleash4all

Let the gate of this folder follow it, from another terminal:

1. Create the switches, all on:
  UNLEASH_ADMIN_TOKEN='${adminToken}' npm run -s toolgate -- flags push --url ${origin}

2. Tell control where it is, and start the gate again (Ctrl-C, npm start):
  printf "%s\\n" "UNLEASH_URL='${directApi}'" "UNLEASH_TOKEN='${clientTokens.development}'" >> workers/control/.dev.vars

3. Stop a tool: log in, turn development off at
  ${origin}/projects/default/features/tool.crm.enabled
  npm run -s toolgate -- status

4. Turn it on again there; about a second later a person may resume here:
  npm run -s toolgate -- resume tool:crm --reason "seen"

Before you end it, take the gate off it and start the gate again; else the gate refuses every execute 10 s later,
and reads and proposals after 10 minutes:
  printf "%s\\n" "UNLEASH_URL=''" "UNLEASH_TOKEN=''" >> workers/control/.dev.vars
`;
}

function say(text: string, code: 0 | 1 | 2): 0 | 1 | 2 {
  (code === 0 ? process.stdout : process.stderr).write(text);
  return code;
}
