import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BREAK_GLASS_KEY } from '../../flags/upstash.ts';
import { eventually } from '../flow/support.ts';
import type { GateUnderTest } from '../harness.ts';
import type { Fault } from './fault-proxy.ts';
import { startLoad } from './load.ts';
import { startRedis, type RedisPeer } from './redis.ts';
import {
  bootFollowing,
  create,
  listLeads,
  pushFlags,
  readCompany,
  resume,
  sourceOf,
  stop,
  stopOf,
  stopsOf,
  untilItReads,
} from './support.ts';
import { startUnleash, type UnleashPeer } from './unleash.ts';

let redis: RedisPeer;
let unleash: UnleashPeer;
let gate: GateUnderTest;

beforeAll(async () => {
  redis = await startRedis();
  unleash = await startUnleash();
  await pushFlags(unleash);
  gate = await bootFollowing({ unleash, redis });
  await untilItReads(gate);
}, 120_000);
afterAll(async () => {
  await gate?.close();
  await unleash?.close();
  await redis?.close();
});
afterEach(async () => {
  unleash.server().thaw();
  await redis.command('DEL', BREAK_GLASS_KEY);
  for (const { target } of (await stopsOf(gate)).stops) {
    await eventually(async () => ((await stopOf(gate, target))?.held === true ? undefined : true), 20_000);
    await resume(gate, target);
  }
  await untilItReads(gate);
});

const soon = { timeout: 15_000, interval: 100 };
const because = async (): Promise<unknown> => (await readCompany(gate)).body['because'];

describe('the break-glass set', () => {
  test('stops its members and nothing else, and latches', async () => {
    await redis.command('SADD', BREAK_GLASS_KEY, 'tool:crm', 'agent:support-agent');
    await expect.poll(because, soon).toEqual(['tool:crm']);
    expect((await listLeads(gate)).status).toBe(200);
    expect((await listLeads(gate, 'support-agent')).body).toMatchObject({ because: ['agent:support-agent'] });
    expect(await stopOf(gate, 'tool:crm')).toMatchObject({ source: 'break-glass', held: true });
    expect((await resume(gate, 'tool:crm')).status).toBe(409);

    await redis.command('SREM', BREAK_GLASS_KEY, 'tool:crm');
    await expect.poll(async () => stopOf(gate, 'tool:crm'), soon).toMatchObject({ held: false });
    expect(await because()).toEqual(['tool:crm']);
    expect((await resume(gate, 'tool:crm')).status).toBe(200);
    await untilItReads(gate);
  });

  test('stops everything for a member that names no target', async () => {
    await redis.command('SADD', BREAK_GLASS_KEY, 'tool:');
    await expect.poll(because, soon).toEqual(['all']);
  });

  test('is blind, and opens nothing, when its key is of another type', async () => {
    await redis.command('SADD', BREAK_GLASS_KEY, 'tool:crm');
    await expect.poll(because, soon).toEqual(['tool:crm']);
    await redis.command('DEL', BREAK_GLASS_KEY);
    await redis.command('SET', BREAK_GLASS_KEY, 'all');
    await expect
      .poll(async () => sourceOf(gate, 'break-glass'), soon)
      .toMatchObject({ state: 'silent', detail: expect.stringMatching(/blind/) });
    expect(await because()).toEqual(['tool:crm']);
  });

  test('stops while Unleash is frozen', async () => {
    unleash.server().freeze();
    await redis.command('SADD', BREAK_GLASS_KEY, 'all');
    await expect.poll(because, soon).toEqual(['all']);
    unleash.server().thaw();
  });
});

type Act = () => Promise<unknown>;

const ways: { name: string; take: Act; bring: Act }[] = [
  { name: 'killed', take: async () => redis.server().kill(), bring: async () => redis.restart() },
  {
    name: 'frozen with SIGSTOP',
    take: async () => redis.server().freeze(),
    bring: async () => redis.server().thaw(),
  },
  { name: 'answering garbage', ...fault({ kind: 'answer', status: 200, body: '<html>hello</html>' }) },
  { name: 'answering an empty object', ...fault({ kind: 'answer', status: 200, body: '{}' }) },
  { name: 'answering 500', ...fault({ kind: 'answer', status: 500, body: '{"error":"boom"}' }) },
  { name: 'not taking the token', take: async () => redis.revoke(), bring: async () => redis.restore() },
  { name: 'cut off', ...fault({ kind: 'truncated' }) },
];

function fault(of: Fault): { take: Act; bring: Act } {
  return {
    take: async () => {
      redis.proxy.fault = of;
    },
    bring: async () => {
      redis.proxy.fault = { kind: 'none' };
    },
  };
}

describe.each(ways)('with Redis $name', ({ take, bring }) => {
  test(
    'the gate is break-glass blind and says so; nothing opens, nothing else stops, people can stop; then it heals',
    { timeout: 60_000 },
    async () => {
      await redis.command('SADD', BREAK_GLASS_KEY, 'tool:crm');
      await expect.poll(because, soon).toEqual(['tool:crm']);
      const reading = startLoad(gate.agent('lead-router'), 100);
      try {
        const since = new Date().toISOString();
        await take();
        await expect
          .poll(async () => sourceOf(gate, 'break-glass'), soon)
          .toMatchObject({ state: 'silent', detail: expect.stringMatching(/Break-glass blind/) });
        // It is told aloud once it lasts: an alert, and an entry of the journal, with nothing of the command or token.
        const entry = await eventually(async () => silentEntry(since), 20_000);
        expect(JSON.stringify(entry)).not.toMatch(new RegExp(`smembers|${redis.token}`, 'i'));

        expect(await because()).toEqual(['tool:crm']);
        expect(await stopOf(gate, 'tool:crm')).toMatchObject({ source: 'break-glass', held: true });
        await stop(gate, 'agent:support-agent');
        expect((await listLeads(gate, 'support-agent')).status).toBe(423);
        expect((await resume(gate, 'agent:support-agent')).status).toBe(200);
      } finally {
        await bring();
        await reading.stop();
      }
      expect(Object.keys(reading.counts)).toEqual(['200']);
      await expect.poll(async () => sourceOf(gate, 'break-glass'), soon).toMatchObject({ state: 'fresh' });
      // What it says again counts again.
      await redis.command('SADD', BREAK_GLASS_KEY, 'action:leads.lead.list');
      await expect.poll(async () => (await listLeads(gate)).status, soon).toBe(423);
      expect((await create(gate)).status).toBe(423);
    },
  );
});

/** The journal's word that the set has been silent for a while. */
async function silentEntry(since: string): Promise<unknown> {
  const query = `/journal?kind=source.silent&since=${encodeURIComponent(since)}`;
  const { entries } = await (
    await gate.ops('auditor', 'GET', query)
  ).json<{ entries: { data: Record<string, unknown> }[] }>();
  return entries.find(({ data }) => data['source'] === 'break-glass');
}
