/**
 * `npm run bench:rollback`: what a rollback plan of 10,000 calls costs, against a floor that only writes the same steps as
 * canonical JSON and hashes them; and whether the cost grows with the number of calls or faster. See docs/bench.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import { Course } from '../../shared/rollback/course.ts';
import { planOf, type Ground } from '../../shared/rollback/plan.ts';
import type { Plan } from '../../shared/rollback/step.ts';
import type { Look, Takeable } from '../../shared/taking-back.ts';
import { median } from './lib/stats.ts';

const usage = `npm run bench:rollback -- [options]

  --quick     fewer rounds: does it still run?
  --json      the report as JSON on stdout; it is always in .toolgate/bench-rollback.json
`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Seconds of CPU for a plan of 10,000 calls; how much dearer ten times as many calls may get. */
const aims = { seconds: 5, growth: 15 };
const sizes = [1_000, 10_000] as const;
const at = Date.parse('2026-11-22T12:00:00Z');

interface Figure {
  calls: number;
  /** Milliseconds of CPU, medians: the plan, the floor, and working the plan off in memory. */
  planMs: number;
  floorMs: number;
  courseMs: number;
}

/** Calls of ten agents at three tools: a third create a record, others change one of a few hundred, some are in conflict. */
function ground(count: number): Ground {
  const calls = Array.from({ length: count }, (_, n): Takeable => {
    const record = String(n % Math.ceil(count / 30));
    return {
      call: `call_${String(n).padStart(26, '0')}`,
      agent: `agent-${n % 10}`,
      action: ['crm.contact.update', 'crm.contact.create', 'ads.budget.update'][n % 3] ?? '',
      workflow: 'lead-routing',
      session: null,
      at: new Date(at + ((n * 7_919) % count) * 1_000).toISOString(),
      about: n % 11 === 0 ? null : { record: 'contact', id: record },
      way: { kind: 'undo', action: 'crm.contact.update', until: '2099-01-01T00:00:00Z' },
      outcome: n % 97 === 0 ? 'indeterminate' : 'succeeded',
      takenBack: null,
    };
  });
  const look = ({ call }: Takeable, n: number): [string, Look] => {
    const changed = n % 53 === 0;
    const conflicts = changed ? [{ field: 'leadStatus', expected: 'NEW', found: 'OPEN' }] : [];
    return [
      call,
      { call, state: changed ? 'changed' : 'as-left', conflicts, found: 'f'.repeat(16), detail: null },
    ];
  };
  const inverse = { needs: 1 as const, policies: [{ id: 'a', reason: 'b' }], why: null, fields: ['phone'] };
  return {
    calls,
    looks: new Map(calls.map(look)),
    inverses: new Map(calls.map(({ call }) => [call, inverse])),
    forced: new Map(),
    facts: (action) => ({ creates: action.endsWith('create'), groups: [] }),
    now: at,
  };
}

/** Milliseconds of CPU. */
function cpu(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function workOff({ steps }: Plan): void {
  const course = new Course(steps);
  for (let round = 0; !course.ended && round < steps.length * 2; round += 1) {
    const { start, blocked } = course.next(4);
    const lane = `call_${round}`;
    for (const step of start) course.set(step, { kind: 'restored', lane, seen: 'as-before' });
    const instead = { kind: 'decide' as const, text: '', draft: null };
    for (const { step } of blocked)
      course.set(step, { kind: 'left', why: 'blocked', detail: '', instead, lane: null });
  }
  if (!course.ended) throw new Error('the plan was not worked off to its end');
}

function measured(calls: number, rounds: number): Figure {
  const base = ground(calls);
  const times: Record<'plan' | 'floor' | 'course', number[]> = { plan: [], floor: [], course: [] };
  for (let round = 0; round < rounds; round += 1) {
    let plan = planOf(base);
    times.plan.push(cpu(() => (plan = planOf(base))));
    if (plan.steps.length !== calls) throw new Error(`${plan.steps.length} steps of ${calls} calls`);
    times.floor.push(cpu(() => void plan.steps.map((step) => sha256(canonical(step)))));
    times.course.push(cpu(() => workOff(plan)));
  }
  const { plan, floor, course } = times;
  return { calls, planMs: median(plan), floorMs: median(floor), courseMs: median(course) };
}

function render(figures: readonly Figure[]): string {
  const rows = figures.map(({ calls, planMs, floorMs, courseMs }) => {
    const ratio = (planMs / floorMs).toFixed(2);
    return `${String(calls).padStart(6)} calls: plan ${planMs.toFixed(0)} ms of CPU, ${ratio} x the floor (${floorMs.toFixed(0)} ms); worked off in memory ${courseMs.toFixed(0)} ms`;
  });
  const [small, large] = figures;
  const growth = (large?.planMs ?? Infinity) / (small?.planMs ?? 1);
  const seconds = (large?.planMs ?? Infinity) / 1_000;
  return [
    ...rows,
    '',
    verdict(
      seconds < aims.seconds,
      `a plan of 10,000 calls: ${seconds.toFixed(2)} s of CPU (aim < ${aims.seconds})`,
    ),
    verdict(
      growth <= aims.growth,
      `ten times the calls: ${growth.toFixed(1)} x the cost (aim <= ${aims.growth})`,
    ),
  ].join('\n');
}

function verdict(holds: boolean, line: string): string {
  return `${holds ? 'met   ' : 'missed'} ${line}`;
}

if (flags.help) console.log(usage);
else {
  const root = resolve(import.meta.dirname, '../..');
  mkdirSync(join(root, '.toolgate'), { recursive: true });
  const figures = sizes.map((calls) => measured(calls, flags.quick ? 2 : 9));
  const text = `${JSON.stringify({ at: new Date().toISOString(), figures }, null, 2)}\n`;
  writeFileSync(join(root, '.toolgate/bench-rollback.json'), text);
  console.log(flags.json ? text : render(figures));
}
