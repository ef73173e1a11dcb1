import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DrillRecord, Receipt, StopsView } from '../../shared/rpc.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';
import { accessTeam } from './deploy-kit.ts';
import { eventually } from '../flow/support.ts';

let gate: GateUnderTest;
let folder: string;
beforeAll(async () => {
  gate = await bootGate();
  folder = mkdtempSync(join(tmpdir(), 'toolgate-drill-'));
  writeFileSync(
    join(folder, 'agents.json'),
    JSON.stringify({ gate: gate.url.origin, agents: gate.secrets.local.agents }),
    { mode: 0o600 },
  );
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Drill {
  child: ChildProcess;
  /** What it has printed so far. */
  printed(): string;
  ended: Promise<{ code: number | null; output: string }>;
}

function token(person: string): string {
  return gate.secrets.local.people[person]?.token ?? '';
}

/** `toolgate drill stop`, as a person types it. */
function drill(args: string[], env: Record<string, string> = {}): Drill {
  const common = ['--agents', join(folder, 'agents.json'), '--out', join(folder, 'reports')];
  const child = spawn(
    process.execPath,
    [join(root, 'bin/toolgate.ts'), 'drill', 'stop', ...common, ...args],
    {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        TOOLGATE_GATE: gate.url.origin,
        TOOLGATE_TOKEN: token('operator'),
        TOOLGATE_SECOND_TOKEN: token('operator2'),
        ...env,
      },
    },
  );
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { child, printed: () => output, ended };
}

async function ops<T>(person: string, method: string, path: string, body?: unknown): Promise<T> {
  return (await gate.ops(person, method, path, body)).json<T>();
}

async function stopped(): Promise<string[]> {
  return (await ops<StopsView>('operator', 'GET', '/stops')).stops.map(({ target }) => target);
}

async function printed(running: Drill, text: string): Promise<void> {
  await eventually(async () => (running.printed().includes(text) ? true : undefined), 40_000);
}

describe('a drill', () => {
  test('of all is proven from the vendors’ logs, resumed by two people, kept, journaled and shown', async () => {
    const { code, output } = await drill(['--target', 'all']).ended;
    expect(output).toContain('**HELD');
    expect(code).toBe(0);
    expect(await stopped()).toEqual([]);

    const [last] = await ops<DrillRecord[]>('auditor', 'GET', '/drills');
    expect(last).toMatchObject({ target: 'all', environment: 'sandbox', verdict: 'held', violations: 0 });
    expect(output).toContain(last?.id);
    await eventually(async () => {
      const path = '/journal?kind=stop.resumed';
      const { entries } = await ops<{ entries: { data: { people?: string[] } }[] }>('auditor', 'GET', path);
      return entries.find(({ data }) => data.people?.length === 2);
    });
    const file = readdirSync(join(folder, 'reports')).find((name) => name.endsWith('.json')) ?? '';
    const kept = readFileSync(join(folder, 'reports', file));
    expect(createHash('sha256').update(kept).digest('hex')).toBe(last?.report);
    const report = JSON.parse(kept.toString()) as { covered: { requestsBefore: number } };
    expect(report.covered.requestsBefore).toBeGreaterThan(5);
    const status = await ops<{ lastDrill: DrillRecord }>('operator', 'GET', '/status');
    expect(status.lastDrill.id).toBe(last?.id);
    await eventually(async () => {
      const path = '/journal?kind=drill.recorded';
      const { entries } = await ops<{ entries: { data: Record<string, unknown> }[] }>('auditor', 'GET', path);
      return entries.find(({ data }) => data['id'] === last?.id && data['report'] === last?.report);
    });
  });

  test('finds a covered request that reached the vendor after the confirmation, and ends with 1', async () => {
    const companies = await fetch(`${gate.url.origin}/simulator/hubspot/records/companies`);
    const id = (await companies.json<{ id: string }[]>())[0]?.id ?? '';
    const running = drill(['--target', 'tool:crm']);
    await printed(running, 'watching for');
    // As a tool would that does not look at its token's time: straight to the vendor.
    await fetch(`${gate.url.origin}/simulator/hubspot/api/crm/v3/objects/companies/${id}`, {
      headers: { authorization: `Bearer ${gate.secrets.workers['crm']?.['HUBSPOT_READ_TOKEN'] ?? ''}` },
    });
    const { code, output } = await running.ended;
    expect(code).toBe(1);
    expect(output).toContain('**VIOLATED');
    expect(output).toMatch(
      /hubspot logged GET \/crm\/v3\/objects\/companies\/\S+ \d+ ms after the confirmation/,
    );
    const [last] = await ops<DrillRecord[]>('operator', 'GET', '/drills');
    expect(last).toMatchObject({ target: 'tool:crm', verdict: 'violated', violations: 1 });
    expect(await stopped()).toEqual([]);
  });

  test('that is interrupted under its own stop resumes first', async () => {
    const running = drill(['--target', 'all']);
    await printed(running, 'watching for');
    expect(await stopped()).toEqual(['all']);
    running.child.kill('SIGINT');
    const { code, output } = await running.ended;
    expect(code).toBe(1);
    expect(output).toContain('Interrupted.');
    expect(await stopped()).toEqual([]);
  });

  test('leaves a stop alone that somebody else made while it ran', async () => {
    const running = drill(['--target', 'tool:crm']);
    await printed(running, 'watching for');
    await ops('operator2', 'POST', '/stops', { target: 'tool:crm', reason: 'an incident' });
    const { code, output } = await running.ended;
    expect(code).toBe(1);
    expect(output).toContain('tool:crm IS STILL STOPPED: somebody else stopped it');
    expect(await stopped()).toEqual(['tool:crm']);
    await ops('operator', 'DELETE', '/stops/tool:crm', { reason: 'over' });
  });

  test('is refused while something is stopped, and ends nobody’s stop', async () => {
    await ops('operator', 'POST', '/stops', { target: 'tool:chat', reason: 'an incident' });
    const { code, output } = await drill(['--target', 'tool:chat']).ended;
    expect(code).toBe(1);
    expect(output).toContain('Stopped already: tool:chat (an incident)');
    expect(await stopped()).toEqual(['tool:chat']);
    await ops('operator', 'DELETE', '/stops/tool:chat', { reason: 'over' });
  });

  test('of what the load does not touch is refused: it would show nothing', async () => {
    const { code, output } = await drill(['--target', 'tool:leads']).ended;
    expect(code).toBe(2);
    expect(output).toContain('covers no call of the load');
  });

  test('is refused in production unless somebody says so', async () => {
    const team = await accessTeam({ 'ada@acme.test': ['operator'] }, 'production');
    const vars = { control: team.vars, approvals: team.vars };
    const production = await bootGate({ vars, govern: false });
    const env = { TOOLGATE_GATE: production.url.origin, TOOLGATE_TOKEN: await team.token('ada@acme.test') };
    const { code, output } = await drill(['--target', 'all'], env).ended;
    await production.close();
    team.close();
    expect(code).toBe(2);
    expect(output).toContain('is production: a drill stops real work there. Say --yes-production');
  });
});

describe('POST /ops/v1/drills', () => {
  const body = (receipt: string): Record<string, unknown> => ({
    receipt,
    verdict: 'held',
    violations: 0,
    report: 'ab'.repeat(32),
    times: { detect: null, decide: null, stop: 1, restore: null },
  });

  test('is for those who may stop, once a receipt, and of their own stop', async () => {
    const { id } = await ops<Receipt>('operator', 'POST', '/stops', {
      target: 'tool:chat',
      reason: 'a test',
    });
    await ops('operator', 'DELETE', '/stops/tool:chat', { reason: 'over' });
    const post = async (person: string, receipt = id): Promise<number> =>
      (await gate.ops(person, 'POST', '/drills', body(receipt))).status;
    expect(await post('auditor')).toBe(403);
    expect(await post('nobody')).toBe(401);
    expect(await post('operator2')).toBe(409);
    expect(await post('operator', 'rcpt_01JD0000000000000000000000')).toBe(404);
    expect(await post('operator')).toBe(201);
    expect(await post('operator')).toBe(409);
    const drills = await ops<DrillRecord[]>('auditor', 'GET', '/drills');
    expect(drills.filter(({ receipt }) => receipt === id)).toHaveLength(1);
  });
});
