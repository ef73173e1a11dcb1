import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scripts } from '../../../bin/exercises/index.ts';
import { realVendors } from '../../../bin/lib/exercise/simulated.ts';
import { Stage } from '../../../bin/lib/exercise/stage.ts';

const script = scripts['budget-overrun'];
const read = { method: 'GET', path: '/v25.0/[number]', at: 1 };

let server: Server;
let gate: string;
/** How the stand-in for a gate behaves. */
let log: object[] | null;
let status: number;
let logs: boolean;
beforeEach(async () => {
  [log, status, logs] = [[read], 200, true];
  server = createServer((request, response) => {
    const answer = (code: number, body: unknown): void => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/oauth/token') return answer(200, { access_token: 'a', expires_in: 600 });
    if (request.url?.startsWith('/simulator'))
      return log ? answer(200, log) : answer(404, { code: 'not-found' });
    // A tool whose vendor is the simulator leaves a line in its log.
    if (logs && status === 200) log?.push(read);
    return answer(status, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gate = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => new Promise((resolve) => server.close(resolve)));

async function look(): Promise<string | null> {
  const credentials = { client_id: 'exercise-agent', client_secret: 's' };
  const access = { gate, token: undefined };
  return realVendors(
    new Stage({ gate, agent: script.agent, credentials, access, approvers: [] }),
    gate,
    script,
  );
}

describe('before an exercise changes anything', () => {
  test('goes on where the simulator has logged what the tool asked its vendor', async () => {
    expect(await look()).toBe(null);
  });

  test('ends where the tool asks another vendor, though a simulator stands beside it', async () => {
    logs = false;
    expect(await look()).toContain('simulated vendors only');
  });

  test('ends where nobody simulates anything', async () => {
    log = null;
    expect(await look()).toContain('simulated vendors only');
  });

  test('ends where the agent may not even look, and says where to see why', async () => {
    status = 404;
    expect(await look()).toContain('toolgate manifest show exercise-agent');
  });
});
