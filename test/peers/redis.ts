import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { asServer, bare, lastOutput, startServer, type Server } from './processes.ts';
import { freePort } from '../free-port.ts';

/** A real Redis behind Upstash's REST protocol, with the proxy in front of which the gate sees. */
export interface RedisPeer {
  /** The gate's `UPSTASH_REDIS_REST_URL`, through the proxy. */
  url: string;
  /** The same without the proxy: for those who administer. */
  directUrl: string;
  token: string;
  proxy: FaultProxy;
  /** Redis itself; the bridge is another process. */
  server(): Server;
  /** One command straight to the bridge, as an operator's own client would; throws what Redis says when it refuses. */
  command<T>(...parts: (string | number)[]): Promise<T>;
  /** Makes the bridge take another token only: the one given out is 401 from then on. */
  revoke(): Promise<unknown>;
  restore(): Promise<unknown>;
  /** Starts Redis again after a kill, with its data, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Boots Debian's `redis-server`, the bridge and the proxy on free loopback ports. */
export async function startRedis(): Promise<RedisPeer> {
  const token = randomBytes(16).toString('hex');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'toolgate-redis-'));
  let server = await startRedisServer(port, folder);
  const bridge = await startServer('redis-bridge.mjs', { REDIS_PORT: String(port), BRIDGE_TOKEN: token });
  const proxy = await startFaultProxy(bridge.port);
  const directUrl = `http://127.0.0.1:${bridge.port}`;
  const peer: RedisPeer = {
    url: proxy.origin,
    directUrl,
    token,
    proxy,
    server: () => server,
    command: async <T>(...parts: (string | number)[]) => {
      const answer = await fetch(directUrl, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(parts),
      });
      const body = (await answer.json()) as { result: T; error?: string };
      if (!answer.ok) throw new Error(`${answer.status} ${body.error}`);
      return body.result;
    },
    revoke: async () => bridge.tell({ token: randomBytes(16).toString('hex') }),
    restore: async () => bridge.tell({ token }),
    restart: async () => {
      server = await startRedisServer(port, folder);
    },
    close: async () => {
      await bridge.kill();
      await server.kill();
      await proxy.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return peer;
}

/** With an append-only file, so that a restart finds what was there. */
async function startRedisServer(port: number, folder: string): Promise<Server> {
  const settings = ['--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'];
  const child = spawn('redis-server', ['--port', String(port), '--save', '', ...settings], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: bare({}),
  });
  const output = lastOutput(child);
  const refused = new Promise<string>((resolve) => {
    child.once('error', ({ message }) =>
      resolve(`${message}. These tests need Debian's: apt-get install redis-server`),
    );
    child.once('exit', () => resolve(`it ended at once:\n${output()}`));
  });
  const why = await Promise.race([refused, untilItAnswers(port)]);
  if (why === null) return asServer(child, port, output);
  child.kill('SIGKILL');
  throw new Error(`redis-server did not start: ${why}`);
}

/** Null once it answers a PING, else what was wrong to the end. */
async function untilItAnswers(port: number): Promise<string | null> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await pong(port)) return null;
    await sleep(50);
  }
  return 'it did not answer within 10 s';
}

async function pong(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (good: boolean): void => {
      socket.destroy();
      resolve(good);
    };
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
    socket.setTimeout(1_000, () => end(false));
  });
}
