import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readDeployConfigs, type Deployable } from '../../bin/lib/deploy-configs.ts';
import { writeAlone } from '../../bin/lib/deploy-run.ts';
import { wrangler } from '../../bin/lib/deploy-wrangler.ts';
import type { StopsView } from '../../shared/rpc.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';
import { accessTeam, checkout, type AccessTeam, type Checkout, type Ran } from './deploy-kit.ts';

let repository: Checkout;
let workers: Deployable[];
beforeAll(async () => {
  repository = checkout();
  const configs = await readDeployConfigs(repository.at, 'staging');
  if (!configs.ok) throw new Error(configs.errors.join('\n'));
  workers = configs.workers;
});
afterAll(() => rmSync(repository.at, { recursive: true, force: true }));
beforeEach(() => repository.setAccount({}));

/** An account on which everything is deployed, and has its secrets. */
function complete(): Record<string, string[]> {
  return Object.fromEntries(workers.map(({ name, secrets }) => [name, secrets]));
}

async function deploy(flags: string[] = [], env: Record<string, string> = {}): Promise<Ran> {
  return repository.toolgate(['deploy', '--env', 'staging', ...flags], env);
}

/** Which Workers were deployed, in order: `*` marks those without their bindings. */
function order(): string[] {
  return repository.deployed().map((args) => {
    const config = args[args.indexOf('--config') + 1] ?? '';
    const found = workers.find(({ configPath }) => configPath === config);
    return found?.worker ?? `*${config.split('/').at(-2)}`;
  });
}

describe('a plan', () => {
  test('shows order, routes, objects, migrations and missing secrets, and changes nothing', async () => {
    const { code, stdout } = await deploy(['--plan', '--json']);
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as {
      firstDeploy: boolean;
      objectsFirst: { worker: string }[];
      asConfigured: Record<string, unknown>[];
    };
    expect(plan.firstDeploy).toBe(true);
    expect(plan.objectsFirst.map(({ worker }) => worker)).toContain('guard');
    expect(plan.asConfigured.find(({ worker }) => worker === 'leads')).toMatchObject({
      routes: ['leads.staging.acme.test'],
      objects: ['LeadInbox', 'LeadIndex'],
      migrations: ['v1'],
    });
    expect(plan.asConfigured.find(({ worker }) => worker === 'guard')).toMatchObject({
      missingSecrets: ['DISPATCH_PRIVATE_KEY'],
    });
    expect(plan.asConfigured.some(({ worker }) => worker === 'sandbox')).toBe(false);
    expect(repository.deployed()).toEqual([]);
  });

  test('works without a login, and says so', async () => {
    const { code, stdout } = await deploy(['--plan'], { LOGGED_OUT: '1' });
    expect(code).toBe(0);
    expect(stdout).toContain('unknown: not logged in');
    expect((await deploy(['--first'], { LOGGED_OUT: '1' })).code).toBe(1);
    expect(repository.deployed()).toEqual([]);
  });
});

describe('a first deploy', () => {
  test('makes the objects, asks for the secrets, and with them deploys everything as configured', async () => {
    const first = await deploy(['--first']);
    expect(first.code).toBe(1);
    expect(order().every((name) => name.startsWith('*'))).toBe(true);
    expect(order()).toContain('*guard');
    expect(first.stdout).toContain('npx wrangler secret put DISPATCH_PRIVATE_KEY --env staging');
    expect(first.stdout).toContain('The gate was not stopped');

    repository.setAccount(
      Object.fromEntries(Object.entries(complete()).filter(([name]) => !/console/.test(name))),
    );
    const second = await deploy(['--first']);
    expect(second.stdout).toContain('Deployed to staging.');
    expect(second.code).toBe(0);
    expect(order()).toHaveLength(workers.length);
    expect(order().some((name) => name.startsWith('*') || name === 'sandbox')).toBe(false);
  });

  test('is refused where a gate is there to be drained', async () => {
    repository.setAccount(complete());
    const { code, stderr } = await deploy(['--first']);
    expect(code).toBe(2);
    expect(stderr).toContain('not the first deploy');
    expect(repository.deployed()).toEqual([]);
  });
});

describe('the configs of both phases are what wrangler itself takes', () => {
  let out: string;
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'toolgate-deploy-out-'));
  });
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test.each(['guard', 'control', 'gateway', 'leads-tool'])('%s', async (name) => {
    const worker = workers.find((one) => one.worker === name)!;
    const dry = ['deploy', '--dry-run', '--outdir', join(out, name)];
    const alone = await wrangler(root, [...dry, '--config', writeAlone(out, worker)]);
    expect(alone.output).toContain('--dry-run: exiting now.');
    expect(alone.code).toBe(0);
    expect(alone.output).not.toMatch(/\bWorker\s*$/m);
    const whole = await wrangler(repository.at, [...dry, '--config', worker.configPath, '--env', 'staging']);
    expect(whole.code).toBe(0);
    for (const { binding } of worker.services) expect(whole.output).toContain(`env.${binding} (`);
    for (const { binding } of worker.objects) expect(alone.output).toContain(`env.${binding} (`);
  });
});

