/**
 * A vendor in a process of its own, so that what it saw outlives the gate: answers like the vendors do, after a while, and
 * tells its parent of each request with the time at which it arrived.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Milliseconds until the answer: `[at least, at most]`, and how many of a hundred take `slow` instead. */
let delays = { usual: [2, 40], slow: [800, 1_600], slowPercent: 2 };

function answerTo(path: string): unknown {
  if (path.startsWith('/api/chat.postMessage')) return slackPosted();
  if (path.startsWith('/crm/v3/objects/companies/')) return hubspotCompany();
  return { data: { domain: 'acme.example', name: 'Acme' }, meta: {} };
}

function slackPosted(): unknown {
  const ts = '1795400000.000100';
  return {
    ok: true,
    channel: 'C0RIG00001',
    ts,
    message: { type: 'message', user: 'U0RIG', text: 'posted', ts },
  };
}

function hubspotCompany(): unknown {
  const at = '2026-10-01T09:00:00.000Z';
  return {
    id: '1001',
    properties: { name: 'Acme Example', domain: 'acme.example' },
    createdAt: at,
    updatedAt: at,
  };
}

/** A request whose body says `slow` always is. */
function pause(body: string): number {
  const slow = body.includes('slow') || Math.random() * 100 < delays.slowPercent;
  const [low = 0, high = 0] = slow ? delays.slow : delays.usual;
  return low + Math.random() * (high - low);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const server = createServer((request, response) => {
  const at = Date.now();
  const path = request.url ?? '';
  void bodyOf(request).then(
    (body) => {
      process.send?.({ kind: 'request', at, path, body });
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerTo(path)));
      }, pause(body));
    },
    // The connection broke while it was read; the request did arrive.
    () => process.send?.({ kind: 'request', at, path, body: '' }),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
  process.send?.({ kind: 'port', port: (server.address() as AddressInfo).port }),
);
process.on('message', (message: { kind: string; delays?: typeof delays }) => {
  if (message.delays) delays = message.delays;
  if (message.kind === 'flush') process.send?.({ kind: 'flushed' });
});
process.on('disconnect', () => process.exit(0));
