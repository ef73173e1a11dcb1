import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommandLine } from '../../../bin/lib/run.ts';
import type { MeterView } from '../../../shared/meters.ts';
import type { AgentLimits } from '../../../shared/rpc.ts';

const meter: MeterView = {
  kind: 'budget',
  measure: 'records',
  currency: null,
  max: 100,
  per: 3_600,
  each: null,
  action: '*',
  used: 40,
  left: 60,
};

const found: AgentLimits = {
  agent: 'lead-router',
  workflow: 'lead-routing',
  manifestVersion: 3,
  policyVersion: 'ps_0123456789abcdef',
  limits: [{ action: 'crm.contact.update', max: 30, per: 60, remaining: 12 }],
  budgets: [
    {
      ...meter,
      measure: 'spend',
      currency: 'EUR',
      per: null,
      each: 'campaign',
      by: [{ name: 'spring\u001b[2J', used: 90, left: 10 }],
    },
  ],
  radius: [{ ...meter, kind: 'radius', measure: 'accounts', max: 3, per: 86_400, used: 1, left: 2 }],
  shared: [
    { of: 'workflow:lead-routing', limits: [meter] },
    { of: 'vendor:crm', limits: null },
  ],
};

let server: Server;
let asked = '';
beforeAll(async () => {
  server = createServer((request, answer) => {
    asked = request.url ?? '';
    answer.setHeader('content-type', 'application/json').end(JSON.stringify(found));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => server.close());

async function toolgate(...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const { port } = server.address() as AddressInfo;
  const env = { TOOLGATE_GATE: `http://127.0.0.1:${port}`, TOOLGATE_TOKEN: 'a-token' };
  const code = await runCommandLine(args, env, { stdout: sink, stderr: sink });
  return { code, text };
}

test('toolgate limits shows each limit with what is used and left, and which pool does not answer', async () => {
  const { code, text } = await toolgate('limits', 'lead-router');
  expect([code, asked]).toEqual([0, '/ops/v1/agents/lead-router/limits']);
  const lines = text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
  expect(lines).toContain('agent | calls of crm.contact.update | in 60 s | 18 | 12 | 30');
  expect(text).toMatch(/spend in EUR, campaign spring\S* +ever +0\.90 +0\.10 +1\.00/);
  expect(lines).toContain('agent | different accounts | a day | 1 | 2 | 3');
  expect(lines).toContain('workflow:lead-routing | records | an hour | 40 | 60 | 100');
  expect(text).toContain('Not known: vendor:crm does not answer');
  expect(text).not.toContain('\u001b');
});

test('toolgate limits --json prints what the gate says', async () => {
  const { text } = await toolgate('limits', 'lead-router', '--json');
  expect(JSON.parse(text)).toEqual(found);
});

test('toolgate limits asks for an agent', async () => {
  expect((await toolgate('limits')).code).toBe(2);
});
