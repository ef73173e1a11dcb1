import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExerciseReport } from '../../bin/lib/exercise/report.ts';
import type { DetectedBy } from '../../bin/lib/exercise/script.ts';
import type { ExerciseRecord, ScenarioName } from '../../shared/exercise.ts';
import type { ApprovalPage, ContactTest, StopsView } from '../../shared/rpc.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, simulatorLog, type Ran } from './support.ts';

let gate: GateUnderTest;
let folder: string;
beforeAll(async () => {
  gate = await bootGate({ agents: ['exercise-agent'] });
  folder = mkdtempSync(join(tmpdir(), 'toolgate-exercises-'));
  const { agents, people } = gate.secrets.local;
  const file = { gate: gate.url.origin, agents, people };
  writeFileSync(join(folder, 'cast.json'), JSON.stringify(file), { mode: 0o600 });
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

const common = (): string[] => ['--agents', join(folder, 'cast.json'), '--out', folder];

interface Played extends Ran {
  report: ExerciseReport;
  file: string;
}

/** Runs an exercise that goes through, whatever its verdict. */
async function played(name: ScenarioName, ...more: string[]): Promise<Played> {
  const ran = await runAs(gate, 'operator', [
    'exercise',
    name,
    '--watch',
    '0',
    '--json',
    ...common(),
    ...more,
  ]);
  return { ...ran, ...(JSON.parse(ran.stdout) as Pick<Played, 'report' | 'file'>) };
}

async function ops<T>(person: string, method: string, path: string, body?: unknown): Promise<T> {
  return (await gate.ops(person, method, path, body)).json<T>();
}

/** All that the simulated vendors hold, without what only says when it was written. */
async function held(): Promise<unknown> {
  const all: Record<string, unknown> = {};
  const types = {
    hubspot: ['contacts', 'companies'],
    slack: ['messages', 'scheduled'],
    meta: ['campaigns'],
    resend: ['broadcasts', 'emails', 'contacts'],
  };
  for (const [vendor, names] of Object.entries(types))
    for (const type of names) {
      const answer = await fetch(`${gate.url.origin}/simulator/${vendor}/records/${type}`);
      all[`${vendor} ${type}`] = JSON.parse(await answer.text(), (name, value: unknown) =>
        ['updatedAt', 'updated_time', 'lastmodifieddate'].includes(name) || value === '' ? undefined : value,
      );
    }
  return all;
}

/** Nothing of any exercise is left. */
async function leftNothing(before: unknown): Promise<void> {
  expect((await ops<StopsView>('auditor', 'GET', '/stops')).stops).toEqual([]);
  expect((await ops<ApprovalPage>('approver', 'GET', '/approvals?status=waiting')).approvals).toEqual([]);
  const open = (await ops<ExerciseRecord[]>('auditor', 'GET', '/exercises')).filter(
    ({ state }) => state === 'open',
  );
  expect(open).toEqual([]);
  expect(await held()).toEqual(before);
}

const all: readonly (readonly [ScenarioName, DetectedBy, string])[] = [
  ['accidental-send', 'journal query', 'agent:exercise-agent'],
  ['wrong-segment', 'journal query', 'agent:lead-router'],
  ['budget-overrun', 'budget meter', 'agent:exercise-agent'],
  ['unauthorised-access', 'denial', 'agent:support-agent'],
  ['data-leak', 'denial', 'agent:lead-router'],
];

describe('each exercise', () => {
  test.each(all)(
    '%s is noticed by a %s, stopped, told and put back, with proof',
    async (name, by, target) => {
      const before = await held();
      const { code, report, file } = await played(name);
      expect(report.checks.filter(({ status }) => status !== 'passed')).toEqual([]);
      expect([code, report.verdict, report.detectedBy, report.target]).toEqual([0, 'held', by, target]);
      await leftNothing(before);

      // What happened stands in the order in which it has to happen, each step with when and by whom.
      const steps = [...new Set(report.timeline.map(({ step }) => step))];
      const column = [
        'incident',
        'detected',
        'decided',
        'stopped',
        'notified',
        'acknowledged',
        'restored',
        'resumed',
      ];
      const must = name === 'unauthorised-access' ? column.filter((step) => step !== 'restored') : column;
      expect(steps.filter((step) => must.includes(step))).toEqual(must);
      const times = report.timeline.map(({ at }) => Date.parse(at));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const part of ['detect', 'stop', 'notify', 'restore'])
        expect(report.figures).toContainEqual(expect.objectContaining({ part, ms: expect.any(Number) }));
      expect(report.questions.length).toBeGreaterThan(2);

      const plans = report.timeline.filter(({ what }) => what.startsWith('a rollback plan'));
      expect(plans).toHaveLength(name === 'wrong-segment' ? 1 : 0);

      // The gate has the figures, the contacts and the hash of the report.
      const record = await ops<ExerciseRecord>('auditor', 'GET', `/exercises/${report.exercise}`);
      expect(record).toMatchObject({ scenario: name, state: 'ended', by: 'operator@sandbox.example' });
      expect(record.result).toMatchObject({ verdict: 'held', target, receipt: report.receipt });
      for (const { acknowledged } of record.contacts)
        expect(acknowledged).toMatchObject({ by: 'operator2@sandbox.example' });
      expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(record.result?.report);
    },
  );

  test('leaves in the audit log what an intruder reached for, and not only that something was denied', async () => {
    const { report } = await played('unauthorised-access');
    const calls = report.timeline.find(({ step }) => step === 'detected')?.evidence ?? [];
    const named = await Promise.all(
      calls.map(
        async (id) => (await ops<{ call: { action: string } }>('auditor', 'GET', `/calls/${id}`)).call.action,
      ),
    );
    expect(named.toSorted()).toEqual([
      'ads.budget.update',
      'ads.campaign.pause',
      'chat.message.post',
      'crm.company.create',
      'crm.contact.create',
      'email.message.send',
    ]);
  });

  test('is journaled from its start, with each notification marked as a test, and listed', async () => {
    const { report } = await played('budget-overrun');
    const { exercise } = report;
    const kinds = [
      'exercise.started',
      'exercise.recorded',
      'readiness.contact-asked',
      'readiness.contact-answered',
    ];
    for (const kind of kinds)
      await eventually(async () => {
        const { entries } = await ops<{ entries: { data: Record<string, unknown> }[] }>(
          'auditor',
          'GET',
          `/journal?kind=${kind}`,
        );
        return entries.find(({ data }) => data['id'] === exercise || data['exercise'] === exercise);
      });
    const asked = await ops<{ entries: { data: Record<string, unknown> }[] }>(
      'auditor',
      'GET',
      '/journal?kind=readiness.contact-asked',
    );
    expect(asked.entries.every(({ data }) => data['test'] === true)).toBe(true);
    const list = await runAs(gate, 'operator', ['exercise', 'list']);
    expect(list.stdout).toContain(exercise);
    const show = await runAs(gate, 'operator', ['exercise', 'show', exercise]);
    expect(show.stdout).toMatch(/verdict +held/);
    const shown = await runAs(gate, 'operator', ['exercise', 'report', exercise, '--out', folder]);
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('**HELD')]);
  });

  test('shows a report only while it is the one that the journal has', async () => {
    const { report, file } = await played('budget-overrun');
    writeFileSync(file, readFileSync(file, 'utf8').replace('budget', 'Budget'));
    const shown = await runAs(gate, 'operator', ['exercise', 'report', report.exercise, '--out', folder]);
    expect([shown.code, shown.stderr]).toEqual([1, expect.stringContaining('was changed since')]);
  });
});

