/** Stands between the gate and its vendors, and keeps every request that was sent: what happened is read here, not in answers. */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** One request that the gate sent. */
export interface Sent {
  /** Unix ms, when it arrived. */
  at: number;
  method: string;
  /** Of the vendor, such as `api.hubapi.com`. */
  host: string;
  /** With its query, as sent. */
  path: string;
  body: string;
  /** What the vendor answered; 0: nothing. */
  status: number;
  /** The gate's word to its own people, and no tool's request. */
  notice: boolean;
}

export class VendorWitness {
  readonly sent: Sent[] = [];
  readonly #server: Server;
  readonly #to: number;
  readonly #notices: ReadonlySet<string>;

  private constructor(to: number, notices: readonly string[]) {
    this.#to = to;
    this.#notices = new Set(notices);
    this.#server = createServer((asked, answer) => void this.#pass(asked, answer));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** `to`: the vendors' port. `notices`: the credentials by which the gate's word to its people is told from tools' requests. */
  static async start(to: number, notices: readonly string[]): Promise<VendorWitness> {
    const witness = new VendorWitness(to, notices);
    witness.#server.listen(0, '127.0.0.1');
    await once(witness.#server, 'listening');
    return witness;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(asked);
    const { method = '', url: path = '', headers } = asked;
    const credential = (headers.authorization ?? '').replace(/^Bearer /, '');
    const notice = this.#notices.has(credential);
    const seen = { at: Date.now(), method, host: headers.host ?? '', path, body, status: 0, notice };
    this.sent.push(seen);
    if (notice) {
      seen.status = 200;
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true,"id":"n1","ts":"1.1"}');
    } else await this.#forward(asked, seen, answer);
  }

  async #forward({ headers }: IncomingMessage, seen: Sent, answer: ServerResponse): Promise<void> {
    const { method, path } = seen;
    const sent = request({ host: '127.0.0.1', port: this.#to, method, path, headers });
    sent.on('response', (theirs) => {
      seen.status = theirs.statusCode ?? 0;
      answer.writeHead(seen.status, theirs.headers);
      theirs.pipe(answer);
    });
    // The vendors are away: what the gate makes of that is not asked here.
    sent.on('error', () => answer.destroy());
    sent.end(seen.body);
    await once(answer, 'close');
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
