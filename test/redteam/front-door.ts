/** One loopback port for agents, people, sites, hooks and the simulated vendors, by path: as the sandbox has it. */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** The port that a path leads to, and the path there. */
export type Lead = (path: string) => { port: number; path: string };

export class FrontDoor {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `lead` is asked for each request, as ports change when the gate is started again. */
  static async open(lead: Lead): Promise<FrontDoor> {
    const server = createServer((asked, answer) => pass(asked, answer, lead));
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FrontDoor(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Passes a request through as it is, its host too: tokens are good at one origin only. */
function pass(asked: IncomingMessage, answer: ServerResponse, lead: Lead): void {
  const { port, path } = lead(asked.url ?? '/');
  const { method, headers } = asked;
  const sent = request({ host: '127.0.0.1', port, method, path, headers });
  sent.on('response', (theirs) => {
    answer.writeHead(theirs.statusCode ?? 502, theirs.headers);
    theirs.pipe(answer);
  });
  sent.on('error', () => answer.destroy());
  asked.pipe(sent);
}