describe('a step that is left out', () => {
  const failed = ({ checks }: ExerciseReport): string[] =>
    checks.filter(({ status }) => status === 'failed').map(({ id }) => id);

  test.each([
    ['accidental-send', 'stop', ['stopped', 'refused', 'silent']],
    ['wrong-segment', 'restore', ['restored']],
    ['budget-overrun', 'stop', ['stopped', 'refused', 'silent']],
    ['unauthorised-access', 'stop', ['stopped', 'refused', 'silent']],
    ['data-leak', 'notify', ['notified']],
  ] as const)('%s without %s does not hold, and is cleaned up all the same', async (name, step, checks) => {
    const before = await held();
    const { code, report } = await played(name, '--without', step);
    expect([code, report.verdict, failed(report)]).toEqual([1, 'violated', checks]);
    const record = await ops<ExerciseRecord>('auditor', 'GET', `/exercises/${report.exercise}`);
    expect(record.result?.verdict).toBe('violated');
    await leftNothing(before);
  });
});

describe('an exercise that breaks off', () => {
  test('killed under its stop, is put back by the next run', async () => {
    const before = await held();
    const running = spawn(
      process.execPath,
      [join(root, 'bin/toolgate.ts'), 'exercise', 'wrong-segment', '--watch', '60', ...common()],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          TOOLGATE_GATE: gate.url.origin,
          TOOLGATE_TOKEN: gate.secrets.local.people['operator']?.token,
        },
      },
    );
    let said = '';
    running.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await eventually(async () => (said.includes('watching for') ? true : undefined), 40_000);
    const ended = new Promise((resolve) => running.once('close', resolve));
    running.kill('SIGKILL');
    await ended;
    expect((await ops<StopsView>('auditor', 'GET', '/stops')).stops).toMatchObject([
      { target: 'agent:lead-router' },
    ]);
    expect(await held()).not.toEqual(before);

    const other = await runAs(gate, 'owner', ['exercise', 'budget-overrun', ...common()]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('is open')]);
    const { code, stderr, report } = await played('wrong-segment');
    expect([code, report.verdict]).toEqual([0, 'held']);
    expect(stderr).toContain('broke off and is cleaned up first');
    await leftNothing(before);
    const states = (await ops<ExerciseRecord[]>('auditor', 'GET', '/exercises')).map(({ state }) => state);
    expect(states.slice(0, 2)).toEqual(['ended', 'abandoned']);
  });

  test('is refused while something is stopped, and changes nothing', async () => {
    await ops('operator2', 'POST', '/stops', { target: 'tool:crm', reason: 'an incident' });
    const changes = async (): Promise<number> =>
      (await simulatorLog(gate, 'meta')).filter(({ changed }) => changed).length;
    const was = await changes();
    const { code, stderr } = await runAs(gate, 'operator', ['exercise', 'budget-overrun', ...common()]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Stopped already: tool:crm (an incident)')]);
    expect(await changes()).toBe(was);
    const { stops } = await ops<StopsView>('auditor', 'GET', '/stops');
    expect(stops).toMatchObject([{ target: 'tool:crm' }]);
    await ops('operator2', 'DELETE', '/stops/tool:crm', { reason: 'over' });
  });
});