describe('a deploy over a gate that runs', () => {
  let team: AccessTeam;
  let gate: GateUnderTest;
  let env: Record<string, string>;
  beforeAll(async () => {
    team = await accessTeam({ 'ada@acme.test': ['operator'], 'bob@acme.test': ['operator'] });
    const vars = Object.fromEntries(
      ['control', 'approvals', 'ledger', 'leads'].map((name) => [name, team.vars]),
    );
    gate = await bootGate({ vars, govern: false });
    env = { TOOLGATE_GATE: gate.url.origin, TOOLGATE_TOKEN: await team.token('ada@acme.test') };
  });
  afterAll(async () => {
    await gate.close();
    team.close();
  });
  beforeEach(() => repository.setAccount(complete()));

  async function ops<T>(person: string, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(new URL(`/ops/v1${path}`, gate.url), {
      method,
      headers: {
        authorization: `Bearer ${await team.token(`${person}@acme.test`)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return answer.json<T>();
  }

  async function stops(): Promise<string[]> {
    return (await ops<StopsView>('ada', 'GET', '/status')).stops.map(({ target }) => target);
  }

  async function resumed(): Promise<void> {
    for (const person of ['ada', 'bob'])
      await ops(person, 'DELETE', '/stops/all', { reason: 'after a test' });
    expect(await stops()).toEqual([]);
  }

  test('stops it, deploys everything in order, asks to resume, and says what the second person does', async () => {
    const { code, stdout, stderr } = await deploy([], env);
    expect(`${stdout}${stderr}`).toContain('Deployed to staging.');
    expect(code).toBe(0);
    expect(order()).toHaveLength(workers.length);
    expect(stdout.indexOf('stopping all')).toBeLessThan(stdout.indexOf('deploying'));
    expect(stdout).toContain('THE GATE IS STILL STOPPED');
    expect(stdout).toMatch(/A second person looks, and resumes, too, before 20\S+Z.*toolgate resume all/);
    await ops('bob', 'DELETE', '/stops/all', { reason: 'looked at it' });
    expect(await stops()).toEqual([]);
  });

  test('that fails in the middle says what is deployed and what not, and that the gate is stopped', async () => {
    const { code, stdout } = await deploy([], { ...env, FAIL_AT: 'toolgate-control-staging' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/NOT DEPLOYED as a whole: toolgate-control-staging: .*\n.*boom/);
    expect(stdout).toMatch(/^deployed .*toolgate-ledger-staging/m);
    expect(stdout).toMatch(/^not deployed +toolgate-control-staging/m);
    expect(stdout).toContain('THE GATE IS STILL STOPPED');
    expect(stdout).toContain('npx wrangler rollback --name toolgate-ledger-staging');
    expect(await stops()).toEqual(['all']);

    const again = await deploy([], env);
    expect(again.stdout).toContain('Deployed to staging.');
    expect(again.stdout).not.toContain('for another cause');
    await resumed();
  });

  test('that does not build, or lacks a secret, stops nothing', async () => {
    const unbuildable = await deploy([], { ...env, UNBUILDABLE: 'toolgate-crm-staging' });
    expect(unbuildable.code).toBe(1);
    expect(unbuildable.stdout).toContain('toolgate-crm-staging: it does not build');
    repository.setAccount({ ...complete(), 'toolgate-crm-staging': ['DISPATCH_PUBLIC_KEY'] });
    const keyless = await deploy([], env);
    expect(keyless.stdout).toContain('npx wrangler secret put HUBSPOT_READ_TOKEN --env staging');
    expect(repository.deployed()).toEqual([]);
    expect(await stops()).toEqual([]);
  });

  test('leaves a stop alone that somebody made for another cause', async () => {
    await ops('bob', 'POST', '/stops', { target: 'all', reason: 'an incident' });
    const { code, stdout } = await deploy([], env);
    expect(code).toBe(0);
    expect(stdout).toContain('Deployed to staging.');
    expect(stdout).toContain('for another cause');
    expect(await stops()).toEqual(['all']);
    await resumed();
  });

  test('leaves a stop alone that somebody else made while it deployed', async () => {
    const during = { STOP_AT: 'toolgate-guard-staging', STOP_TOKEN: await team.token('bob@acme.test') };
    const { stdout } = await deploy([], { ...env, ...during });
    expect(stdout).toContain('Deployed to staging.');
    expect(stdout).toContain('Somebody else stopped it, too');
    expect(stdout).not.toContain('resuming all');
    expect(await stops()).toEqual(['all']);
    await resumed();
  });

  // Boots a second gate, for which hooks have as long.
  test('drains no gate of another environment', async () => {
    const sandbox = await bootGate();
    const token = sandbox.secrets.local.people['operator']?.token ?? '';
    const { code, stdout } = await deploy([], { TOOLGATE_GATE: sandbox.url.origin, TOOLGATE_TOKEN: token });
    await sandbox.close();
    expect(code).toBe(1);
    expect(stdout).toContain('says that it is sandbox, not staging');
    expect(repository.deployed()).toEqual([]);
  }, 120_000);

  test('is drained unless somebody says otherwise twice in production', async () => {
    const { code, stdout } = await deploy(['--no-drain']);
    expect(code).toBe(0);
    expect(stdout).toContain('The gate was not stopped by this deploy.');
    const production = await repository.toolgate(['deploy', '--env', 'production', '--no-drain']);
    expect(production.code).toBe(2);
    expect(production.stderr).toContain('--yes-production');
  });
});
