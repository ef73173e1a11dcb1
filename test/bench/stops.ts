/**
 * `npm run bench:stops`: how long a stop takes until it is confirmed, with 1, 20 and 200 live guards, while they work; and
 * what the look at stops and flags adds to a call. See docs/bench.md.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Receipt } from '../../shared/rpc.ts';
import { RigGate, rigAgents, rigFolder, type RigAgent } from '../rig/gate.ts';
import { Witness } from '../rig/witness.ts';
import { quantile } from './lib/stats.ts';

const usage = `npm run bench:stops -- [options]

  --guards <n,n>   live guards (1,20,200)
  --stops <n>      stops of each (40)
  --pause <ms>     an agent's pause between calls (2000 at 200 guards loads one core by about a third)
  --json           the report as JSON on stdout; it is always in .toolgate/bench-stops.json
`;

const { values: flags } = parseArgs({
  options: {
    guards: { type: 'string', default: '1,20,200' },
    stops: { type: 'string', default: '40' },
    pause: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Milliseconds; aims of the p50 and p90 at 200 guards. */
const aims = { p50: 25, p90: 100 };

interface Figure {
  guards: number;
  stops: number;
  /** From the request to control's confirmation, by the client's clock on the same machine. */
  confirmed: { p50: number; p90: number; max: number };
  /** Guards that acked, on average. */
  acked: number;
  /** Covered vendor requests that arrived after it. */
  after: number;
}

async function main(): Promise<void> {
  const root = resolve(import.meta.dirname, '../..');
  process.chdir(root);
  const folder = rigFolder();
  const witness = await Witness.start();
  const counts = flags.guards.split(',').map(Number);
  say('bundling every Worker with wrangler');
  const gate = await RigGate.start({
    agents: rigAgents(Math.max(...counts), 5),
    vendorPort: witness.port,
    folder,
  });
  try {
    const figures: Figure[] = [];
    for (const guards of counts) {
      say(`${guards} guards, ${flags.stops} stops`);
      figures.push(await measure(gate, witness, gate.agents.slice(0, guards)));
      // The guards of this round lose their leases before the next counts its own.
      await sleep(7_000);
    }
    publish(root, figures);
  } finally {
    await gate.kill();
    await witness.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(gate: RigGate, witness: Witness, agents: readonly RigAgent[]): Promise<Figure> {
  // Fast vendor: what is measured is the gate's part, and a slow vendor would only add its own time to the drain.
  witness.pace({ usual: [1, 5], slow: [1, 5], slowPercent: 0 });
  const working = { over: false };
  const loops = agents.map(async (agent) => work(gate, agent, working));
  await sleep(3_000);
  const took: number[] = [];
  let acked = 0;
  let after = 0;
  for (let n = 0; n < Number(flags.stops); n += 1) {
    await sleep(300 + Math.random() * 400);
    const started = Date.now();
    const receipt = await stop(gate);
    const confirmed = Date.parse(receipt.confirmedAt ?? '');
    took.push(confirmed - started);
    acked += receipt.guards.acked;
    await sleep(200);
    await witness.flush();
    after += witness.seen.filter(({ at }) => at > confirmed).length;
    await gate.resume('all');
  }
  working.over = true;
  await Promise.all(loops);
  took.sort((a, b) => a - b);
  const confirmed = { p50: quantile(took, 0.5), p90: quantile(took, 0.9), max: took.at(-1) ?? NaN };
  return { guards: agents.length, stops: took.length, confirmed, acked: acked / took.length, after };
}

async function work(gate: RigGate, agent: RigAgent, working: { over: boolean }): Promise<void> {
  await sleep(Math.random() * Number(flags.pause));
  while (!working.over) {
    await gate.call(agent.name, 'crm.company.read', { id: '9001' }, { mode: 'read' });
    await sleep(Number(flags.pause) * (0.75 + Math.random() / 2));
  }
}

async function stop(gate: RigGate): Promise<Receipt> {
  const { status, body } = await gate.ops('operator', 'POST', '/stops', { target: 'all', reason: 'bench' });
  if (status !== 201) throw new Error(`not stopped: ${status} ${JSON.stringify(body)}`);
  let receipt = body as unknown as Receipt;
  for (let looks = 0; looks < 200 && receipt.status === 'forming'; looks += 1) {
    await sleep(50);
    receipt = (await gate.ops('operator', 'GET', `/receipts/${receipt.id}`)).body as unknown as Receipt;
  }
  return receipt;
}

function publish(root: string, figures: Figure[]): void {
  mkdirSync(join(root, '.toolgate'), { recursive: true });
  const text = `${JSON.stringify({ at: new Date().toISOString(), figures }, null, 2)}\n`;
  writeFileSync(join(root, '.toolgate/bench-stops.json'), text);
  console.log(flags.json ? text : figures.map(line).join('\n'));
}

function line({ guards, stops, confirmed: { p50, p90, max }, acked, after }: Figure): string {
  const told = `${guards} guards: stop to confirmed p50 ${p50} ms, p90 ${p90} ms, max ${max} ms (${stops} stops, ${acked.toFixed(0)} acked each); ${after} requests after`;
  if (guards < 200) return `       ${told}`;
  const met = p50 <= aims.p50 && p90 <= aims.p90 && after === 0;
  return `${met ? 'met   ' : 'missed'} ${told} (aim p50 <= ${aims.p50}, p90 <= ${aims.p90}, nothing after)`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

if (flags.help) console.log(usage);
else await main();
