import { describe, expect, test } from 'vitest';
import { readDeployConfigs, type Deployable } from '../../../bin/lib/deploy-configs.ts';
import { phasesOf, topologyFaults } from '../../../bin/lib/deploy-order.ts';
import { root } from '../../harness.ts';

/** A Worker that binds the named ones, and owns one object. */
function worker(name: string, binds: string[] = [], more: Partial<Deployable> = {}): Deployable {
  return {
    name: `toolgate-${name}`,
    worker: name,
    configPath: `workers/${name}/wrangler.toml`,
    routes: [],
    sideDoors: [],
    services: binds.map((target) => ({ binding: target.toUpperCase(), service: `toolgate-${target}` })),
    objects: [{ binding: 'OBJECT', className: 'Thing', script: `toolgate-${name}` }],
    migrations: [{ tag: 'v1', creates: ['Thing'] }],
    secrets: [],
    vars: {},
    alone: {},
    ...more,
  };
}

/** A binding of another Worker's object. */
function holds(script: string): Deployable['objects'][number] {
  return { binding: 'OTHER', className: 'Thing', script: `toolgate-${script}` };
}

function names(workers: readonly Deployable[]): string[] {
  return workers.map(({ worker: name }) => name);
}

describe('the order', () => {
  test('puts whoever is bound before whoever binds it', () => {
    const set = [worker('console', ['control']), worker('control', ['ledger']), worker('ledger')];
    expect(names(phasesOf(set).second)).toEqual(['ledger', 'control', 'console']);
    expect(phasesOf(set).first).toEqual([]);
  });

  test('breaks a circle with a first phase, and ends it with the one that binds most', () => {
    const set = [
      worker('console', ['control']),
      worker('guard', ['control', 'crm', 'ledger']),
      worker('control', ['guard', 'ledger']),
      worker('crm', ['guard']),
      worker('ledger'),
    ];
    const { first, second } = phasesOf(set);
    expect(names(first)).toEqual(['control', 'crm', 'guard']);
    expect(names(second)).toEqual(['ledger', 'crm', 'control', 'guard', 'console']);
  });

  test('puts in the first phase, too, what has secrets, and whose objects it binds', () => {
    const set = [
      worker('gateway', [], { secrets: ['KEY'], objects: [holds('guard')] }),
      worker('guard'),
      worker('ledger'),
    ];
    expect(names(phasesOf(set).first)).toEqual(['guard', 'gateway']);
  });

  test('does not depend on the order in which configs are found', () => {
    const set = [worker('a', ['b', 'c']), worker('b', ['a']), worker('c', ['b']), worker('d', ['a', 'c'])];
    const expected = names(phasesOf(set).second);
    expect(names(phasesOf([...set].reverse()).second)).toEqual(expected);
    expect(expected.at(-1)).toBe('d');
  });
});

describe('configs that cannot be deployed are refused, with file and remedy', () => {
  test.each<[string, Deployable[], RegExp]>([
    [
      'an unknown binding target',
      [worker('guard', ['vault'])],
      /guard\/wrangler\.toml: VAULT binds toolgate-vault, which no config deploys/,
    ],
    [
      'a binding to the sandbox',
      [worker('crm', ['sandbox'])],
      /SANDBOX binds toolgate-sandbox: the sandbox is never deployed/,
    ],
    [
      'an object of a Worker that is not there',
      [worker('gateway', [], { objects: [holds('guard')] })],
      /OTHER binds an object of toolgate-guard, which no config deploys/,
    ],
    [
      'an object that no migration creates',
      [worker('guard', [], { migrations: [] })],
      /OBJECT binds Thing of toolgate-guard, and no migration in workers\/guard\/wrangler\.toml creates it/,
    ],
    [
      'a circle of objects',
      [
        worker('a', [], { objects: [holds('b')] }),
        worker('b', [], { objects: [holds('a')] }),
        worker('c', [], { objects: [holds('a')] }),
      ],
      /^toolgate-a, toolgate-b bind one another's Durable Objects in a circle/,
    ],
    [
      'a route to a Worker that should have none',
      [worker('guard', [], { routes: ['guard.example.com'] })],
      /guard has the route guard\.example\.com, and nobody may reach it from outside/,
    ],
    [
      'a side door',
      [worker('console', [], { sideDoors: ['workers_dev'] })],
      /workers_dev = true opens console beside its own host/,
    ],
    [
      'one route twice',
      [worker('console', [], { routes: ['a.test'] }), worker('leads', [], { routes: ['a.test'] })],
      /two Workers have the route a\.test/,
    ],
    ['one name twice', [worker('leads'), worker('leads')], /two configs deploy as toolgate-leads/],
  ])('%s', (_, set, fault) => {
    expect(topologyFaults(set)).toContainEqual(expect.stringMatching(fault));
  });

  test('a circle of services is none of them: the first phase breaks it', () => {
    expect(topologyFaults([worker('a', ['b']), worker('b', ['a'])])).toEqual([]);
  });
});

describe("this repository's own configs", () => {
  test('can be deployed to production, without the sandbox, and every binding comes after its target exists', async () => {
    const configs = await readDeployConfigs(root, 'production');
    if (!configs.ok) throw new Error(configs.errors.join('\n'));
    expect(topologyFaults(configs.workers)).toEqual([]);
    expect(names(configs.workers)).not.toContain('sandbox');
    const { first, second } = phasesOf(configs.workers);
    const there = new Set(names(first));
    for (const { worker: name, services, objects } of second) {
      const needed = [...services.map(({ service }) => service), ...objects.map(({ script }) => script)];
      for (const target of needed) {
        const found = configs.workers.find((one) => one.name === target)?.worker ?? target;
        if (found !== name) expect(there, `${name} needs ${found}`).toContain(found);
      }
      there.add(name);
    }
  });

  test('have no staging, and are told what to write, each by its file', async () => {
    const configs = await readDeployConfigs(root, 'staging');
    expect(configs.ok).toBe(false);
    if (configs.ok) return;
    expect(configs.errors).toContainEqual(
      expect.stringMatching(/^workers\/guard\/wrangler\.toml: has no \[env\.staging\]/),
    );
    expect(configs.errors.some((error) => error.includes('sandbox'))).toBe(false);
  });
});
