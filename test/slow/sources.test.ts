import { compileGovernance } from '../../bin/lib/governance.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GateClient } from '../../examples/gate-client.ts';
import type { FlagsView, StopsView } from '../../shared/rpc.ts';
import { governanceVersion, type Governance } from '../../shared/governance.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';
import { Outside } from './outside.ts';
import { newId } from '../../shared/ids.ts';
import { eventually, simulatorLog } from '../flow/support.ts';

let outside: Outside;
let gate: GateUnderTest;
let router: GateClient;
let company = '';
let keys = 0;

beforeAll(async () => {
  outside = await Outside.start();
  gate = await bootGate({ vars: { control: outside.settings }, govern: false });
  const answer = await gate.ops('owner', 'PUT', '/governance', await unlimited());
  expect(answer.status).toBe(200);
  router = gate.agent('lead-router');
  const companies = await fetch(`${gate.url.origin}/simulator/hubspot/records/companies`);
  company = (await companies.json<{ id: string }[]>())[0]?.id ?? '';
});
afterAll(async () => {
  await gate.close();
  await outside.close();
});

afterEach(async () => {
  outside.unleash = 'answers';
  outside.redis = 'answers';
  outside.allOn();
  outside.breakGlass = [];
  await eventually(async () => {
    const stops = await resumeAll();
    const open = (await read()).status === 200 && (await post()).status === 200;
    return stops === 0 && open ? true : undefined;
  }, 20_000);
});

async function read() {
  return router.call('crm.company.read', { id: company }, { mode: 'read' });
}

async function post() {
  keys += 1;
  const because = { goal: 'tell the team', explanation: 'A lead came in.' };
  const input = { channel: 'C0LEADS001', text: `message ${keys}` };
  const answer = await router.call('chat.message.post', input, {
    mode: 'execute',
    key: `post-${keys}`,
    because,
  });
  // Slack takes one message a second; a call that got as far as that was let through.
  return { ...answer, status: answer.status === 502 ? 200 : answer.status };
}

async function view(): Promise<StopsView> {
  return (await gate.ops('operator', 'GET', '/stops')).json<StopsView>();
}

async function resume(target: string): Promise<Response> {
  return gate.ops('operator', 'DELETE', `/stops/${target}`, { reason: 'the test is over' });
}

/** The repository's governance without limits: these tests call until something changes. */
async function unlimited(): Promise<Governance> {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  const { version: _, ...rest } = structuredClone(compiled.governance);
  for (const manifest of Object.values(rest.manifests)) manifest.limits = [];
  return { version: governanceVersion(rest), ...rest };
}

/** Tries to end each stop that can be; returns how many there were. */
async function resumeAll(): Promise<number> {
  const { stops } = await view();
  for (const { target } of stops.filter(({ held }) => !held)) {
    for (const person of ['operator', 'operator2', 'owner']) {
      await gate.ops(person, 'DELETE', `/stops/${target}`, { reason: 'the test is over' });
    }
  }
  return stops.length;
}

async function stopOf(target: string, source: string): Promise<StopsView['stops'][number] | undefined> {
  return (await view()).stops.find((stop) => stop.target === target && stop.source === source);
}

async function journaled(kind: string): Promise<Record<string, unknown>[]> {
  const answer = await gate.ops('auditor', 'GET', `/journal?kind=${kind}&limit=50`);
  return (await answer.json<{ entries: { data: Record<string, unknown> }[] }>()).entries.map(
    ({ data }) => data,
  );
}

/** Calls until one is refused; when that was, and how. */
async function untilRefused(call: () => ReturnType<typeof read>, milliseconds = 5_000) {
  return eventually(async () => {
    const answer = await call();
    return answer.status === 423 ? { body: answer.body, at: Date.now() } : undefined;
  }, milliseconds);
}

