/**
 * `npm run bench:peers`: how long an agent still gets calls through after somebody turned a flag off in a real Unleash
 * server. Beside our gate, in the same run and at the same toggles, what teams do without one: eight clients of
 * unleash-client, each asked before every call, at its default of 15 s and at 1 s.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { quantile } from '../bench/lib/stats.ts';
import { root, type GateUnderTest } from '../harness.ts';
import { startLoad, type Load } from './load.ts';
import { startServer } from './processes.ts';
import { bootFollowing, pushFlags, webhookSecret } from './support.ts';
import { startUnleash, type UnleashPeer } from './unleash.ts';

const usage = `npm run bench:peers -- [options]

  --toggles <n>       how often the flag is turned off (30)
  --default <n>       of these, how many also wait for unleash-client's default of 15 s (4)
  --no-webhook        the gate only polls: no hint from Unleash's webhook
  --json              the report as JSON on stdout; it is always in .toolgate/bench-peers.json
`;

const { values: flags } = parseArgs({
  options: {
    toggles: { type: 'string', default: '30' },
    default: { type: 'string', default: '4' },
    webhook: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

/** The aims for the gate, in milliseconds. */
const aims = { p50: 1_000, p90: 1_700 } as const;

const FLAG = 'tool.leads.enabled';
const TARGET = 'tool:leads';
const agents = ['lead-router', 'content-writer', 'support-agent'];
/** Longer than anything measured here takes. */
const PATIENCE_MS = 40_000;

/** Something that lets calls through while the flag is on. */
interface Watched {
  name: string;
  /** When it last let one through, whether everything is let through, and whether nothing is. */
  look(): Promise<{ last: number; all: boolean; none: boolean }>;
  /** Milliseconds from each toggle's answer to the last call that was let through. */
  times: number[];
  close(): Promise<unknown>;
}

const closing: (() => Promise<unknown>)[] = [];

async function main(): Promise<void> {
  const unleash = await startUnleash();
  closing.push(async () => unleash.close());
  await pushFlags(unleash);
  const { gate, watched } = await ours(unleash);
  const floor = itself(unleash);
  const fast = await alone(unleash, 'unleash-client, 1 s', 1_000);
  const slow = Number(flags.default) > 0 ? await alone(unleash, 'unleash-client, 15 s', 15_000) : undefined;
  for (let n = 0; n < Number(flags.toggles); n += 1) {
    const patient = slow && n < Number(flags.default) ? [slow] : [];
    await oneToggle(unleash, gate, [floor, watched, fast, ...patient]);
    say(
      `${n + 1} of ${flags.toggles}: Unleash itself ${floor.times.at(-1)} ms, gate ${watched.times.at(-1)} ms, alone ${fast.times.at(-1)} ms`,
    );
    if (n + 1 === Number(flags.default)) await slow?.close();
  }
  publish([floor, watched, fast, ...(slow ? [slow] : [])], watched);
}

/** The gate with three agents that call without a pause. */
async function ours(unleash: UnleashPeer): Promise<{ gate: GateUnderTest; watched: Watched }> {
  const gate = await bootFollowing({ unleash });
  closing.push(async () => gate.close());
  if (flags.webhook) {
    await unleash.webhook(`${gate.url.origin}/hooks/unleash`, `Bearer ${webhookSecret}`);
    // From its first event on Unleash keeps its list of integrations for a minute; a restart reads it at once.
    await unleash.restart();
  }
  const loads: Load[] = agents.map((agent) => startLoad(gate.agent(agent), 5));
  const close = async (): Promise<unknown> => Promise.all(loads.map(async (load) => load.stop()));
  closing.push(close);
  const look: Watched['look'] = async () => ({
    last: Math.max(...loads.map(({ admitted }) => admitted.answeredAt)),
    all: loads.every(({ status }) => status === 200),
    none: loads.every(({ status }) => status === 423),
  });
  const name = flags.webhook ? 'gate' : 'gate, polls only';
  return { gate, watched: { name, look, times: [], close } };
}

