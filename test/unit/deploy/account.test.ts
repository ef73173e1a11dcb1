import { describe, expect, test } from 'vitest';
import type { Deployable } from '../../../bin/lib/deploy-configs.ts';
import { makePlan, secretCommands, showPlan } from '../../../bin/lib/deploy-plan.ts';
import { readAnswer, type Account } from '../../../bin/lib/deploy-wrangler.ts';

const tokenless =
  "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable";

describe('what wrangler says of a Worker', () => {
  test.each<[string, number | null, string, string, Account]>([
    ['a list', 0, '[{"name":"KEY","type":"secret_text"}]', '', { state: 'exists', secrets: ['KEY'] }],
    ['no such Worker', 1, '', 'This Worker does not exist. [code: 10007]', { state: 'absent' }],
    ['no login', 1, '', tokenless, { state: 'unknown', why: 'not logged in' }],
    ['an outage', 1, '', 'first\nfetch failed\n', { state: 'unknown', why: 'fetch failed' }],
    ['no program', null, '', 'spawn wrangler ENOENT', { state: 'unknown', why: 'spawn wrangler ENOENT' }],
    [
      'no list',
      0,
      'Logged in!',
      '',
      { state: 'unknown', why: 'wrangler secret list did not answer with a list' },
    ],
  ])('%s', (_, code, stdout, output, expected) => {
    expect(readAnswer({ code, stdout, output })).toEqual(expected);
  });
});

const bare = { routes: [], sideDoors: [], services: [], objects: [], migrations: [], vars: {}, alone: {} };
const ledger: Deployable = {
  ...bare,
  name: 'toolgate-ledger-production',
  worker: 'ledger',
  configPath: 'workers/ledger/wrangler.toml',
  secrets: ['CHECKPOINT_PRIVATE_KEY', 'SIEM_TOKEN'],
};
const people: Deployable = {
  ...bare,
  name: 'toolgate-console-production',
  worker: 'console',
  configPath: 'workers/console/wrangler.toml',
  routes: ['console.acme.test'],
  secrets: [],
};

function plan(account: Record<string, Account>) {
  return makePlan('production', [ledger, people], new Map(Object.entries(account)));
}

describe('a plan', () => {
  const there: Account = { state: 'exists', secrets: ['CHECKPOINT_PRIVATE_KEY'] };

  test('names the secrets that are missing, and how to put them', () => {
    const made = plan({ [ledger.name]: there, [people.name]: { state: 'exists', secrets: [] } });
    expect(made).toMatchObject({ firstDeploy: false, drains: true, objectsFirst: [] });
    expect(secretCommands(made)).toEqual([
      'npx wrangler secret put SIEM_TOKEN --env production --config workers/ledger/wrangler.toml',
    ]);
  });

  test('of a first deploy drains nothing, and makes what secrets are put on', () => {
    const made = plan({ [ledger.name]: { state: 'absent' }, [people.name]: { state: 'absent' } });
    expect(made).toMatchObject({ firstDeploy: true, drains: false });
    expect(made.objectsFirst.map(({ worker }) => worker)).toEqual(['ledger']);
  });

  test('after a first phase is no first deploy, and still has nothing to drain', () => {
    const made = plan({ [ledger.name]: there, [people.name]: { state: 'absent' } });
    expect(made).toMatchObject({ firstDeploy: false, drains: false, objectsFirst: [] });
  });

  test('says unknown, never none, when the account cannot be asked', () => {
    const silent: Account = { state: 'unknown', why: 'not logged in' };
    const made = plan({ [ledger.name]: silent, [people.name]: silent });
    expect(made).toMatchObject({ firstDeploy: null, drains: null, unknown: 'not logged in' });
    expect(made.asConfigured.find(({ worker }) => worker === 'ledger')?.missingSecrets).toBeNull();
    expect(showPlan(made)).toContain('unknown: not logged in');
  });

  test('points at hosts and people that are still the examples', () => {
    const example = {
      ...people,
      routes: ['console.toolgate.example'],
      vars: { ACCESS_AUDIENCE: 'set-me', PEOPLE: '{}', VENDOR_ORIGIN: 'https://set-me.example' },
    };
    const made = makePlan('production', [example], new Map());
    expect(made.placeholders).toHaveLength(4);
    expect(plan({}).placeholders).toEqual([]);
  });
});
