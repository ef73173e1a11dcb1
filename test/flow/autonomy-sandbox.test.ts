import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileGovernance } from '../../bin/lib/governance.ts';
import type { GateClient } from '../../examples/gate-client.ts';
import { governanceVersion } from '../../shared/governance.ts';
import type { AutonomyView, ContactTest, Readiness } from '../../shared/rpc.ts';
import { bootGate, putInForce, root, type GateUnderTest } from '../harness.ts';
import { eventually, runAs, type Ran } from './support.ts';

let gate: GateUnderTest;
let router: GateClient;
let mailbox = '';
let keys = 0;

beforeAll(async () => {
  mailbox = mkdtempSync(join(tmpdir(), 'toolgate-mailbox-'));
  gate = await bootGate({ vars: { control: { AUTONOMY_LOOK_MS: '500' } }, govern: false });
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const { version: _, ...content } = compiled.governance;
  content.manifests['lead-router']!.errorBudget.violations = 1;
  await putInForce(gate, { version: governanceVersion(content), ...content });
  router = gate.agent('lead-router');
});
afterAll(async () => {
  await gate.close();
  rmSync(mailbox, { recursive: true });
});

const toolgate = async (person: string, ...args: string[]): Promise<Ran> => runAs(gate, person, args);

/** Asked again while a busy machine has no lease in time. */
async function post(channel = 'C0LEADS001', tries = 5): Promise<number> {
  keys += 1;
  const because = { goal: 'tell the team', explanation: 'A lead came in.' };
  const input = { channel, text: `message ${keys}` };
  const options = { mode: 'execute' as const, key: `post-${keys}`, because };
  const { status } = await router.call('chat.message.post', input, options);
  // Slack takes one message a second; a call that got as far as that was let through.
  if (status === 503 && tries > 1) return post(channel, tries - 1);
  return status === 502 ? 200 : status;
}

const reason = ['--reason', 'a test'];
const raise = ['autonomy', 'raise', 'lead-router', '--to', 'execute', ...reason];

describe('in the sandbox', () => {
  test('agents execute from the start', async () => {
    expect(await post()).toBe(200);
    const { code, stdout } = await toolgate('operator', 'autonomy');
    expect(code).toBe(0);
    expect(stdout).toMatch(/lead-router +execute +the start +began so/);
    expect(stdout).toContain('In the sandbox nobody falls by itself');
  });

  test('one person lowers an agent at once, and two raise it', async () => {
    expect(
      (await toolgate('auditor', 'autonomy', 'lower', 'lead-router', '--to', 'read', ...reason)).code,
    ).toBe(1);
    const lowered = await toolgate(
      'operator',
      'autonomy',
      'lower',
      'lead-router',
      '--to',
      'propose',
      ...reason,
    );
    expect(lowered.stdout).toMatch(/may now +propose/);
    expect(await post()).toBe(403);
    expect((await router.get('/v1/me')).body['autonomy']).toMatchObject({ mode: 'propose', why: 'lowered' });
    expect((await toolgate('owner', ...raise)).stdout).toMatch(/may now +propose, as before/);
    const own = await toolgate('owner', ...raise);
    expect(own.code).toBe(1);
    expect(own.stderr).toContain('another person must put it in force');
    expect(await post()).toBe(403);
    expect((await toolgate('commander', ...raise)).stdout).toMatch(/may now +execute/);
    expect(await post()).toBe(200);
    expect((await toolgate('commander', ...raise)).stderr).toContain('may execute already');
  });

  test('an agent that uses up its error budget is noted once, and goes on', async () => {
    expect([await post('C0ELSEWHERE'), await post('C0ELSEWHERE')]).toEqual([403, 403]);
    const noted = async (): Promise<unknown[]> => {
      const answer = await gate.ops('auditor', 'GET', '/journal?kind=autonomy.would-fall');
      return (await answer.json<{ entries: { data: object }[] }>()).entries.map(({ data }) => data);
    };
    const [first] = await eventually(async () => ((await noted()).length > 0 ? noted() : undefined));
    expect(first).toMatchObject({ agent: 'lead-router', evidence: { violations: 2 } });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await noted()).toHaveLength(1);
    expect(await post()).toBe(200);
    const { stdout } = await toolgate('auditor', 'autonomy', '--json');
    const views = JSON.parse(stdout) as AutonomyView[];
    expect(views.find(({ agent }) => agent === 'lead-router')).toMatchObject({
      mode: 'execute',
      falls: false,
    });
  });
});

