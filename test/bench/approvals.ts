/**
 * `npm run bench:approvals`: what a page of the inbox, one request and one decision cost while ten requests wait and while ten
 * thousand do. See docs/bench.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freshSecrets } from '../../bin/lib/secrets.ts';
import { bundleAll, type Bundle } from './lib/bundle.ts';
import { send } from './lib/client.ts';
import { quiet, usageOf } from './lib/process.ts';
import { median, quantile } from './lib/stats.ts';
import { startWorkerd, type Workerd } from './lib/workerd.ts';

const usage = `npm run bench:approvals -- [options]

  --quick      a thousand instead of ten thousand, and few rounds: does it still run?
  --json       the report as JSON on stdout; it is always in .toolgate/bench-approvals.json
`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.toolgate/bench-approvals');
const FEW = 10;
const many = flags.quick ? 1_000 : 10_000;
const rounds = flags.quick ? 2 : 10;
/** Until a process rests. After filling, people and guards are told and the journal is shipped. */
const REST_MS = 4_000;
const FILLED_REST_MS = 120_000;
/** Of each kind in a round. */
const times = flags.quick ? 5 : 10;
/**
 * Milliseconds of CPU of all Workers for a page, since the clock of a shared machine tells how busy it is; and how much dearer, in CPU
 * time, a decision may get.
 */
const aims = { pageMs: 100, decision: 1.5 };

const kinds = ['page', 'mine', 'sheet', 'decide'] as const;
type Kind = (typeof kinds)[number];
/** Milliseconds that each took by the client's clock, and of CPU of the whole process, a round's average. */
type Figures = Record<Kind, { ms: number[]; cpuMs: number[] }>;

/** One gate of approvals with so many that wait. */
interface Inbox {
  workerd: Workerd;
  token: string;
  figures: Figures;
}

async function main(): Promise<void> {
  process.chdir(root);
  mkdirSync(folder, { recursive: true });
  say('bundling');
  const configs = ['approvals', 'ledger'].map((name) => `workers/${name}/wrangler.toml`);
  const bundles = await bundleAll(
    [...configs, 'test/bench/approvals/wrangler.toml'],
    join(folder, 'bundles'),
  );
  const inboxes: Inbox[] = [];
  try {
    for (const waiting of [FEW, many]) inboxes.push(await inbox(bundles, waiting));
    const [few, full] = inboxes;
    if (!few || !full) throw new Error('two inboxes are compared');
    for (let round = 0; round < rounds; round += 1) {
      // In turns, so that a slow minute slows both.
      for (const one of round % 2 === 0 ? [few, full] : [full, few]) await measure(one);
    }
    publish(few.figures, full.figures);
  } finally {
    for (const { workerd } of inboxes) await workerd.stop();
  }
}

async function inbox(bundles: readonly Bundle[], waiting: number): Promise<Inbox> {
  say(`${waiting} requests`);
  const { workers, local } = await freshSecrets([]);
  const workerd = await startWorkerd({
    bundles: withStandIns(bundles),
    secrets: {
      'toolgate-approvals': workers['approvals'] ?? {},
      'toolgate-ledger': workers['ledger'] ?? {},
    },
    vendorPort: 9,
    sockets: { bench: 'toolgate-bench-approvals' },
    folder: join(folder, String(waiting)),
  });
  const made: Inbox = { workerd, token: local.people['approver']?.token ?? '', figures: noFigures() };
  for (let left = waiting; left > 0; left -= 1_000) await ask(made, `/fill?count=${Math.min(left, 1_000)}`);
  // Code is compiled, and what filling left to do is done.
  await quiet(workerd.pid, FILLED_REST_MS);
  await measure(made);
  return { ...made, figures: noFigures() };
}

function noFigures(): Figures {
  const none = (): Figures[Kind] => ({ ms: [], cpuMs: [] });
  return { page: none(), mine: none(), sheet: none(), decide: none() };
}

