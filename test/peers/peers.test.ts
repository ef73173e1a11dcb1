import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRedis, type RedisPeer } from './redis.ts';
import { everybody, startUnleash, type UnleashPeer } from './unleash.ts';

/**
 * The peers by themselves: that they are what they stand for. What the gate makes of them is in the other files.
 */

interface Features {
  features: { name: string; enabled: boolean; strategies: { name: string }[] }[];
}

describe('the Unleash server', () => {
  let unleash: UnleashPeer;
  beforeAll(async () => {
    unleash = await startUnleash();
  });
  afterAll(async () => unleash.close());

  async function get(
    options: { token?: string; etag?: string; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const { token = unleash.clientTokens.development, etag, signal } = options;
    return fetch(`${unleash.api}/client/features`, {
      headers: { authorization: token, ...(etag !== undefined && { 'if-none-match': etag }) },
      ...(signal && { signal }),
    });
  }
  /** What clients are told of one flag; undefined: nothing. */
  async function told(name: string, token?: string): Promise<boolean | undefined> {
    const { features } = await (await get(token === undefined ? {} : { token })).json<Features>();
    return features.find((feature) => feature.name === name)?.enabled;
  }
  const soon = { timeout: 5_000, interval: 50 };

  test('shows a toggle to clients with a new entity tag, and 304 to those who have it', async () => {
    await unleash.createFlag('first.enabled', { on: true });
    await expect.poll(async () => told('first.enabled'), soon).toBe(true);
    const etag = (await get()).headers.get('etag') ?? '';
    expect((await get({ etag })).status).toBe(304);
    await unleash.toggle('first.enabled', false);
    await expect.poll(async () => told('first.enabled'), soon).toBe(false);
    const after = await get({ etag });
    expect(after.status).toBe(200);
    expect(after.headers.get('etag')).not.toBe(etag);
  });

  test('keeps environments apart', async () => {
    await unleash.createFlag('second.enabled', { on: true });
    await expect.poll(async () => told('second.enabled'), soon).toBe(true);
    expect(await told('second.enabled', unleash.clientTokens.production)).toBe(false);
  });

  test('hands out strategies and segments, and forgets what is archived', async () => {
    const segment = await unleash.createSegment('a campaign', [
      { contextName: 'workflow', operator: 'IN', values: ['lead-routing'] },
    ]);
    await unleash.createFlag('third.enabled', {
      on: true,
      strategies: [{ ...everybody, segments: [segment] }],
    });
    await expect.poll(async () => told('third.enabled'), soon).toBe(true);
    await unleash.setStrategies('third.enabled', [
      { name: 'default', constraints: [{ contextName: 'userId', operator: 'IN', values: ['a'] }] },
    ]);
    const strategies = async (): Promise<unknown> =>
      (await (await get()).json<Features>()).features.find(({ name }) => name === 'third.enabled')
        ?.strategies;
    await expect.poll(strategies, soon).toMatchObject([{ name: 'default' }]);
    await unleash.archive('third.enabled');
    await expect.poll(async () => told('third.enabled'), soon).toBeUndefined();
  });

  test('answers 401 to a token that was taken away, and serves it when it is valid again', async () => {
    await unleash.revoke(unleash.clientTokens.development);
    expect((await get()).status).toBe(401);
    expect((await get({ token: unleash.clientTokens.production })).status).toBe(200);
    await unleash.reissue();
    expect((await get()).status).toBe(200);
    expect(await told('second.enabled')).toBe(true);
  });

  test('says nothing while frozen, and goes on where it was when thawed', async () => {
    unleash.server().freeze();
    const answer = await get({ signal: AbortSignal.timeout(1_000) }).catch((error: unknown) => error);
    unleash.server().thaw();
    expect(answer).toMatchObject({ name: 'TimeoutError' });
    await expect.poll(async () => told('second.enabled'), soon).toBe(true);
  });

  test('has the same data after a kill and a restart', async () => {
    await unleash.server().kill();
    await expect(get()).rejects.toThrow();
    await unleash.restart();
    expect(await told('second.enabled')).toBe(true);
    expect(await told('first.enabled')).toBe(false);
  });

  test('behind the proxy answers whatever the test wants', async () => {
    const { proxy } = unleash;
    proxy.fault = { kind: 'answer', status: 503, body: 'no' };
    expect((await get()).status).toBe(503);
    proxy.fault = { kind: 'truncated' };
    await expect(get().then(async (answer) => answer.text())).rejects.toThrow();
    proxy.fault = { kind: 'closed' };
    await expect(get()).rejects.toThrow();
    proxy.fault = { kind: 'hang' };
    await expect(get({ signal: AbortSignal.timeout(300) })).rejects.toThrow();
    proxy.fault = { kind: 'slow', milliseconds: 300 };
    const before = Date.now();
    expect((await get()).status).toBe(200);
    expect(Date.now() - before).toBeGreaterThanOrEqual(299);
    proxy.fault = { kind: 'none' };
    expect((await get()).status).toBe(200);
    await expect.poll(() => proxy.seen.at(-1)).toMatchObject({ path: '/api/client/features', status: 200 });
  });
});

describe('Redis behind the bridge', () => {
  let peer: RedisPeer;
  let redis: Redis;
  beforeAll(async () => {
    peer = await startRedis();
    redis = client(peer.token);
  });
  afterAll(async () => peer.close());

  function client(token: string): Redis {
    return new Redis({ url: peer.url, token, retry: false, enableTelemetry: false });
  }

  test("serves Upstash's own client: commands, sets, pipeline and transaction", async () => {
    expect(await redis.set('key', 'größe')).toBe('OK');
    expect(await redis.get('key')).toBe('größe');
    expect(await redis.sadd('stops', 'all', 'tool:crm')).toBe(2);
    expect((await redis.smembers('stops')).sort()).toEqual(['all', 'tool:crm']);
    const results = await redis.pipeline().set('a', '1').get<string>('key').scard('stops').exec();
    expect(results).toEqual(['OK', 'größe', 2]);
    expect(await redis.multi().incr('n').incr('n').exec()).toEqual([1, 2]);
    expect(await redis.eval('return redis.call("GET", KEYS[1])', ['key'], [])).toBe('größe');
    expect(await peer.command('SISMEMBER', 'stops', 'all')).toBe(1);
  });

  test('refuses a wrong token, and one that was taken away, for a pipeline too', async () => {
    await expect(client('wrong').get('key')).rejects.toThrow(/WRONGPASS/);
    await peer.revoke();
    await expect(redis.smembers('stops')).rejects.toThrow(/WRONGPASS/);
    await expect(redis.pipeline().get('key').exec()).rejects.toThrow(/WRONGPASS/);
    await peer.restore();
    expect(await redis.get('key')).toBe('größe');
  });

  test('fails when Redis is killed, and finds the data after a restart', async () => {
    await peer.server().kill();
    await expect.poll(async () => redis.get('key').catch(() => 'failed')).toBe('failed');
    await peer.restart();
    await expect.poll(async () => redis.get('key').catch(() => 'failed'), { timeout: 5_000 }).toBe('größe');
    expect(await redis.scard('stops')).toBe(2);
  });

  test('says nothing while frozen', async () => {
    peer.server().freeze();
    const answer = await Promise.race([
      redis.get('key'),
      new Promise((resolve) => setTimeout(() => resolve('silence'), 500)),
    ]);
    peer.server().thaw();
    expect(answer).toBe('silence');
    expect(await redis.get('key')).toBe('größe');
  });
});
