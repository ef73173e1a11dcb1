import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../bin/lib/run.ts';
import type { DrillRecord, Readiness, StopsView } from '../../shared/rpc.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { eventually } from './support.ts';

let gate: GateUnderTest;
let folder: string;
beforeAll(async () => {
  gate = await bootGate();
  folder = mkdtempSync(join(tmpdir(), 'toolgate-drill-'));
  const agents = { gate: gate.url.origin, agents: gate.secrets.local.agents };
  writeFileSync(join(folder, 'agents.json'), JSON.stringify(agents), { mode: 0o600 });
});
afterAll(async () => {
  await gate?.close();
  rmSync(folder, { recursive: true, force: true });
});

const token = (person: string) => gate.secrets.local.people[person]?.token ?? '';

/** `toolgate drill rollback`, as a person types it. */
async function drill(args: string[] = []): Promise<{ code: number; output: string }> {
  let output = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output += chunk.toString();
      done();
    },
  });
  const env = {
    TOOLGATE_GATE: gate.url.origin,
    TOOLGATE_TOKEN: token('operator'),
    TOOLGATE_SECOND_TOKEN: token('approver'),
    TOOLGATE_THIRD_TOKEN: token('operator2'),
  };
  const given = ['--agents', join(folder, 'agents.json'), '--out', join(folder, 'reports'), ...args];
  const code = await runCommandLine(['drill', 'rollback', ...given], env, { stdout: sink, stderr: sink });
  return { code, output };
}

async function ops<T>(person: string, path: string): Promise<T> {
  return (await gate.ops(person, 'GET', path)).json<T>();
}

describe('a drill of a rollback', () => {
  test('is proven from the vendors’ own records and logs, kept, journaled, and no drill of the kill switch', async () => {
    const { code, output } = await drill();
    expect(output).toContain('**HELD');
    expect(code).toBe(0);
    expect(output).toContain('9 of 9 calls at crm, chat, cms taken back, with 9 changes');
    for (const time of ['detect', 'decide', 'stop', 'plan', 'restore'])
      expect(output).toMatch(new RegExp(`\\| ${time} +\\| \\d+ ms`));
    expect((await ops<StopsView>('operator', '/stops')).stops).toEqual([]);

    const [last] = await ops<DrillRecord[]>('auditor', '/drills');
    expect(last).toMatchObject({ verdict: 'held', rollback: { id: expect.stringMatching(/^roll_/) } });
    const file = readdirSync(join(folder, 'reports')).find((name) => name.endsWith('.json')) ?? '';
    const kept = readFileSync(join(folder, 'reports', file));
    expect(createHash('sha256').update(kept).digest('hex')).toBe(last?.report);
    await eventually(async () => {
      const { entries } = await ops<{ entries: { data: Record<string, unknown> }[] }>(
        'auditor',
        '/journal?kind=drill.recorded',
      );
      return entries.find(({ data }) => data['report'] === last?.report);
    });
    const { checks } = await ops<Readiness>('owner', '/agents/lead-router/readiness');
    expect(checks.find(({ what }) => what === 'Kill switch drilled')?.status).toBe('fail');
  }, 120_000);

  test('that cannot make its calls ends with 1, and leaves nothing stopped', async () => {
    const fault = await fetch(`${gate.url.origin}/simulator/hubspot/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: '500', method: 'PATCH', path: '/crm/v3/objects/contacts/102' }),
    });
    expect(fault.status).toBe(201);
    const { code, output } = await drill(['--contacts', '101,102']);
    await fetch(`${gate.url.origin}/simulator/hubspot/faults`, { method: 'DELETE' });
    expect(code).toBe(1);
    expect(output).toContain('could not execute crm.contact.update');
    expect((await ops<StopsView>('operator', '/stops')).stops).toEqual([]);
  }, 120_000);

  test('is refused while something is stopped, and ends nobody’s stop', async () => {
    await gate.ops('operator', 'POST', '/stops', { target: 'tool:chat', reason: 'an incident' });
    const { code, output } = await drill();
    expect(code).toBe(1);
    expect(output).toContain('Stopped already: tool:chat (an incident)');
    expect((await ops<StopsView>('operator', '/stops')).stops).toHaveLength(1);
    await gate.ops('operator', 'DELETE', '/stops/tool:chat', { reason: 'over' });
  });
});