/** Until when Unleash's own document said on: whoever reads it can't stop sooner than this. */
function itself(unleash: UnleashPeer): Watched {
  const headers = { authorization: unleash.clientTokens.development };
  const ending = new AbortController();
  let seen = { last: 0, all: false, none: false };
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const askedAt = Date.now();
      const answer = await fetch(`${unleash.directApi}/client/features`, { headers });
      const { features } = await answer.json<{ features: { name: string; enabled: boolean }[] }>();
      const on = features.some(({ name, enabled }) => name === FLAG && enabled);
      seen = { last: on ? askedAt : seen.last, all: on, none: !on };
      await sleep(50);
    }
  };
  const ended = run();
  const close = async (): Promise<void> => {
    ending.abort();
    await ended;
  };
  closing.push(close);
  return { name: 'Unleash itself', look: async () => seen, times: [], close };
}

async function alone(unleash: UnleashPeer, name: string, refreshMs: number): Promise<Watched> {
  const server = await startServer('unleash-clients.mjs', {
    UNLEASH_API: unleash.api,
    UNLEASH_TOKEN: unleash.clientTokens.development,
    FLAG,
    REFRESH_MS: String(refreshMs),
  });
  closing.push(async () => server.kill());
  const look = async (): ReturnType<Watched['look']> => server.tell({}) as ReturnType<Watched['look']>;
  return { name, look, times: [], close: async () => server.kill() };
}

/** Turns the flag off once everything lets calls through, and on again once nothing does. */
async function oneToggle(unleash: UnleashPeer, gate: GateUnderTest, watched: Watched[]): Promise<void> {
  await until(watched, 'all');
  // Unleash and those who ask it each have a beat of a second; a toggle comes at any point of it.
  await sleep(1_000 + Math.random() * 1_000);
  const answeredAt = await unleash.toggle(FLAG, false);
  await until(watched, 'none');
  // What got through after that would be the worst of faults: look on for a while.
  await sleep(1_000);
  for (const one of watched) {
    const { last, none } = await one.look();
    if (!none) throw new Error(`${one.name} let calls through again while the flag was off`);
    one.times.push(Math.max(0, last - answeredAt));
  }
  await unleash.toggle(FLAG, true);
  await resume(gate);
}

/** The stop is latched: once control has seen the flag on, a person resumes. */
async function resume(gate: GateUnderTest): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await gate.ops('operator', 'DELETE', `/stops/${TARGET}`, { reason: 'the next toggle' });
    if (answer.ok) return;
    if (Date.now() > until) throw new Error(`not resumed: ${answer.status} ${await answer.text()}`);
    await sleep(100);
  }
}

async function until(watched: Watched[], what: 'all' | 'none'): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (const one of watched) {
    while (!(await one.look())[what]) {
      if (Date.now() > end) throw new Error(`${one.name}: waited in vain for ${what} of its calls to pass`);
      await sleep(20);
    }
  }
}

interface Row {
  name: string;
  toggles: number;
  p50: number;
  p90: number;
  max: number;
}

function rowOf({ name, times }: Watched): Row {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    name,
    toggles: sorted.length,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    max: quantile(sorted, 1),
  };
}

function publish(all: Watched[], gate: Watched): void {
  const report = {
    at: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? '?', cores: cpus().length, node: process.version },
    rows: all.map(rowOf),
    aims,
  };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  mkdirSync(join(root, '.toolgate'), { recursive: true });
  writeFileSync(join(root, '.toolgate/bench-peers.json'), text);
  if (flags.json) {
    process.stdout.write(text);
    return;
  }
  const { p50, p90 } = rowOf(gate);
  const lines = [
    `${report.machine.cpu}, ${report.machine.cores} cores, Node ${report.machine.node}`,
    "From a toggle's answer to the last call that got through, in ms; the worst of 3 agents, and of 8 clients. First,",
    'until when the document that Unleash gives to everybody still said on.',
    '',
    cells('', 'toggles', 'p50', 'p90', 'max'),
    ...report.rows.map((row) => cells(row.name, row.toggles, row.p50, row.p90, row.max)),
    '',
    `${p50 <= aims.p50 ? 'met   ' : 'missed'} gate: p50 ${p50} ms (aim <= ${aims.p50})`,
    `${p90 <= aims.p90 ? 'met   ' : 'missed'} gate: p90 ${p90} ms (aim <= ${aims.p90})`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function cells(name: string, ...values: (string | number)[]): string {
  return [name.padEnd(22), ...values.map((value) => String(value).padStart(8))].join('');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function closeAll(): Promise<void> {
  for (let close = closing.pop(); close; close = closing.pop()) await close();
}

if (flags.help) {
  process.stdout.write(usage);
} else {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void closeAll().finally(() => process.exit(130)));
  }
  try {
    await main();
  } finally {
    await closeAll();
  }
}