/** Whom approvals asks and tells is played by the bench's own Worker, under each of their names. */
function withStandIns(bundles: readonly Bundle[]): Bundle[] {
  const driver = bundles.find(({ name }) => name === 'toolgate-bench-approvals');
  if (!driver) throw new Error('the bench has no Worker of its own');
  const alone = { ...driver, config: { ...driver.config, services: [] } };
  const played = ['toolgate-control', 'toolgate-guard', 'toolgate-notifier', 'toolgate-vault'];
  return [...bundles, ...played.map((name) => ({ ...alone, name }))];
}

/** Some of each kind; as many wait afterwards as before, since each that is decided came just now. */
async function measure(one: Inbox): Promise<void> {
  const { pid } = one.workerd;
  for (const kind of kinds) {
    const paths: string[] = [];
    for (let n = 0; n < times; n += 1) paths.push(await pathOf(one, kind));
    await quiet(pid, REST_MS);
    const before = usageOf(pid).cpuMs;
    for (const path of paths) one.figures[kind].ms.push(await timed(one, path));
    // What a decision leaves behind, such as shipping its journal, is its own.
    await quiet(pid, REST_MS);
    one.figures[kind].cpuMs.push((usageOf(pid).cpuMs - before) / times);
  }
}

async function pathOf(one: Inbox, kind: Kind): Promise<string> {
  switch (kind) {
    case 'page':
      return '/page';
    case 'mine':
      return '/page?mine=true';
    case 'sheet':
    case 'decide':
      return `/${kind}?id=${JSON.parse(await ask(one, '/fill?count=1')) as string}`;
  }
}

async function timed(one: Inbox, path: string): Promise<number> {
  const start = performance.now();
  await ask(one, path);
  return performance.now() - start;
}

async function ask({ workerd, token }: Inbox, path: string): Promise<string> {
  const port = workerd.ports['bench'] ?? 0;
  const { status, body } = await send({ port, path, headers: { authorization: token } });
  if (status !== 200) throw new Error(`${path} answered ${status}: ${body.slice(0, 500)}`);
  return body;
}

function publish(few: Figures, full: Figures): void {
  const rows = kinds.map((kind) => ({
    kind,
    few: row(few[kind]),
    many: row(full[kind]),
    ratio: row(full[kind]).cpuMs / row(few[kind]).cpuMs,
  }));
  const report = `${JSON.stringify({ at: new Date().toISOString(), few: FEW, many, rows }, null, 2)}\n`;
  writeFileSync(join(root, '.toolgate/bench-approvals.json'), report);
  console.log(flags.json ? report : render(rows));
}

interface Row {
  p50Ms: number;
  p95Ms: number;
  cpuMs: number;
}

function row({ ms, cpuMs }: Figures[Kind]): Row {
  const sorted = ms.toSorted((a, b) => a - b);
  return { p50Ms: median(ms), p95Ms: quantile(sorted, 0.95), cpuMs: median(cpuMs) };
}

function render(rows: { kind: Kind; few: Row; many: Row; ratio: number }[]): string {
  const figures = ({ p50Ms, p95Ms, cpuMs }: Row): string =>
    `${p50Ms.toFixed(1).padStart(6)} ms (p95 ${p95Ms.toFixed(1)}, cpu ${cpuMs.toFixed(1)})`;
  const lines = rows.map(
    (one) =>
      `${words[one.kind].padEnd(31)} ${FEW} waiting ${figures(one.few)}   ${many} waiting ${figures(one.many)}   cpu ${one.ratio.toFixed(2)} x`,
  );
  const page = rows.find(({ kind }) => kind === 'page');
  const decide = rows.find(({ kind }) => kind === 'decide');
  return [
    ...lines,
    '',
    verdict((page?.many.cpuMs ?? Infinity) < aims.pageMs, `a page of the inbox in under ${aims.pageMs} ms`),
    verdict(
      (decide?.ratio ?? Infinity) <= aims.decision,
      `a decision at most ${aims.decision} x the CPU time`,
    ),
  ].join('\n');
}

const words: Record<Kind, string> = {
  page: 'a page of 50',
  mine: 'a page of what I may decide on',
  sheet: 'one request with all about it',
  decide: 'a decision',
};

function verdict(holds: boolean, line: string): string {
  return `${holds ? 'met   ' : 'missed'} ${line}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

if (flags.help) console.log(usage);
else await main();