describe('/ops/v1/exercises', () => {
  const start = { scenario: 'budget-overrun', agent: 'exercise-agent' };

  test('is for those who may stop; one at a time, ended by who began it, and held only with what control knows', async () => {
    for (const [person, status] of [
      ['auditor', 403],
      ['approver', 403],
      ['nobody', 401],
    ] as const)
      expect((await gate.ops(person, 'POST', '/exercises', start)).status).toBe(status);
    const { id } = await ops<ExerciseRecord>('operator', 'POST', '/exercises', start);
    expect((await gate.ops('operator2', 'POST', '/exercises', start)).status).toBe(409);

    // Only who runs it notifies its agent's contacts, and the code is answered by somebody else.
    const tell = async (person: string, agent: string): Promise<Response> =>
      gate.ops(person, 'POST', `/agents/${agent}/contact-tests`, { contact: 'incident', exercise: id });
    expect((await tell('operator2', 'exercise-agent')).status).toBe(409);
    expect((await tell('operator', 'lead-router')).status).toBe(409);
    const { code } = await (await tell('operator', 'exercise-agent')).json<ContactTest>();
    const answer = async (person: string): Promise<number> =>
      (await gate.ops(person, 'POST', '/agents/exercise-agent/contact-answers', { code })).status;
    expect(await answer('operator')).toBe(403);

    const result = {
      verdict: 'held',
      receipt: null,
      times: { detect: 1, decide: 1, restore: 1 },
      checks: { passed: 9, failed: 0, open: 0 },
      report: 'ab'.repeat(32),
    };
    const end = async (person: string, more: object = {}): Promise<number> =>
      (await gate.ops(person, 'POST', `/exercises/${id}/end`, { ...result, ...more })).status;
    expect(await end('operator')).toBe(409);
    expect(await end('operator2', { verdict: 'unproven' })).toBe(409);
    expect(await end('operator', { verdict: 'unproven' })).toBe(200);
    expect(await end('operator', { verdict: 'unproven' })).toBe(409);
    const record = await ops<ExerciseRecord>('auditor', 'GET', `/exercises/${id}`);
    expect(record.contacts).toMatchObject([{ contact: 'incident', acknowledged: null }]);
    // Over is over: a late code is a contact's test still, and changes no record of an exercise.
    expect((await tell('operator', 'exercise-agent')).status).toBe(409);
  });
});
