/** Every secret of a real gate is looked for everywhere, after its vendors gave away each one that they were sent. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playSupport } from '../../bin/lib/demo/support.ts';
import { Stage } from '../../bin/lib/demo/stage.ts';
import { readWorkerSecrets, writeWorkerSecrets } from '../../bin/lib/dev-vars.ts';
import type { LocalGate } from '../../bin/lib/local-gate.ts';
import { isSecret } from '../../bin/lib/secret-times.ts';
import { findWorkers } from '../../bin/lib/workers.ts';
import { GateClient } from '../../examples/gate-client.ts';
import { makeCheckout, type Checkout } from '../faults/checkout.ts';
import { root } from '../harness.ts';
import { actions, exampleOf } from '../worker/tools-kit.ts';
import { canary, foundIn, leaksBelow, plain, type Canary } from './canaries.ts';
import { eventually } from './support.ts';

/** Hashes of agents' secrets. */
const PUBLIC = ['AGENT_CLIENTS'];
/** What the sources of stops and a rotation hold, where no start makes anything. */
const planted = {
  control: {
    UNLEASH_TOKEN: 'canary-unleash-9f1c2a7d4be85630',
    UNLEASH_WEBHOOK_SECRET: 'canary-webhook-1b7e09d2c4a6f835',
    UPSTASH_REDIS_REST_TOKEN: 'canary-redis-0c3d5e7f9a1b2c4d',
  },
  crm: { NEXT_HUBSPOT_READ_TOKEN: 'canary-next-4d5e6f7a8b9c0d1e' },
};

let checkout: Checkout;
let gate: LocalGate;
let canaries: Canary[];
/** All that the gate answered to anybody. */
const answers: string[] = [];

beforeAll(async () => {
  checkout = await makeCheckout();
  betweenToolsAndVendors(checkout.folder);
  writeWorkerSecrets(checkout.folder, planted);
  gate = await checkout.start();
  canaries = canariesOf(checkout.folder);
  await useIt();
}, 240_000);
afterAll(async () => {
  await gate?.process.stop();
  checkout?.remove();
});

/** Puts the Worker that echoes in front of every simulated vendor. */
function betweenToolsAndVendors(folder: string): void {
  const names: string[] = [];
  for (const { configPath } of findWorkers(folder)) {
    const text = readFileSync(join(folder, configPath), 'utf8');
    const bound = /binding = "VENDOR"\nservice = "toolgate-sandbox"\nentrypoint = "(\w+)"/.exec(text);
    if (!bound) continue;
    names.push(bound[1] ?? '');
    const [whole] = bound;
    writeFileSync(
      join(folder, configPath),
      text.replace(whole, whole.replace('toolgate-sandbox', 'toolgate-echo')),
    );
  }
  cpSync(join(root, 'test/rig/echo'), join(folder, 'workers/echo'), { recursive: true });
  const services = names.map(
    (name) => `[[services]]\nbinding = "${name}"\nservice = "toolgate-sandbox"\nentrypoint = "${name}"\n`,
  );
  const head = 'name = "toolgate-echo"\nmain = "index.ts"\ncompatibility_date = "2026-10-01"\n';
  writeFileSync(join(folder, 'workers/echo/wrangler.toml'), [head, ...services].join('\n'));
}

function canariesOf(folder: string): Canary[] {
  const held = Object.entries(readWorkerSecrets(folder)).flatMap(([worker, secrets]) =>
    Object.entries(secrets)
      .filter(([name, value]) => isSecret(name, value) && !PUBLIC.includes(name))
      .map(([name, value]) => canary(`${worker} ${name}`, value)),
  );
  const clients = Object.entries(gate.local.agents).map(([agent, { client_secret }]) =>
    canary(`client of ${agent}`, client_secret),
  );
  return [...held, ...clients];
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(new URL(path, gate.local.gate), { redirect: 'manual', ...init });
  const text = await answer.text();
  answers.push(`${path} ${answer.status} ${JSON.stringify([...answer.headers])} ${text}`);
  return new Response(text, { status: answer.status, headers: answer.headers });
}

/** A story on vendors that behave; then on vendors that give away what they are sent; then everything people can look at. */
async function useIt(): Promise<void> {
  const stage = new Stage(gate.local, (text) => void answers.push(text));
  await playSupport(stage);
  await read('lead-router', 'crm.company.read', { id: '7777' });
  for (let round = 0; round < 3; round += 1) await Promise.all(agentsCalls().map(async (one) => one()));
  await strangers();
  await people();
}

const because = { goal: 'find out', explanation: 'a test of what comes back', sources: [] };

