import { createServer, request as ask, Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands between the gate and a peer. `none` hands everything on. */
export type Fault =
  | { kind: 'none' }
  /** An answer of its own; the peer is not asked. */
  | { kind: 'answer'; status: number; body?: string; headers?: Record<string, string> }
  /** The peer's answer, but late. */
  | { kind: 'slow'; milliseconds: number }
  /** The peer's answer cut off in the middle: the length is promised in full. */
  | { kind: 'truncated' }
  /** Takes the request and never answers. */
  | { kind: 'hang' }
  /** Closes the connection without a word. */
  | { kind: 'closed' };

export interface Seen {
  at: number;
  method: string;
  path: string;
  /** The entity tag that the asker holds. */
  ifNoneMatch: string | undefined;
  /** Of the answer; 0 while or when there is none. */
  status: number;
}

export interface FaultProxy {
  origin: string;
  fault: Fault;
  /** Where the peer is; a restart may move it. */
  upstream: number;
  /** Every request since the beginning, oldest first, faults included. */
  seen: Seen[];
  close(): Promise<void>;
}

/** A loopback proxy in front of a peer, under the test's control. `upstream` is the peer's port. */
export async function startFaultProxy(upstream: number): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const waiting = new Set<NodeJS.Timeout>();
  const server = createServer((request, response) => {
    const seen: Seen = {
      at: Date.now(),
      method: request.method ?? '',
      path: request.url ?? '',
      ifNoneMatch: request.headers['if-none-match'],
      status: 0,
    };
    proxy.seen.push(seen);
    response.once('finish', () => {
      seen.status = response.statusCode;
    });
    meet(proxy.fault, request, response);
  });

  function meet(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
    switch (fault.kind) {
      case 'none':
        return handOn(request, response, false);
      case 'truncated':
        return handOn(request, response, true);
      case 'slow': {
        const timer = setTimeout(() => {
          waiting.delete(timer);
          handOn(request, response, false);
        }, fault.milliseconds);
        waiting.add(timer);
        return undefined;
      }
      case 'answer': {
        const headers = { 'content-type': 'application/json', ...fault.headers };
        request.resume();
        response.writeHead(fault.status, headers).end(fault.body);
        return undefined;
      }
      case 'closed':
        request.socket.destroy();
        return undefined;
      case 'hang':
        return undefined;
    }
  }

  function handOn(request: IncomingMessage, response: ServerResponse, cut: boolean): void {
    const { method, url, headers } = request;
    const up = ask(
      { agent, host: '127.0.0.1', port: proxy.upstream, method, path: url, headers },
      (answer) => {
        if (cut) return cutOff(answer, response);
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    // A peer that is away is a connection that breaks, as if nothing stood in between.
    up.once('error', () => request.socket.destroy());
    response.once('close', () => up.destroy());
    request.pipe(up);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: { kind: 'none' },
    upstream,
    seen: [],
    close: async () => {
      for (const timer of waiting) clearTimeout(timer);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

/** Sends half of the body under the length of all of it, then breaks the connection. */
function cutOff(answer: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.once('end', () => {
    const body = Buffer.concat(chunks);
    const headers = { ...answer.headers, 'content-length': String(body.length) };
    delete (headers as Record<string, unknown>)['transfer-encoding'];
    response.writeHead(answer.statusCode ?? 502, headers);
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
  });
}
