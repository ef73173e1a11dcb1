import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { switchKinds, switchName } from '../../flags/switches.ts';
import { eventually } from '../flow/support.ts';
import type { GateUnderTest } from '../harness.ts';
import type { Fault } from './fault-proxy.ts';
import { startLoad, type Load } from './load.ts';
import {
  bootFollowing,
  create,
  creating,
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

/** What every switch's table promises: for how long execute and reads go on without a word of Unleash. */
const { silence } = switchKinds.gate;

let unleash: UnleashPeer;
let gate: GateUnderTest;

beforeAll(async () => {
  unleash = await startUnleash();
  await pushFlags(unleash);
  gate = await bootFollowing({ unleash });
  await untilItReads(gate);
}, 120_000);
afterAll(async () => {
  await gate?.close();
  await unleash?.close();
});

const soon = { timeout: 15_000, interval: 100 };
const executes = async (): Promise<number> => (await create(gate)).status;

/** Wrangler's test harness, through which Workers fetch here, makes a 500 of a connection that breaks. */
const unreachable = /cannot be reached|HTTP 500/;

type Act = () => Promise<unknown>;

/** Ways to take Unleash away, and to bring it back. */
const ways: { name: string; take: Act; bring: Act; says: RegExp }[] = [
  {
    name: 'killed',
    take: async () => unleash.server().kill(),
    bring: async () => unleash.restart(),
    says: unreachable,
  },
  {
    name: 'frozen with SIGSTOP',
    take: async () => unleash.server().freeze(),
    bring: async () => unleash.server().thaw(),
    says: /No answer within/,
  },
  {
    name: 'answering garbage',
    ...fault({ kind: 'answer', status: 200, body: '<html>Welcome to the proxy</html>' }),
    says: /no features document/,
  },
  { name: 'answering 500', ...fault({ kind: 'answer', status: 500 }), says: /HTTP 500/ },
  {
    name: 'not taking the token any more',
    take: async () => unleash.revoke(unleash.clientTokens.development),
    bring: async () => unleash.reissue(),
    says: /UNLEASH_TOKEN is not accepted/,
  },
];

function fault(of: Fault): { take: Act; bring: Act } {
  return {
    take: async () => {
      unleash.proxy.fault = of;
    },
    bring: async () => {
      unleash.proxy.fault = { kind: 'none' };
    },
  };
}

/** Everything on and nothing stopped. */
async function asAtFirst(): Promise<void> {
  unleash.proxy.fault = { kind: 'none' };
  unleash.server().thaw();
  for (const { target } of (await stopsOf(gate)).stops) {
    await unleash.toggle(switchName(target), true);
    await eventually(async () => ((await stopOf(gate, target))?.held === true ? undefined : true), 20_000);
    await resume(gate, target);
  }
  await untilItReads(gate);
}

describe.each(ways)('with Unleash $name', ({ name, take, bring, says }) => {
  let loads: Load[] = [];
  let away = false;
  afterEach(async () => {
    // A test that failed in the middle must not fail the next ones.
    if (away) await bring();
    await Promise.all(loads.map(async (load) => load.stop()));
    await asAtFirst();
  });

  test(
    'execute stops after the stated age, reads go on, people can stop, and nothing that was latched resumes',
    { timeout: 120_000 },
    async () => {
      // Before it goes silent somebody turns a tool off, and on again: latched, and nobody has resumed it.
      await unleash.toggle('tool.enrichment.enabled', false);
      await expect.poll(async () => stopOf(gate, 'tool:enrichment'), soon).toMatchObject({ held: true });
      await unleash.toggle('tool.enrichment.enabled', true);
      await expect.poll(async () => stopOf(gate, 'tool:enrichment'), soon).toMatchObject({ held: false });
      await expect.poll(executes, soon).toBe(200);

      const executing = startLoad(gate.agent('lead-router'), 150, creating);
      const reading = startLoad(gate.agent('support-agent'), 200);
      loads = [executing, reading];
      await sleep(1_000);
      away = true;
      await take();
      const gone = Date.now();
      await expect.poll(() => executing.status, { timeout: 25_000, interval: 50 }).toBe(423);
      const heard = unleash.proxy.seen.filter(({ at, status }) => at <= gone && [200, 304].includes(status));
      const wentOn = executing.admitted.sentAt - (heard.at(-1)?.at ?? 0);
      console.log(`Unleash ${name}: execute went on for ${wentOn} ms after the last word, reads go on`);
      expect(wentOn).toBeLessThanOrEqual(silence.execute);
      // A passing trouble at Unleash must not stop the business: it does go on for about so long.
      expect(wentOn).toBeGreaterThan(silence.execute - 3_000);
      expect((await create(gate)).body).toMatchObject({ code: 'stopped', because: ['source-silent'] });

      // Reads go on, nothing was latched by the silence, and people see what is wrong.
      await sleep(1_000);
      expect(reading.status).toBe(200);
      expect((await stopsOf(gate)).stops.map(({ target }) => target)).toEqual(['tool:enrichment']);
      expect(await sourceOf(gate, 'unleash')).toMatchObject({
        state: 'silent',
        detail: expect.stringMatching(says),
      });

      // The console needs no Unleash.
      const receipt = await stop(gate, 'tool:crm');
      expect(Date.parse(receipt.confirmedAt ?? '') - Date.parse(receipt.stopAt)).toBeLessThan(6_200);
      expect((await readCompany(gate)).body).toMatchObject({ because: ['tool:crm'] });
      expect((await resume(gate, 'tool:crm')).status).toBe(200);
      await untilItReads(gate);
      expect(executing.admitted.sentAt - (heard.at(-1)?.at ?? 0)).toBe(wentOn);
      // unleash-client would ask ever less often, or never again: the gate asks each second.
      const asked = unleash.proxy.seen.filter(({ at }) => at > gone).length;
      await sleep(3_000);
      const later = unleash.proxy.seen.filter(({ at }) => at > gone).length;
      expect(later - asked).toBeGreaterThanOrEqual(1);

      // Coming back heals by itself; a latched stop stays until a person resumes it.
      await bring();
      away = false;
      await expect.poll(() => executing.status, { timeout: 15_000 }).toBe(200);
      expect(await stopOf(gate, 'tool:enrichment')).toBeDefined();
      expect((await resume(gate, 'tool:enrichment')).status).toBe(200);
      await unleash.toggle('tool.crm.enabled', false);
      await expect.poll(async () => (await readCompany(gate)).status, soon).toBe(423);
      await unleash.toggle('tool.crm.enabled', true);
      await expect.poll(async () => stopOf(gate, 'tool:crm'), soon).toMatchObject({ held: false });
      await resume(gate, 'tool:crm');
      await untilItReads(gate);
    },
  );
});

describe('an answer of Unleash that cannot be used', () => {
  afterEach(async () => {
    unleash.proxy.fault = { kind: 'none' };
    await eventually(async () => ((await sourceOf(gate, 'unleash')).state === 'fresh' ? true : undefined));
  });
  const state = async (): Promise<string> => (await sourceOf(gate, 'unleash')).detail;

  test.each<[string, Fault, RegExp]>([
    ['cut off in the middle', { kind: 'truncated' }, /cannot be reached|no features document|HTTP 500/],
    ['never sent', { kind: 'hang' }, /No answer within/],
    ['a closed connection', { kind: 'closed' }, unreachable],
    ['503', { kind: 'answer', status: 503 }, /HTTP 503/],
    ['an empty 200', { kind: 'answer', status: 200, body: '' }, /no features document/],
    [
      'another shape',
      { kind: 'answer', status: 200, body: '{"version":2,"features":{"gate.enabled":true}}' },
      /no features document/,
    ],
    [
      'one flag twice',
      {
        kind: 'answer',
        status: 200,
        body: '{"version":2,"features":[{"name":"a","enabled":true},{"name":"a","enabled":false}]}',
      },
      /no features document/,
    ],
    [
      'endless',
      { kind: 'answer', status: 200, body: `{"version":2,"features":[],"x":"${'x'.repeat(3_000_000)}"}` },
      /larger than/,
    ],
  ])('is silence and latches nothing: %s', async (_, fault, says) => {
    await listLeads(gate);
    unleash.proxy.fault = fault;
    await expect.poll(state, soon).toMatch(says);
    expect((await stopsOf(gate)).stops).toEqual([]);
    // Its age is not yet reached.
    expect((await listLeads(gate)).status).toBe(200);
  });
});

describe('a long silence', () => {
  /** As if Unleash had been heard that long ago: control's own note of it is set back, and control begins anew from it. */
  async function heardAgo(milliseconds: number): Promise<void> {
    const control = gate.server.getWorker('toolgate-control');
    const storage = await control.getDurableObjectStorage('Control', { name: 'control' });
    await storage.exec('UPDATE heard SET at = ?', Date.now() - milliseconds);
    await control.evictDurableObject('Control', { name: 'control' });
  }
  afterAll(() => {
    unleash.proxy.fault = { kind: 'none' };
  });

  test(
    'stops reads as well, ten minutes after the last word, and heals by itself',
    { timeout: 90_000 },
    async () => {
      unleash.proxy.fault = { kind: 'closed' };
      await heardAgo(silence.read - 12_000);
      // The lease of the control before may go on for its five seconds.
      await sleep(6_000);
      expect((await listLeads(gate)).status).toBe(200);
      expect(await executes()).toBe(423);
      await expect
        .poll(async () => (await listLeads(gate)).status, { timeout: 20_000, interval: 100 })
        .toBe(423);
      expect((await listLeads(gate)).body).toMatchObject({ because: ['source-silent'] });
      unleash.proxy.fault = { kind: 'none' };
      await expect.poll(async () => (await listLeads(gate)).status, soon).toBe(200);
      await expect.poll(executes, soon).toBe(200);
    },
  );
});

test(
  'a gate that never heard Unleash runs nothing, and people can see why',
  { timeout: 60_000 },
  async () => {
    unleash.proxy.fault = { kind: 'closed' };
    const fresh = await bootFollowing({ unleash });
    try {
      expect((await listLeads(fresh)).body).toMatchObject({ code: 'stopped', because: ['source-silent'] });
      expect(await sourceOf(fresh, 'unleash')).toMatchObject({ state: 'silent', lastHeard: null });
      unleash.proxy.fault = { kind: 'none' };
      await untilItReads(fresh);
    } finally {
      unleash.proxy.fault = { kind: 'none' };
      await fresh.close();
    }
  },
);