describe('a flag that is turned off in Unleash', () => {
  test('stops its target within moments, with a receipt, and says which source did', async () => {
    expect((await read()).status).toBe(200);
    outside.set('tool.crm.enabled', { enabled: false });
    const turnedOff = Date.now();
    const refused = await untilRefused(read);
    expect(refused.at - turnedOff).toBeLessThan(2_500);
    expect(refused.body).toMatchObject({ code: 'stopped', because: ['tool:crm'] });
    const requests = (await simulatorLog(gate, 'hubspot')).length;
    expect((await read()).status).toBe(423);
    expect(await simulatorLog(gate, 'hubspot')).toHaveLength(requests);
    expect(await stopOf('tool:crm', 'unleash')).toMatchObject({
      source: 'unleash',
      by: 'unleash',
      held: true,
      reason: 'tool.crm.enabled is off.',
    });
    // Another tool goes on.
    expect((await post()).status).toBe(200);
    const entry = await eventually(async () =>
      (await journaled('stop.confirmed')).find(({ target }) => target === 'tool:crm'),
    );
    expect(entry).toMatchObject({ target: 'tool:crm' });
  });

  test('and on again is only resumable: a person ends the stop, and not before', async () => {
    outside.set('tool.crm.enabled', { enabled: false });
    await untilRefused(read);
    expect((await resume('tool:crm')).status).toBe(409);
    outside.set('tool.crm.enabled', { enabled: true });
    await eventually(async () => ((await stopOf('tool:crm', 'unleash'))?.held === false ? true : undefined));
    expect((await read()).status).toBe(423);
    expect((await resume('tool:crm')).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  test("is not lifted by the resume of a person's own stop of the same target", async () => {
    outside.set('tool.crm.enabled', { enabled: false });
    await untilRefused(read);
    await gate.ops('operator', 'POST', '/stops', { target: 'tool:crm', reason: 'me too' });
    expect((await view()).stops.map(({ target, source }) => [target, source])).toEqual(
      expect.arrayContaining([
        ['tool:crm', 'people'],
        ['tool:crm', 'unleash'],
      ]),
    );
    await resume('tool:crm');
    expect((await read()).status).toBe(423);
    expect((await view()).stops.map(({ source }) => source)).toEqual(['unleash']);
  });

  test('stops as well when it is archived', async () => {
    outside.flags.delete('action.crm.company.read.enabled');
    expect((await untilRefused(read)).body).toMatchObject({ because: ['action:crm.company.read'] });
  });

  test('is seen at once when its webhook says so, and only then with the right secret', async () => {
    const hook = async (authorization: string): Promise<number> => {
      const headers = { authorization };
      const body = '{"type":"feature-environment-enabled"}';
      return (await fetch(`${gate.url.origin}/hooks/unleash`, { method: 'POST', headers, body })).status;
    };
    await read();
    expect(await hook('Bearer wrong')).toBe(401);
    expect(await hook('')).toBe(401);
    const before = outside.asked.unleash;
    outside.set('tool.crm.enabled', { enabled: false });
    expect(await hook('secret-of-the-webhook')).toBe(204);
    await eventually(async () => (outside.asked.unleash > before ? true : undefined), 900);
    await untilRefused(read, 900);
    expect((await fetch(`${gate.url.origin}/hooks/unleash`)).status).toBe(405);
    expect((await fetch(`${gate.url.origin}/hooks/elsewhere`, { method: 'POST' })).status).toBe(404);
  });
});

describe('a rollout in Unleash', () => {
  const only = (contextName: string, ...values: string[]): object => ({
    strategies: [
      {
        name: 'default',
        parameters: {},
        constraints: [{ contextName, operator: 'IN', values, inverted: false }],
      },
    ],
  });

  test('closes to one agent and not to another, latches nothing, and opens by itself', async () => {
    await read();
    outside.set('tool.crm.enabled', only('userId', 'content-writer'));
    const { body } = await untilRefused(read);
    expect(body).toMatchObject({ code: 'stopped', because: ['tool.crm.enabled'] });
    const writer = await gate
      .agent('content-writer')
      .call('crm.company.read', { id: company }, { mode: 'read' });
    expect(writer.status).not.toBe(423);
    expect((await view()).stops).toEqual([]);
    outside.set('tool.crm.enabled', {});
    await eventually(async () => ((await read()).status === 200 ? true : undefined), 5_000);
  });

  test('closes one mode and leaves the others open', async () => {
    await post();
    outside.set('gate.enabled', only('mode', 'read', 'propose'));
    expect((await untilRefused(post)).body).toMatchObject({ because: ['gate.enabled'] });
    expect((await read()).status).toBe(200);
  });

  test('is journaled with what got narrower and what wider', async () => {
    await read();
    outside.set('action.crm.company.read.enabled', only('workflow', 'content'));
    await untilRefused(read);
    outside.set('action.crm.company.read.enabled', {});
    await eventually(async () => ((await read()).status === 200 ? true : undefined), 5_000);
    const line = 'action.crm.company.read.enabled lead-router crm.company.read:read';
    const narrowed = await eventually(async () => {
      const entries = await journaled('flags.changed');
      const has = (side: 'narrower' | 'wider'): boolean =>
        entries.some((entry) => (entry[side] as string[]).includes(line));
      return has('narrower') && has('wider') ? entries : undefined;
    });
    expect(narrowed[0]).toMatchObject({ source: 'unleash', epoch: expect.any(Number) });
  });

  test('shows in the list of flags, with a warning about flags that nothing reads', async () => {
    await read();
    outside.set('kill-all', { enabled: true });
    outside.set('tool.crm.enabled', only('userId', 'content-writer'));
    await untilRefused(read);
    const { source, flags, doNothing } = await (
      await gate.ops('operator', 'GET', '/flags')
    ).json<FlagsView>();
    expect(source).toBe('unleash');
    expect(doNothing).toEqual(['kill-all']);
    const found = flags.find(({ name }) => name === 'tool.crm.enabled');
    expect(found).toMatchObject({ target: 'tool:crm', state: 'rollout' });
    expect(found?.closed).toContain('lead-router crm.company.read:read');
  });

  test('is not set here while Unleash serves', async () => {
    const body = { enabled: false, reason: 'a test' };
    expect((await gate.ops('operator', 'PUT', '/flags/tool.crm.enabled', body)).status).toBe(409);
  });
});

describe('the break-glass set', () => {
  test('stops what it names, also while Unleash is down, and only a person ends it', async () => {
    await read();
    outside.unleash = 'failing';
    outside.breakGlass = ['tool:crm'];
    expect((await untilRefused(read)).body).toMatchObject({ because: ['tool:crm'] });
    expect(await stopOf('tool:crm', 'break-glass')).toMatchObject({ held: true, by: 'break-glass' });
    outside.breakGlass = [];
    await eventually(async () =>
      (await stopOf('tool:crm', 'break-glass'))?.held === false ? true : undefined,
    );
    expect((await read()).status).toBe(423);
    await resume('tool:crm');
    expect((await read()).status).toBe(200);
  });

  test('stops everything when a member names no target', async () => {
    await read();
    outside.breakGlass = ['tool:crm', 'evrything'];
    await untilRefused(post);
    const stop = await stopOf('all', 'break-glass');
    expect(stop?.reason).toMatch(/name no target/);
    expect(JSON.stringify(await view())).not.toContain('evrything');
  });

  test.each(['silent', 'failing', 'garbage', 'unauthorised'] as const)(
    'that is %s neither opens nor stops, and is shown as blind',
    async (behaviour) => {
      await read();
      outside.redis = behaviour;
      const source = await eventually(async () =>
        (await view()).sources.find(({ name, state }) => name === 'break-glass' && state === 'silent'),
      );
      expect(source.detail).toMatch(/Break-glass blind/);
      expect(source.detail).not.toMatch(/smembers|token-of-redis/i);
      expect([(await read()).status, (await post()).status]).toEqual([200, 200]);
    },
  );
});

describe('a silent Unleash', () => {
  test.each(['silent', 'unauthorised'] as const)(
    'that is %s: execute stops after ten seconds, reads go on, nothing is latched, and both open when it is heard',
    async (behaviour) => {
      expect((await post()).status).toBe(200);
      outside.unleash = behaviour;
      const since = Date.now();
      const refused = await untilRefused(post, 15_000);
      expect(refused.body).toMatchObject({ code: 'stopped', because: ['source-silent'] });
      expect(refused.at - since).toBeGreaterThan(6_000);
      expect(refused.at - since).toBeLessThan(10_700);
      expect((await read()).status).toBe(200);
      const { stops, sources } = await view();
      expect(stops).toEqual([]);
      const source = sources.find(({ name }) => name === 'unleash');
      expect(source).toMatchObject({ state: 'silent', lastHeard: expect.any(String) });
      expect(source?.detail).not.toContain('token-of-unleash');
      if (behaviour === 'unauthorised') expect(source?.detail).toMatch(/UNLEASH_TOKEN is not accepted/);
      outside.unleash = 'answers';
      await eventually(async () => ((await post()).status === 200 ? true : undefined), 4_000);
    },
  );

  test('is told to the audit log when it begins and when it ends', async () => {
    const entries = await eventually(async () => {
      const [silent, heard] = [await journaled('source.silent'), await journaled('source.heard')];
      const both = [silent, heard].map((found) => found.find(({ source }) => source === 'unleash'));
      return both[0] && both[1] ? both : undefined;
    });
    expect(entries[0]).toMatchObject({ source: 'unleash', detail: expect.any(String) });
  });

  test('does not stop a kill from Redis, nor one that Unleash had told of before', async () => {
    await read();
    outside.set('tool.crm.enabled', { enabled: false });
    await untilRefused(read);
    outside.unleash = 'silent';
    await gate.evict('toolgate-control', 'Control', 'control');
    expect((await read()).status).toBe(423);
    expect(await stopOf('tool:crm', 'unleash')).toMatchObject({ held: true });
  });

  test('does not keep a person from cancelling what an agent had scheduled', async () => {
    const postAt = new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '');
    const input = { channel: 'C0LEADS001', text: 'later', postAt };
    const because = { goal: 'a test', explanation: 'of silence' };
    // The tests before may have used the agent's calls of this minute up.
    const { body } = await eventually(async () => {
      const options = { mode: 'execute' as const, key: newId('call', Date.now()), because };
      const answer = await router.call('chat.message.schedule', input, options);
      if (answer.status !== 429) expect(answer.status).toBe(200);
      return answer.status === 200 ? answer : undefined;
    }, 65_000);
    outside.unleash = 'silent';
    await untilRefused(post, 15_000);
    const order = { reason: 'a test', agent: 'lead-router' };
    const answer = await gate.ops('operator', 'POST', `/calls/${String(body['call'])}/cancel`, order);
    expect(await answer.json()).toMatchObject({ kind: 'cancel', outcome: 'succeeded' });
  }, 120_000);

  test('at a cold start admits no execute that it cannot answer for', async () => {
    await post();
    outside.unleash = 'silent';
    await untilRefused(post, 15_000);
    await gate.evict('toolgate-control', 'Control', 'control');
    await gate.evict('toolgate-guard', 'Guard', 'lead-router');
    expect((await post()).body).toMatchObject({ because: ['source-silent'] });
    expect((await read()).status).toBe(200);
  });
});

describe('polls', () => {
  test('go on each second while a lease is live, are answered 304, and end with the leases', async () => {
    await read();
    const before = { ...outside.asked };
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const asked = outside.asked.unleash - before.unleash;
    expect(asked).toBeGreaterThanOrEqual(2);
    expect(asked).toBeLessThanOrEqual(4);
    expect(outside.asked.notModified - before.notModified).toBe(asked);
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    const idle = outside.asked.unleash;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(outside.asked.unleash).toBe(idle);
    expect((await read()).status).toBe(200);
    expect(outside.asked.unleash).toBeGreaterThan(idle);
  });

  test('are asked anew when a person resumes, so that a flag turned on while nothing ran is known', async () => {
    await eventually(async () => ((await read()).status === 200 ? true : undefined));
    outside.set('tool.crm.enabled', { enabled: false });
    await untilRefused(read);
    await eventually(async () => {
      const before = outside.asked.unleash;
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      return outside.asked.unleash === before ? true : undefined;
    }, 20_000);
    outside.set('tool.crm.enabled', { enabled: true });
    expect((await resume('tool:crm')).status).toBe(200);
  });
});