describe('toolgate readiness', () => {
  test('shows what is missing and what to do, and its exit code says that it is not ready', async () => {
    const { code, stdout } = await toolgate('auditor', 'readiness', 'lead-router');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ready +NO$/m);
    expect(stdout).toMatch(/^pass +redaction/m);
    expect(stdout).toMatch(/^FAIL +kill-switch/m);
    expect(stdout).toContain('kill-switch: toolgate drill stop --target agent:lead-router');
    expect(stdout).toContain('sign-off-legal: toolgate readiness lead-router --sign legal --reason "…"');
  });

  test('has a contact tested by the mailbox of the sandbox, which the one who asked does not answer', async () => {
    const asked = await toolgate(
      'owner',
      'readiness',
      'lead-router',
      '--contact',
      'technical',
      '--out',
      mailbox,
    );
    const mail = readFileSync(join(mailbox, 'lead-router-technical.txt'), 'utf8');
    const code = /--answer ([0-9a-f]{12})/.exec(mail)![1]!;
    expect(mail).toMatch(/^To: .+@acme\.example$/m);
    expect(asked.code).toBe(0);
    expect(asked.stdout).not.toContain(code);
    const own = await toolgate('owner', 'readiness', 'lead-router', '--answer', code);
    expect(own).toMatchObject({ code: 1, stderr: expect.stringContaining('somebody else answers it') });
    const answered = await toolgate('commander', 'readiness', 'lead-router', '--answer', code);
    expect(answered.stdout).toContain('good for 90 days');
    const { stdout } = await toolgate('auditor', 'readiness', 'lead-router', '--json');
    const { checks } = JSON.parse(stdout) as Readiness;
    expect(checks.find(({ id }) => id === 'contact-technical')?.status).toBe('pass');
  });

  test('signs by role; nothing of a code is in the journal', async () => {
    const sign = async (person: string, as: string) =>
      toolgate(person, 'readiness', 'lead-router', '--sign', as, ...reason);
    expect((await sign('operator', 'legal')).stderr).toContain('has the role auditor');
    expect((await sign('auditor', 'legal')).stdout).toMatch(/signed as +legal/);
    // The local owner is an incident commander as well, and signs once all the same.
    expect((await sign('owner', 'business')).code).toBe(0);
    expect((await sign('owner', 'security')).stderr).toContain('You signed as business already');
    expect((await sign('commander', 'security')).code).toBe(0);
    const test = await gate.ops('owner', 'POST', '/agents/lead-router/contact-tests', {
      contact: 'incident',
    });
    const { code } = await test.json<ContactTest>();
    const journal = await eventually(async () => {
      const text = await (await gate.ops('auditor', 'GET', '/journal/export')).text();
      // The newest entry of this test: what is before it in control's journal has come, too.
      return text.includes('"contact":"incident"') ? text : undefined;
    });
    expect(journal).toContain('readiness.signed');
    expect(journal).not.toContain(code);
  });

  test.each([
    [['readiness', 'Not-An-Agent'], 2, 'is no agent'],
    [['readiness', 'lead-router', '--contact', 'boss'], 2, 'business, technical, incident'],
    [['readiness', 'lead-router', '--contact', 'business', '--answer', '0'], 2, 'One of'],
    [['readiness', 'lead-router', '--sign', 'legal'], 2, '--reason'],
    [['readiness', 'lead-router', '--answer', 'nonsense'], 1, '12 hex digits'],
    [['readiness', 'no-such-agent'], 1, 'No agent no-such-agent'],
    [['autonomy', 'raise', 'lead-router', '--to', 'fly', '--reason', 'x'], 2, 'read | propose | execute'],
    [['autonomy', 'lower', 'lead-router', '--to', 'read'], 2, '--reason'],
    [['autonomy', 'lower', 'no-such-agent', '--to', 'read', '--reason', 'x'], 1, 'No agent no-such-agent'],
  ])('%s: exit code %i, says %s', async (args, code, words) => {
    const ran = await toolgate('owner', ...args);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(words);
  });
});
