import { randomBytes } from 'node:crypto';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { startServer, type Server } from './processes.ts';

export interface Constraint {
  contextName: string;
  operator: string;
  values?: string[];
  value?: string;
  inverted?: boolean;
}

export interface Strategy {
  name: string;
  parameters?: Record<string, string>;
  constraints?: Constraint[];
  segments?: number[];
}

/** Everybody: the strategy that Unleash's own console adds. */
export const everybody: Strategy = {
  name: 'flexibleRollout',
  parameters: { rollout: '100', stickiness: 'default', groupId: 'all' },
};

export type Environment = 'development' | 'production';

/** A real Unleash server on PGlite, with the proxy in front of which the gate sees. */
export interface UnleashPeer {
  /** The gate's `UNLEASH_URL`, through the proxy. */
  api: string;
  /** The same without the proxy: for those who administer. */
  directApi: string;
  adminToken: string;
  /** What a gate reads flags with, per environment. */
  clientTokens: Record<Environment, string>;
  proxy: FaultProxy;
  /** The Unleash server itself; its database is another process. */
  server(): Server;
  /** A request to the Admin API, as `/features/x`; throws what Unleash says when it refuses. */
  admin<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Makes a flag, off in every environment, with these strategies in `environment`. */
  createFlag(name: string, options?: FlagOptions): Promise<void>;
  /** Turns a flag on or off; resolves to when Unleash had answered. */
  toggle(name: string, on: boolean, environment?: Environment): Promise<number>;
  /** Replaces a flag's strategies. */
  setStrategies(name: string, strategies: Strategy[], environment?: Environment): Promise<void>;
  archive(name: string): Promise<void>;
  createSegment(name: string, constraints: Constraint[]): Promise<number>;
  /**
   * Sends every change of a flag to a URL, as an operator sets it up in Unleash's console.
   * Unleash keeps its list of integrations for a minute: before the first event it counts at once, after that up to a
   * minute later.
   */
  webhook(url: string, authorization: string): Promise<void>;
  /**
   * Takes a client token away: 401 from then on. Unleash itself goes on taking a deleted token for up to a minute, from a
   * cache; the restart in here is so that a test need not wait for that.
   */
  revoke(token: string): Promise<void>;
  /** Makes the tokens of the beginning valid again. */
  reissue(): Promise<void>;
  /** Kills the server and starts it again with the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface FlagOptions {
  type?: 'kill-switch' | 'release' | 'operational' | 'experiment' | 'permission';
  strategies?: Strategy[];
  environment?: Environment;
  on?: boolean;
}

/** Boots database, server and proxy on free loopback ports, the server on `port` if that is given; 5 to 10 s. */
export async function startUnleash(port = 0): Promise<UnleashPeer> {
  const secret = (): string => randomBytes(16).toString('hex');
  const adminToken = `*:*.${secret()}`;
  const clientTokens = { development: `*:development.${secret()}`, production: `*:production.${secret()}` };
  const database = await startServer('database.mjs', {});
  const start = async (): Promise<Server> =>
    startServer('unleash.mjs', {
      DATABASE_URL: `postgres://postgres:postgres@127.0.0.1:${database.port}/postgres`,
      DATABASE_SSL: 'false',
      // PGlite is one session: statements of two connections get in between each other, and Unleash ends in the middle.
      DATABASE_POOL_MAX: '1',
      INIT_ADMIN_API_TOKENS: adminToken,
      INIT_BACKEND_API_TOKENS: Object.values(clientTokens).join(','),
      // Else Unleash refuses to send webhooks to loopback.
      UNLEASH_ALLOW_LIST_INTEGRATION: '127.0.0.1',
      PEER_PORT: String(port),
    });
  let server = await start();
  const proxy = await startFaultProxy(server.port);

  async function admin<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${server.port}/api/admin${path}`, {
      method,
      headers: {
        authorization: adminToken,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  const flag = (name: string): string => `/projects/default/features/${name}`;
  const place = (name: string, environment: Environment): string =>
    `${flag(name)}/environments/${environment}`;

  const peer: UnleashPeer = {
    api: `${proxy.origin}/api`,
    get directApi() {
      return `http://127.0.0.1:${server.port}/api`;
    },
    adminToken,
    clientTokens,
    proxy,
    server: () => server,
    admin,
    createFlag: async (name, options = {}) => {
      const { type = 'kill-switch', strategies = [everybody], environment = 'development', on } = options;
      await admin('POST', '/projects/default/features', { name, type });
      await peer.setStrategies(name, strategies, environment);
      if (on === true) await peer.toggle(name, true, environment);
    },
    toggle: async (name, on, environment = 'development') => {
      await admin('POST', `${place(name, environment)}/${on ? 'on' : 'off'}`);
      return Date.now();
    },
    setStrategies: async (name, strategies, environment = 'development') => {
      const at = `${place(name, environment)}/strategies`;
      const before = await admin<{ id: string }[]>('GET', at);
      // The new ones first: a flag that is on and has none would be on for everybody.
      for (const strategy of strategies)
        await admin('POST', at, { constraints: [], parameters: {}, ...strategy });
      for (const { id } of before) await admin('DELETE', `${at}/${id}`);
    },
    archive: async (name) => admin('DELETE', flag(name)),
    createSegment: async (name, constraints) =>
      (await admin<{ id: number }>('POST', '/segments', { name, constraints })).id,
    webhook: async (url, authorization) => {
      const events = ['feature-environment-enabled', 'feature-environment-disabled', 'feature-archived'];
      const strategies = ['feature-strategy-add', 'feature-strategy-update', 'feature-strategy-remove'];
      await admin('POST', '/addons', {
        provider: 'webhook',
        enabled: true,
        description: 'toolgate',
        parameters: { url, authorization },
        events: [...events, ...strategies],
      });
    },
    revoke: async (token) => {
      await admin('DELETE', `/api-tokens/${encodeURIComponent(token)}`);
      await peer.restart();
    },
    reissue: async () => {
      // A server without any token makes those of its environment variables when it starts.
      const { tokens } = await admin<{ tokens: { secret: string }[] }>('GET', '/api-tokens');
      const others = tokens.map(({ secret }) => secret).filter((secret) => secret !== adminToken);
      for (const secret of [...others, adminToken]) {
        await admin('DELETE', `/api-tokens/${encodeURIComponent(secret)}`);
      }
      await peer.restart();
    },
    restart: async () => {
      await server.kill();
      server = await start();
      proxy.upstream = server.port;
    },
    close: async () => {
      await server.kill();
      await database.kill();
      await proxy.close();
    },
  };
  return peer;
}
