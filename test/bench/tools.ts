/**
 * `npm run bench:tools`: what a governed call costs when there are ten times as many tools and actions behind the gate, as a
 * ratio to the gate as it is, in the same run. See docs/bench.md.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findWorkers } from '../../bin/lib/workers.ts';
import { knownActions, type Contract } from '../../shared/contract.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { contracts } from '../../workers/tools/catalogue.ts';
import { bundleAll, type Bundle } from './lib/bundle.ts';
import { compare, type Comparison } from './lib/compare.ts';
import { benchGovernance, startGate, type Gate } from './lib/gate.ts';
import { startVendor } from './lib/vendor.ts';

const usage = `npm run bench:tools -- [options]

  --quick   one short round: does it still run?
  --json    the report as JSON on stdout; it is always in .toolgate/bench-tools.json
`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.toolgate/bench-tools');
/** How much dearer a call may get, and by how many more tools. */
const AIM = 1.1;
/** Each tool once more under its name and one of these letters. */
const COPIES = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

/** Ten of each tool. Runs here and, as text, in the bundled Workers. */
function tenfold(all: readonly Contract[], letters: readonly string[]): Contract[] {
  return all.flatMap((one) => [one, ...letters.map((letter) => ({ ...one, tool: one.tool + letter }))]);
}

/** The same Workers with ten of each tool in their catalogue: nothing else of them is changed. */
function multiplied(bundles: readonly Bundle[]): Bundle[] {
  let changed = 0;
  const copies = bundles.map((bundle) => {
    const into = join(folder, 'many', bundle.name);
    cpSync(bundle.folder, into, { recursive: true });
    const main = join(into, 'index.js');
    const text = readFileSync(main, 'utf8');
    const many = text.replace(
      /^var contracts = (\[[^\]]*\]);$/m,
      `var contracts = (${String(tenfold)})($1, ${JSON.stringify(COPIES)});`,
    );
    if (many !== text) changed += 1;
    writeFileSync(main, many);
    return { ...bundle, folder: into };
  });
  // Gateway, guard, control and cedar know the catalogue. Without them this would measure nothing.
  if (changed < 4) throw new Error(`only ${changed} Workers have a catalogue: the bench no longer fits them`);
  return copies;
}

/** The bench's agents may use ten times as many actions, and the set pins every contract. */
function wide(usual: Governance): Governance {
  const known = knownActions(tenfold(contracts, COPIES));
  const manifests = Object.fromEntries(
    Object.entries(usual.manifests).map(([agent, manifest]) => {
      const copies = COPIES.flatMap((letter) =>
        manifest.grants.map((grant) => ({ ...grant, action: grant.action.replace('.', `${letter}.`) })),
      );
      return [agent, { ...manifest, grants: [...manifest.grants, ...copies] }];
    }),
  );
  const pins = Object.fromEntries([...known.values()].map(({ name, hash }) => [name, hash]));
  const { version: _, ...content } = { ...usual, manifests, contracts: pins };
  return { version: governanceVersion(content), ...content };
}

async function measure(usual: Governance): Promise<Comparison[]> {
  say('bundling every Worker');
  const configs = findWorkers(root).map(({ configPath }) => configPath);
  const bundles = await bundleAll(configs, join(folder, 'bundles'));
  const vendor = await startVendor();
  const stops: (() => Promise<unknown>)[] = [vendor.stop];
  const start = async (name: string, of: readonly Bundle[], governance: Governance): Promise<Gate> => {
    const gate = await startGate({
      bundles: of,
      vendorPort: vendor.port,
      folder: join(folder, name),
      governance,
    });
    stops.push(gate.stop);
    return gate;
  };
  try {
    const gates = [
      await start('usual', bundles, usual),
      await start('wide', multiplied(bundles), wide(usual)),
    ] as const;
    const how = { quick: flags.quick, say };
    return [await compare(gates, 1, how), await compare(gates, 50, how)];
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

function render(figures: readonly Comparison[]): string {
  const tools = contracts.length;
  const actions = knownActions(contracts).size;
  return figures
    .map(({ concurrency, p50Ms, p50Ratio, rateRatio }) => {
      const holds = p50Ratio <= AIM ? 'met   ' : 'missed';
      return `${holds} column at ${concurrency} with ${tools * 10} tools and ${actions * 10} actions: p50 ${p50Ms.other.toFixed(2)} ms, ${p50Ratio.toFixed(2)} x that with ${tools} and ${actions} (aim <= ${AIM}); ${rateRatio.toFixed(2)} x its requests/s`;
    })
    .join('\n');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  process.chdir(root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const figures = await measure(await benchGovernance(root, folder));
  const text = `${JSON.stringify({ at: new Date().toISOString(), column: figures }, null, 2)}\n`;
  writeFileSync(join(root, '.toolgate/bench-tools.json'), text);
  console.log(flags.json ? text : render(figures));
}

if (flags.help) console.log(usage);
else await main();
