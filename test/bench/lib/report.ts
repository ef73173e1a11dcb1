import type { Figure } from './measure.ts';
import type { MemoryFigure } from './memory.ts';

/** What one run found. */
export interface BenchReport {
  at: string;
  machine: { cpu: string; cores: number; node: string; workerd: string };
  quick: boolean;
  figures: Figure[];
  memory: MemoryFigure[];
}

/** The aims that the figures are printed beside. */
export const aims = { p50ToFloor: 1.3, rateToFloor: 1, memoryGrowthPercent: 20, vaultToHop: 0.6 } as const;

/** The report as a person reads it. */
export function render(report: BenchReport): string {
  const { machine, figures, memory } = report;
  const lines = [`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.workerd}`, ''];
  lines.push(header, ...figures.map(row), '');
  lines.push(...figures.filter(({ name }) => name === 'execute').map(aimOfExecute));
  lines.push(...aimsOfVault(figures));
  lines.push(...memory.map(aimOfMemory));
  lines.push(...figures.flatMap(refusals));
  return lines.join('\n');
}

const columns = [
  'case',
  'at',
  'p50 ms',
  'p90 ms',
  'req/s',
  'p50/floor',
  'rate/floor',
  'p50/two',
  'rate/two',
  'cpu ms',
  'cpu/floor',
  'KiB',
];
const widths = [18, 4, 8, 8, 8, 10, 11, 8, 9, 7, 10, 7];
const header = cells(columns);

function row(figure: Figure): string {
  return cells([
    figure.name,
    String(figure.concurrency),
    figure.p50.toFixed(2),
    figure.p90.toFixed(2),
    figure.perSecond.toFixed(0),
    figure.p50ToFloor.toFixed(2),
    figure.rateToFloor.toFixed(2),
    figure.p50ToTwoVisits.toFixed(2),
    figure.rateToTwoVisits.toFixed(2),
    figure.cpuMs.toFixed(2),
    figure.cpuToFloor.toFixed(2),
    figure.writtenKiB.toFixed(1),
  ]);
}

function cells(values: readonly string[]): string {
  return values
    .map((value, n) => (n === 0 ? value.padEnd(widths[n] ?? 0) : value.padStart(widths[n] ?? 0)))
    .join(' ');
}

function aimOfExecute(figure: Figure): string {
  if (figure.concurrency === 1) {
    const { p50ToFloor } = figure;
    return verdict(
      p50ToFloor <= aims.p50ToFloor,
      `execute at 1: p50 ${p50ToFloor.toFixed(2)} x floor (aim <= ${aims.p50ToFloor}); ${figure.p50ToTwoVisits.toFixed(2)} x the floor with two visits`,
    );
  }
  const { rateToFloor } = figure;
  return verdict(
    rateToFloor >= aims.rateToFloor,
    `execute at ${figure.concurrency}: ${rateToFloor.toFixed(2)} x the floor's requests/s (aim >= ${aims.rateToFloor.toFixed(1)}); ${figure.rateToTwoVisits.toFixed(2)} x with two visits`,
  );
}

/** What a call costs more when people's values are sealed, and opened, against what one more visit to an object costs the floor. */
function aimsOfVault(figures: readonly Figure[]): string[] {
  const p50 = (name: Figure['name']): number | undefined =>
    figures.find((figure) => figure.name === name && figure.concurrency === 1)?.p50;
  const [one, two, read] = [p50('floor'), p50('floor-two-visits'), p50('read')];
  if (one === undefined || two === undefined || read === undefined || two <= one) return [];
  const line = (name: 'read-person' | 'find-person', what: string): string[] => {
    const cost = p50(name);
    if (cost === undefined) return [];
    const ratio = (cost - read) / (two - one);
    const added = `${what} adds ${(cost - read).toFixed(2)} ms at p50`;
    return [
      verdict(
        ratio <= aims.vaultToHop,
        `${added}, ${ratio.toFixed(2)} x the floor's extra hop of ${(two - one).toFixed(2)} ms (aim <= ${aims.vaultToHop})`,
      ),
    ];
  };
  return [
    ...line('read-person', 'sealing'),
    ...line('find-person', 'asking at the door, opening and sealing'),
  ];
}

function aimOfMemory(figure: MemoryFigure): string {
  const { name, calls, residentMiB, collectedMiB, growthPercent, liveHeapMiB } = figure;
  const parts = `${residentMiB.toFixed(0)} MiB before it, ${liveHeapMiB.toFixed(1)} MiB of heap live`;
  const what = `memory after ${calls} calls of ${name} and a full collection: ${collectedMiB.toFixed(0)} MiB (${parts})`;
  if (growthPercent === 0) return `       ${what}`;
  const grown = `${what}, ${growthPercent.toFixed(0)} % more`;
  if (name === 'floor') return `       ${grown}`;
  const aim = `(aim within ${aims.memoryGrowthPercent} %)`;
  return verdict(growthPercent <= aims.memoryGrowthPercent, `${grown} ${aim}`);
}

function verdict(holds: boolean, line: string): string {
  return `${holds ? 'met   ' : 'missed'} ${line}`;
}

function refusals({ name, concurrency, refused, firstRefusal }: Figure): string[] {
  const all = Object.entries(refused).map(([status, n]) => `${n} x ${status}`);
  return all.length === 0
    ? []
    : [`${name} at ${concurrency}: not answered with 200: ${all.join(', ')}: ${firstRefusal ?? ''}`];
}
