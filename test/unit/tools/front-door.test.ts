import { expect, test } from 'vitest';
import type { Host, Hosts } from '../../../workers/sandbox/env.ts';
import { frontDoor } from '../../../workers/sandbox/front-door.ts';

/** Hosts that answer with their name and keep what they were sent. */
function hosts(): { env: Hosts; got: Request[] } {
  const got: Request[] = [];
  const host = (name: string): Host => ({
    fetch: async (request) => {
      got.push(request);
      return new Response(name);
    },
  });
  const simulator = {
    ...host('simulator'),
    control: async () => ({ status: 200, body: 'control', headers: {} }),
  };
  const env = {
    GATEWAY: host('gateway'),
    CONSOLE: host('console'),
    LEADS: host('leads'),
    HOOKS: host('hooks'),
    SLACK_HOOKS: host('slack-hooks'),
    SIMULATOR: { getByName: () => simulator },
  };
  return { env, got };
}

test.each([
  ['/', 'gateway'],
  ['/v1/tools', 'gateway'],
  ['/oauth/token', 'gateway'],
  ['/console', 'console'],
  ['/console/stops', 'console'],
  ['/ops/v1/stops', 'console'],
  ['/leads/embed.js', 'leads'],
  ['/leads/acme-web', 'leads'],
  ['/hooks/unleash', 'hooks'],
  ['/hooks/slack', 'slack-hooks'],
  // Only whole segments count.
  ['/consoles', 'gateway'],
  ['/leadsx/y', 'gateway'],
  ['/v1/../console', 'console'],
  ['/simulator/hubspot/api/crm/v3/objects/contacts/1', 'simulator'],
  ['/simulator/hubspot/log', 'control'],
])('%s goes to the %s', async (path, name) => {
  const { env } = hosts();
  const response = await frontDoor(new Request(`http://127.0.0.1:8787${path}`), env);
  expect(await response.text()).toBe(name);
});

test('hands requests on as they came', async () => {
  const { env, got } = hosts();
  const request = new Request('http://127.0.0.1:8787/v1/tools?x=1', {
    headers: { authorization: 'Bearer x' },
  });
  await frontDoor(request, env);
  expect(got).toEqual([request]);
});

test('gives a simulated vendor its own origin, the rest of the path, and the query', async () => {
  const { env, got } = hosts();
  const url = 'http://127.0.0.1:8787/simulator/slack/api/api/chat.postMessage?a=b%20c';
  await frontDoor(
    new Request(url, { method: 'POST', body: 'text', headers: { authorization: 'Bearer x' } }),
    env,
  );
  const [sent] = got;
  expect(sent?.url).toBe('https://slack.com/api/chat.postMessage?a=b%20c');
  expect([sent?.method, sent?.headers.get('authorization'), await sent?.text()]).toEqual([
    'POST',
    'Bearer x',
    'text',
  ]);
});
