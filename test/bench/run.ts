/**
 * `npm run bench`: what a governed call costs, as a ratio to the least that could do the same work, measured in the same
 * run on raw workerd. See docs/bench.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findWorkers } from '../../bin/lib/workers.ts';
import { bundleAll, type Bundle } from './lib/bundle.ts';
import { allCases, type Case } from './lib/cases.ts';
import { benchGovernance, startGate, type Gate } from './lib/gate.ts';
import { measureAll, type Figure } from './lib/measure.ts';
import { measureMemory, type MemoryFigure } from './lib/memory.ts';
import { profileGate } from './lib/profile.ts';
import { render, type BenchReport } from './lib/report.ts';
import { startVendor } from './lib/vendor.ts';
import { startWorkerd, type Workerd } from './lib/workerd.ts';

const usage = `npm run bench -- [options]

  --quick            one short round and little memory: does it still run?
  --only <cases>     such as floor,execute (floor and floor-two-visits are needed for ratios)
  --rounds <n>       rounds per concurrency (5)
  --ms <n>           milliseconds per case and round (1500)
  --storage <folder> where the databases are; /dev/shm takes the disk out of the figures (.toolgate/bench)
  --no-memory        leave out the two memory figures
  --profile          instead of measuring: where the CPU time of governed executes goes, by Worker and function
  --json             the report as JSON on stdout; it is always in .toolgate/bench.json
`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    storage: { type: 'string' },
    ms: { type: 'string' },
    memory: { type: 'boolean', default: true },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.toolgate/bench');
/** Databases go to a real disk unless asked otherwise: what a promise costs in syncs is part of the figure. */
const storage = flags.storage ? join(flags.storage, 'toolgate-bench') : folder;
const stops: (() => Promise<unknown>)[] = [];

interface Ground {
  /** Each with empty storage; the one before, if any, is stopped. */
  freshFloor(inspector?: boolean): Promise<Workerd>;
  freshGate(inspector?: boolean): Promise<Gate>;
}

async function main(): Promise<void> {
  process.chdir(root);
  mkdirSync(folder, { recursive: true });
  const ground = await prepare();
  if (flags.profile) {
    console.log(await profileGate(await ground.freshGate(true), join(folder, 'bundles')));
    return;
  }
  const figures = await measured(ground);
  const memory = flags.memory ? await memoryOf(ground) : [];
  publish({ at: new Date().toISOString(), machine: machine(), quick: flags.quick, figures, memory });
}

async function prepare(): Promise<Ground> {
  say('bundling every Worker with wrangler');
  const own = ['hello', 'front', 'object', 'tool'].map((name) =>
    join('test/bench/floor', name, 'wrangler.toml'),
  );
  const gates = findWorkers(root).map(({ configPath }) => configPath);
  const [bundles, governance] = await Promise.all([
    bundleAll([...own, ...gates], join(folder, 'bundles')),
    benchGovernance(root, folder),
  ]);
  const vendor = await startVendor();
  stops.push(vendor.stop);
  let floor: Workerd | undefined;
  stops.push(async () => floor?.stop());
  const freshFloor = async (inspector = false): Promise<Workerd> => {
    await floor?.stop();
    floor = await startFloor(bundles.slice(0, own.length), vendor.port, inspector);
    return floor;
  };
  let gate: Gate | undefined;
  stops.push(async () => gate?.stop());
  const freshGate = async (inspector = false): Promise<Gate> => {
    await gate?.stop();
    gate = await startGate({
      bundles: bundles.slice(own.length),
      vendorPort: vendor.port,
      folder: join(storage, 'gate'),
      governance,
      inspector,
    });
    return gate;
  };
  return { freshFloor, freshGate };
}

async function startFloor(bundles: Bundle[], vendorPort: number, inspector: boolean): Promise<Workerd> {
  const sockets = { hello: 'toolgate-bench-hello', front: 'toolgate-bench-front' };
  return startWorkerd({
    bundles,
    secrets: {},
    vendorPort,
    sockets,
    inspector,
    folder: join(storage, 'floor'),
  });
}

async function measured(ground: Ground): Promise<Figure[]> {
  const [floor, gate] = [await ground.freshFloor(), await ground.freshGate()];
  const only = flags.only?.split(',');
  const cases: Case[] = allCases(floor, gate).filter(({ name }) => only?.includes(name) ?? true);
  const plan = {
    rounds: Number(flags.rounds ?? (flags.quick ? 1 : 5)),
    ms: Number(flags.ms ?? (flags.quick ? 500 : 1500)),
    warmUpMs: flags.quick ? 300 : 2000,
    concurrencies: [1, 50],
  };
  return measureAll(cases, plan, say);
}

/** Of fresh processes, the floor's as well: V8 lets a heap grow for a while whatever runs in it. */
async function memoryOf(ground: Ground): Promise<MemoryFigure[]> {
  const [floor, gate] = [await ground.freshFloor(true), await ground.freshGate(true)];
  const inspectors = { floor: floor.ports['inspector'], execute: gate.workerd.ports['inspector'] };
  const marks = flags.quick ? [500, 1_000] : [5_000, 50_000];
  const figures: MemoryFigure[] = [];
  for (const one of allCases(floor, gate)) {
    if (one.name !== 'floor' && one.name !== 'execute') continue;
    const how = { marks, inspector: inspectors[one.name] ?? 0, patient: !flags.quick };
    figures.push(...(await measureMemory(one, how, say)));
  }
  return figures;
}

function machine(): BenchReport['machine'] {
  const workerd = execFileSync(join(root, 'node_modules/.bin/workerd'), ['--version'], { encoding: 'utf8' });
  return {
    cpu: cpus()[0]?.model ?? '?',
    cores: cpus().length,
    node: process.version,
    workerd: workerd.trim(),
  };
}

function publish(report: BenchReport): void {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  writeFileSync(join(root, '.toolgate/bench.json'), text);
  console.log(flags.json ? text : render(report));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function stopAll(): Promise<void> {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
}

if (flags.help) {
  console.log(usage);
} else {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void stopAll().finally(() => process.exit(130)));
  }
  try {
    await main();
  } finally {
    await stopAll();
  }
}
