import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../bin/lib/run.ts';
import type { GateClient } from '../../examples/gate-client.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { shipped } from '../unit/policy/ask.ts';
import { bootGate, putInForce, type GateUnderTest } from '../harness.ts';
import { eventually } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let first: Governance;

beforeAll(async () => {
  gate = await bootGate();
  router = gate.agent('lead-router');
  first = await shipped();
});
afterAll(async () => gate.close());

/** Runs a command line as a person of this gate. */
async function toolgate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  const env = {
    TOOLGATE_GATE: gate.url.origin,
    TOOLGATE_TOKEN: gate.secrets.local.people['auditor']?.token ?? '',
  };
  const code = await runCommandLine(args, env, { stdout: sink('stdout'), stderr: sink('stderr') });
  return { code, ...written };
}

/** Puts the shipped set in force with one change to the lead router's manifest. */
async function change(change: (manifest: Manifest) => void): Promise<Governance> {
  const { version: _, ...content } = structuredClone(first);
  change(content.manifests['lead-router']!);
  return putInForce(gate, { version: governanceVersion(content), ...content });
}

describe('manifest diff', () => {
  test('says that this checkout is what is in force', async () => {
    const { code, stdout } = await toolgate('manifest', 'diff');
    expect({ code, same: stdout.includes('The manifests say the same.') }).toEqual({ code: 0, same: true });
  });

  test('says who gains what over what is in force, and that it takes a second person', async () => {
    await change((manifest) => {
      manifest.grants = manifest.grants.filter(({ action }) => action !== 'chat.message.schedule');
      manifest.limits = manifest.limits.filter(({ action }) => action !== 'chat.message.schedule');
      manifest.approved.channels.push('C0OTHER001');
    });
    const { stdout } = await toolgate('manifest', 'diff', 'lead-router');
    expect(stdout).toContain('+ gains  execute chat.message.schedule');
    expect(stdout).toContain('- loses  the approved channel C0OTHER001');
    expect(stdout).toContain('It widens, so a second person has to approve it:');
    expect(stdout).toContain('lead-router gains execute on chat.message.schedule');
    expect(stdout).not.toContain('support-agent');
  });

  test('shows an agent as it is in force, by its version', async () => {
    const set = await change((manifest) => (manifest.mission = 'Routes leads, and says so in other words.'));
    const { stdout } = await toolgate('manifest', 'show', 'lead-router', '--from', set.version);
    expect(stdout).toContain('Routes leads, and says so in other words.');
  });

  test('refuses an agent that nobody has, and says who was meant', async () => {
    const { code, stderr } = await toolgate('manifest', 'diff', 'lead-rooter');
    expect({ code, hint: stderr.includes('Did you mean lead-router?') }).toEqual({ code: 2, hint: true });
  });
});

describe('manifest history', () => {
  test('lists what was in force, newest first, with who and why', async () => {
    const set = await change((manifest) => (manifest.limits[0]!.max = 10));
    const { code, stdout } = await toolgate('manifest', 'history', 'lead-router', '--json');
    expect(code).toBe(0);
    const { manifests } = JSON.parse(stdout) as {
      manifests: { number: number; record: { version: string; by: string; inForce: boolean } }[];
    };
    expect(manifests[0]).toMatchObject({ number: set.manifests['lead-router']!.version });
    expect(manifests[0]!.record).toMatchObject({ version: set.version, inForce: true });
    expect(manifests.length).toBeGreaterThan(1);
    expect((await toolgate('manifest', 'history', 'lead-router')).stdout).toMatch(/VERSION +SINCE +BY/);
  });

  test('of an agent that was never there says so', async () => {
    const { code, stdout, stderr } = await toolgate('manifest', 'history', 'nobody');
    expect(`${code} ${stdout}${stderr}`).toMatch(/toolgate manifest check|No manifest of this agent/);
  });
});

describe('manifest unused', () => {
  interface Unused {
    reachesBack: string;
    complete: boolean;
    unused: { agent: string; action: string; used: string | null; file: string; lines: { from: number } }[];
  }

  async function unused(): Promise<Unused> {
    const { code, stdout } = await toolgate('manifest', 'unused', '--since', '1h', '--json');
    expect(code).toBe(0);
    return JSON.parse(stdout) as Unused;
  }

  test('lists grants with their lines until a call uses them', async () => {
    const before = await unused();
    const named = (found: Unused) =>
      found.unused.filter(({ agent }) => agent === 'lead-router').map(({ action }) => action);
    expect(named(before)).toEqual(expect.arrayContaining(['crm.company.read', 'crm.company.create']));
    expect(before.unused).toContainEqual(
      expect.objectContaining({ file: 'governance/manifests/content-writer.yaml', used: null }),
    );
    expect(before.complete).toBe(true);
    expect(Date.parse(before.reachesBack)).toBeGreaterThan(Date.now() - 3_600_000);

    const because = { goal: 'find the company', explanation: 'A lead came in.' };
    expect((await router.call('crm.company.read', { id: '501' }, { mode: 'read', because })).status).toBe(
      200,
    );
    const proposal = { mode: 'propose' as const, because, key: 'p-1' };
    expect((await router.call('crm.company.create', { name: 'Acme' }, proposal)).status).toBe(200);

    const after = await eventually(async () => {
      const found = await unused();
      return named(found).includes('crm.company.read') ? undefined : found;
    });
    expect(after.unused).toContainEqual(
      expect.objectContaining({ action: 'crm.company.create', used: 'propose' }),
    );
    const { stdout } = await toolgate('manifest', 'unused', '--since', '1h');
    expect(stdout).toMatch(
      /lead-router may execute crm\.company\.create and only used propose \(granted only since \d{4}-/,
    );
    expect(stdout).toMatch(
      /lead-router\.yaml:\d+-\d+ {2}lead-router never used read on crm\.company\.search \(granted only/,
    );
    expect(stdout).toContain('- action: crm.company.search');
    // It is an hour that is asked about, and nothing here has been granted for so long.
    expect(stdout).not.toContain('take it out');
    expect(stdout).not.toContain('lower the mode');
    expect(stdout).toContain('The record reaches back to');
  });

  test('refuses a span that is none', async () => {
    const { code, stderr } = await toolgate('manifest', 'unused', '--since', 'long ago');
    expect({ code, hint: stderr.includes('30d') }).toEqual({ code: 2, hint: true });
  });
});