async function read(agent: string, name: string, input: unknown, mode = 'read'): Promise<void> {
  const client = gate.local.agents[agent];
  const token = client && (await new GateClient(gate.local.gate, client).token());
  const [tool = '', ...action] = name.split('.');
  await ask(`/v1/tools/${tool}/${action.join('.')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify({ mode, input, because, confidence: 90 }),
  });
}

/** Calls of every tool: reads, changes, previews and facts. */
function agentsCalls(): (() => Promise<void>)[] {
  const example = (name: string): unknown => {
    const found = actions.find((one) => one.name === name);
    return found && exampleOf(found);
  };
  const all: [string, string, string][] = [
    ['lead-router', 'crm.company.read', 'read'],
    ['lead-router', 'crm.contact.update', 'execute'],
    ['lead-router', 'enrichment.company.lookup', 'read'],
    ['lead-router', 'chat.message.post', 'execute'],
    ['content-writer', 'ads.campaign.list', 'read'],
    ['content-writer', 'ads.budget.update', 'propose'],
    ['content-writer', 'cms.post.list', 'read'],
    ['content-writer', 'cms.post.draft', 'execute'],
    ['content-writer', 'email.broadcast.read', 'read'],
    ['support-agent', 'support.conversation.read', 'read'],
  ];
  return all.map(
    ([agent, name, mode]) =>
      async () =>
        read(agent, name, example(name), mode),
  );
}

/** Whoever comes with a wrong credential, or none. */
async function strangers(): Promise<void> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'lead-router' });
  await ask('/oauth/token', { method: 'POST', body: form });
  const wrong = { authorization: 'Bearer wrong', 'x-unleash-signature': 'wrong' };
  for (const path of ['/v1/me', '/ops/v1/tools', '/hooks/unleash', '/hooks/slack', '/nowhere'])
    await ask(path, { method: 'POST', headers: wrong, body: '{"not": json' });
}

/** What people can look at: the pages of the console, the people's API, the journal. */
async function people(): Promise<void> {
  const token = gate.local.people['owner']?.token ?? '';
  const signIn = new URLSearchParams({ token, next: '/console' });
  const headers = { origin: gate.local.gate, 'sec-fetch-site': 'same-origin' };
  const signed = await ask('/console/sign-in', { method: 'POST', body: signIn, headers });
  const cookie = signed.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect(cookie).toContain('toolgate');
  const pages = [
    '',
    '/tools',
    '/calls',
    '/journal',
    '/approvals',
    '/agents',
    '/triage',
    '/stops',
    '/policies',
  ];
  for (const page of pages) {
    const shown = await ask(`/console${page}`, { headers: { cookie } });
    expect(shown.status, page).toBe(200);
  }
  await stopAndExport();
}

async function stopAndExport(): Promise<void> {
  const as = (person: string) => ({
    authorization: `Bearer ${gate.local.people[person]?.token ?? ''}`,
    'content-type': 'application/json',
  });
  const body = JSON.stringify({ target: 'tool:crm', reason: 'a test of what is said' });
  await ask('/ops/v1/stops', { method: 'POST', headers: as('operator'), body });
  for (const path of ['/status', '/stops', '/tools', '/receipts', '/approvals', '/governance'])
    await ask(`/ops/v1${path}`, { headers: as('auditor') });
  await eventually(async () => {
    const exported = await ask('/ops/v1/journal/export', { headers: as('auditor') });
    return (await exported.text()).includes('secretsRefused') ? true : undefined;
  });
}

const log = (): string => readFileSync(join(checkout.folder, '.toolgate/dev.log'), 'utf8');
/** Where secrets live, and people's and agents' own copies. */
const theirPlace = (path: string): boolean => path.endsWith('.dev.vars') || path === '.toolgate/local.json';

describe('every secret of every Worker', () => {
  test('was given away by the vendors, in each way, and they were asked with each credential', async () => {
    const told = answers.join('\n');
    expect(told).toContain('"credential"');
    expect(told).toContain('"contract"');
    expect(told).toContain('secretsRefused');
    for (const name of [
      'NEXT_HUBSPOT_READ_TOKEN',
      'HUBSPOT_WRITE_TOKEN',
      'WORDPRESS_READ_LOGIN',
      'META_READ_TOKEN',
    ])
      expect(told, name).toContain(name);
    expect(log()).toContain('vendor.credential');
    expect(log()).not.toContain('a redirect was followed');
  });

  test('would be found where it was: the search finds each of them where it lives', () => {
    expect(canaries.length).toBeGreaterThan(25);
    const places = leaksBelow(checkout.folder, canaries, theirPlace);
    const found = new Set(places.map((place) => place.slice(place.indexOf(': ') + 2)));
    expect([...found].sort()).toEqual(canaries.map(({ name }) => name).sort());
    const one = canary('one', 'tgs_0123456789abcdef');
    const inside = Buffer.from('user:tgs_0123456789abcdef').toString('base64');
    expect(foundIn([one], `x ${inside} y`)).toEqual(['one']);
  });

  test('is in no answer to an agent, a person or a stranger, and in no page and no entry of the journal', () => {
    expect(answers.length).toBeGreaterThan(60);
    expect(foundIn(canaries, answers.join('\n'))).toEqual([]);
  });

  test('is in no log and no file of the gate but those that hold it: databases with their free pages, builds and all', () => {
    const folder = checkout.folder;
    const states = leaksBelow(folder, canaries, (path) => path.startsWith('.toolgate') && !theirPlace(path));
    const builds = leaksBelow(folder, plain(canaries), (path) => path.includes('.wrangler/'));
    expect([...states, ...builds]).toEqual([]);
  });

  test('is in no list of processes', () => {
    const commands = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((id) => commandLine(id));
    expect(commands.some((command) => command.includes('workerd'))).toBe(true);
    expect(foundIn(canaries, commands.join('\n'))).toEqual([]);
  });
});

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return ''; // It has ended, or is somebody else's.
  }
}
