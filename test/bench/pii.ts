/**
 * `npm run bench:pii`: how well the detectors of personal data find it, and leave the rest alone, and how fast, beside three packages
 * that do the like, on the same texts in the same run. See docs/privacy.md and docs/decisions/037-detectors.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { piiClasses, type PiiClass } from '../../shared/pii/finding.ts';
import { absentCorpora, corpora, loadCases, type Case } from './pii/corpora.ts';
import { absentPeers, loadPeers, ours, type Engine } from './pii/engines.ts';
import { falseAlarms, scoreClass, type Alarms, type ClassScore, type Said } from './pii/score.ts';
import { inNode, inWorkerd, pieces } from './pii/speed.ts';

const usage = `npm run bench:pii -- [options]

  --quick    fewer rounds of the speed: does it still run?
  --json     the report as JSON on stdout; it is always in .toolgate/bench-pii.json

The peers are in test/peers: npm ci --prefix test/peers. The corpora are beside the project; without them there is nothing to score.
`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.toolgate/bench-pii');
/** Classes with a form of their own, and what is aimed at. */
const structured: readonly PiiClass[] = ['email', 'phone', 'card', 'iban', 'national-id', 'ip'];
const aims = { structured: 0.95, name: 0.75, alarms: 0.02, speed: 2 };

interface Figures {
  engine: string;
  /** Classes that it has none of are absent. */
  classes: Partial<Record<PiiClass, ClassScore>>;
  alarms: Record<'all' | Case['from'], Alarms>;
  /** Megabytes in a second of processor time. */
  node: number;
  workerd?: number;
}

async function figuresOf(engine: Engine, cases: readonly Case[], texts: readonly string[]): Promise<Figures> {
  say(`${engine.name}: ${cases.length} texts`);
  const said: (readonly Said[])[] = [];
  for (const { text } of cases) said.push(await engine.find(text));
  const scores = piiClasses
    .filter((cls) => engine.classes.includes(cls))
    .map((cls) => [cls, scoreClass(cls, cases, said)] as const)
    .filter(([, { gold }]) => gold > 0);
  return {
    engine: engine.name,
    classes: Object.fromEntries(scores),
    alarms: {
      all: falseAlarms(cases, said),
      synth: falseAlarms(cases, said, 'synth'),
      recogniser: falseAlarms(cases, said, 'recogniser'),
      notinject: falseAlarms(cases, said, 'notinject'),
    },
    node: await inNode(engine, texts, flags.quick),
  };
}

// ── the report ─────────────────────────────────────────────────────────────────────────────────────────────────────

function render(all: readonly Figures[]): string {
  const [us, ...peers] = all;
  if (!us) return '';
  const width = Math.max(...all.map(({ engine }) => engine.length)) + 2;
  const head = ['class'.padEnd(12), ' spans', ...all.map(({ engine }) => engine.padStart(width))].join('  ');
  const rows = piiClasses
    .filter((cls) => us.classes[cls])
    .map((cls) => {
      const cells = all.map(({ classes }) => cell(classes[cls]).padStart(width));
      return [cls.padEnd(12), String(us.classes[cls]?.gold).padStart(6), ...cells].join('  ');
    });
  const alarmRow = all.map(({ alarms }) => percent(alarms.all).padStart(width));
  const alarms = ['false alarms', String(us.alarms.all.texts).padStart(6), ...alarmRow].join('  ');
  const speed = ['MB/CPU s Node', '      ', ...all.map(({ node }) => node.toFixed(2).padStart(width))].join(
    '  ',
  );
  return [
    'F1 (precision/recall) by span, a hit if what is shared is at least half of both',
    head,
    ...rows,
    alarms,
    speed,
    '',
    ...verdicts(us, peers),
  ].join('\n');
}

function cell(score: ClassScore | undefined): string {
  if (!score) return '-';
  const { f1, precision, recall } = score;
  return `${f1.toFixed(3)} (${precision.toFixed(2)}/${recall.toFixed(2)})`;
}

function percent({ alarmed, rate }: Alarms): string {
  return `${alarmed}, ${(rate * 100).toFixed(1)} %`;
}

function verdicts(us: Figures, peers: readonly Figures[]): string[] {
  const f1 = (one: Figures, cls: PiiClass): number => one.classes[cls]?.f1 ?? 0;
  const scored = piiClasses.filter((cls) => us.classes[cls]);
  const behind = scored.filter((cls) => peers.some((peer) => f1(peer, cls) > f1(us, cls)));
  const low = structured.filter((cls) => f1(us, cls) < aims.structured);
  const { all, notinject } = us.alarms;
  return [
    verdict(behind.length === 0, `no peer is better in any class${among(behind)}`),
    verdict(
      low.length === 0,
      `what has a form of its own: F1 >= ${aims.structured} in each class${among(low)}`,
    ),
    verdict(f1(us, 'name') >= aims.name, `names: F1 ${f1(us, 'name').toFixed(3)} (aim >= ${aims.name})`),
    verdict(all.rate <= aims.alarms, `false alarms: ${percent(all)} of ${all.texts} texts (aim <= 2 %)`),
    verdict(
      notinject.rate <= aims.alarms,
      `of them in benign prompts: ${percent(notinject)} of ${notinject.texts}`,
    ),
    verdict(
      (us.workerd ?? 0) >= aims.speed,
      `${us.workerd?.toFixed(2)} MB in a second of processor time in workerd (aim >= ${aims.speed})`,
    ),
  ];
}

function among(classes: readonly PiiClass[]): string {
  return classes.length === 0 ? '' : `, but ${classes.join(', ')}`;
}

function verdict(holds: boolean, line: string): string {
  return `${holds ? 'met   ' : 'missed'} ${line}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  process.chdir(root);
  const absent = absentCorpora();
  if (absent.length > 0) {
    say(`SKIPPED: nothing to score, for want of ${absent.join(', ')} in ${corpora}`);
    return;
  }
  mkdirSync(folder, { recursive: true });
  const missing = absentPeers();
  if (missing.length > 0)
    say(`SKIPPED: ${missing.join(', ')} (npm ci --prefix test/peers); only our own figures follow`);
  const cases = loadCases();
  const texts = pieces(cases.filter(({ from }) => from !== 'recogniser').map(({ text }) => text));
  const figures: Figures[] = [];
  for (const engine of [ours, ...(missing.length > 0 ? [] : await loadPeers())]) {
    figures.push(await figuresOf(engine, cases, texts));
  }
  say('our detectors in workerd');
  const [us] = figures;
  if (us) us.workerd = await inWorkerd(texts, folder, flags.quick);
  const text = `${JSON.stringify({ at: new Date().toISOString(), figures }, null, 2)}\n`;
  writeFileSync(join(root, '.toolgate/bench-pii.json'), text);
  console.log(flags.json ? text : render(figures));
}

if (flags.help) console.log(usage);
else await main();
