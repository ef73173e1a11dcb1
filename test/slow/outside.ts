import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allSwitches } from '../../flags/switches.ts';
import { compileGovernance } from '../../bin/lib/governance.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { root } from '../harness.ts';

/** What a server says, or how it fails. */
export type Behaviour = 'answers' | 'silent' | 'failing' | 'garbage' | 'unauthorised';

interface FlagDocument {
  name: string;
  enabled: boolean;
  strategies: object[];
}

/**
 * Stands where Unleash and Redis are: serves a features document with an entity tag and a set of targets, and can be
 * silent. The real servers are in test/peers; this one can be made to say what they never would.
 */
export class Outside {
  unleash: Behaviour = 'answers';
  redis: Behaviour = 'answers';
  flags = new Map<string, FlagDocument>();
  breakGlass: unknown[] = [];
  /** Requests, by what they asked for. */
  asked = { unleash: 0, notModified: 0, redis: 0 };
  /** Every switch there is. */
  names: readonly string[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<Outside> {
    const outside = new Outside();
    const compiled = await compileGovernance(root);
    if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
    const manifests = Object.values(compiled.governance.manifests);
    const switches = allSwitches({
      agents: manifests.map(({ agent }) => agent),
      workflows: manifests.map(({ workflow }) => workflow),
      tools: [...catalogue.values()].map(({ tool }) => tool),
      actions: catalogue.keys(),
    });
    outside.names = switches.map(({ name }) => name);
    outside.allOn();
    await new Promise<void>((resolve) => outside.#server.listen(0, '127.0.0.1', resolve));
    return outside;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Control's settings for following both. */
  get settings(): Record<string, string> {
    return {
      UNLEASH_URL: `${this.url}/api`,
      UNLEASH_TOKEN: 'default:sandbox.token-of-unleash',
      UNLEASH_WEBHOOK_SECRET: 'secret-of-the-webhook',
      UPSTASH_REDIS_REST_URL: `${this.url}/redis`,
      UPSTASH_REDIS_REST_TOKEN: 'token-of-redis',
    };
  }

  set(name: string, change: Partial<FlagDocument>): void {
    this.flags.set(name, { name, enabled: true, strategies: [], ...change });
  }

  allOn(): void {
    this.flags = new Map(this.names.map((name) => [name, { name, enabled: true, strategies: [] }]));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const ofUnleash = request.url === '/api/client/features';
    this.asked[ofUnleash ? 'unleash' : 'redis'] += 1;
    const behaviour = ofUnleash ? this.unleash : this.redis;
    if (behaviour === 'silent') return;
    if (behaviour === 'failing') return void response.writeHead(503).end();
    if (behaviour === 'unauthorised') return void response.writeHead(401).end('{"error":"Unauthorized"}');
    if (behaviour === 'garbage') return void response.end('<html>maintenance</html>');
    if (ofUnleash) return this.#features(request, response);
    response.end(JSON.stringify({ result: this.breakGlass.map((member) => btoa(String(member))) }));
  }

  #features(request: IncomingMessage, response: ServerResponse): void {
    const body = JSON.stringify({ version: 2, features: [...this.flags.values()] });
    const etag = `"${Buffer.from(body).toString('base64').length}-${hash(body)}"`;
    if (request.headers['if-none-match'] === etag) {
      this.asked.notModified += 1;
      return void response.writeHead(304, { etag }).end();
    }
    response.writeHead(200, { etag, 'content-type': 'application/json' }).end(body);
  }
}

function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) | 0;
  return value;
}
