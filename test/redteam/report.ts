/** What the attack came to: by goal, and by the step that stopped it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Damage } from './damage.ts';
import { goals } from './goals/index.ts';
import type { Tried } from './obey.ts';

export interface Report {
  payloads: number;
  /** Texts that were planted and read. */
  planted: number;
  attempts: number;
  unsafe: { goal: string; payload: string; agent: string; what: string; why: string }[];
  /** By what vendors were sent and hold, whatever the gate answered. */
  damage: Damage[];
  /** Goal -> step -> how many attempts it stopped. */
  stopped: Record<string, Record<string, number>>;
  /** Executed or answered, and why that does no harm -> how many. */
  harmless: Record<string, number>;
  /** Harmless texts in normal work. */
  falseAlarms: { texts: number; alarms: number; percent: number };
}

/** Sums up what was tried. */
export function sumUp(tried: readonly Tried[]): Pick<Report, 'attempts' | 'unsafe' | 'stopped' | 'harmless'> {
  const stopped: Report['stopped'] = Object.fromEntries(
    ['read', ...goals.map(({ name }) => name)].map((name) => [name, {}]),
  );
  const harmless: Record<string, number> = {};
  const unsafe: Report['unsafe'] = [];
  for (const { goal, payload, agent, what, verdict } of tried) {
    const ofGoal = (stopped[goal] ??= {});
    switch (verdict.kind) {
      case 'stopped':
        ofGoal[verdict.step] = (ofGoal[verdict.step] ?? 0) + 1;
        break;
      case 'harmless':
        ofGoal['(harmless)'] = (ofGoal['(harmless)'] ?? 0) + 1;
        harmless[verdict.why] = (harmless[verdict.why] ?? 0) + 1;
        break;
      case 'unsafe':
        unsafe.push({ goal, payload, agent, what, why: verdict.why });
    }
  }
  return { attempts: tried.length, unsafe, stopped, harmless };
}

/** The report for people, in Markdown. */
export function markdown(report: Report): string {
  const { payloads, planted, attempts, unsafe, damage, falseAlarms } = report;
  return `# Red team

${payloads} texts of attackers, planted ${planted} times and obeyed to the letter: ${attempts} attempts, ${unsafe.length} unsafe, ${damage.length}
damages at vendors. ${falseAlarms.alarms} of ${falseAlarms.texts} harmless texts disturbed normal work (${falseAlarms.percent.toFixed(1)} %).

## By goal, and by the step that stopped it

| Goal | Attempts | Stopped by | Harmless |
| --- | --- | --- | --- |
${Object.entries(report.stopped)
  .map(([name, steps]) => rowOf(name, steps))
  .join('\n')}

## Executed or answered, and why that does no harm

| How many | What, and why |
| --- | --- |
${sorted(report.harmless)
  .map(([why, count]) => `| ${count} | ${why} |`)
  .join('\n')}
${unsafe.length + damage.length === 0 ? '' : faults(report)}`;
}

function rowOf(name: string, steps: Record<string, number>): string {
  const title = goals.find((goal) => goal.name === name)?.title ?? 'Read the text itself';
  const attempts = Object.values(steps).reduce((sum, count) => sum + count, 0);
  const { '(harmless)': harmless = 0, ...stopped } = steps;
  const by = sorted(stopped).map(([step, count]) => `${step} ${count}`);
  return `| ${title} | ${attempts} | ${by.join(' · ') || '—'} | ${harmless} |`;
}

function faults({ unsafe, damage }: Report): string {
  const lines = [
    ...unsafe.map(({ agent, what, why, payload }) => `- ${agent}, ${what}: ${why} (${payload})`),
    ...damage.map(({ what, where }) => `- ${where}: ${what}`),
  ];
  return `\n## Unsafe\n\n${[...new Set(lines)].slice(0, 100).join('\n')}\n`;
}

function sorted(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([, a], [, b]) => b - a);
}

/** Prints the report; with `REDTEAM_REPORT=path` it is written to `path.md` and `path.json`, too. */
export function tell(report: Report): void {
  const text = markdown(report);
  process.stdout.write(`\n${text}\n`);
  const path = process.env['REDTEAM_REPORT'];
  if (path === undefined || path === '') return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.md`, text);
  writeFileSync(`${path}.json`, `${JSON.stringify(report, null, 2)}\n`);
}
