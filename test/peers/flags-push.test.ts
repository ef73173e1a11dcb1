import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseFeatures, type Features } from '../../flags/unleash.ts';
import { toolgate, type Told } from './toolgate.ts';
import { startUnleash, type UnleashPeer } from './unleash.ts';

let unleash: UnleashPeer;
beforeAll(async () => {
  unleash = await startUnleash();
});
afterAll(async () => unleash?.close());

interface Pushed {
  created: string[];
  there: { name: string; on: boolean }[];
  failed: string[];
  warnings: string[];
}

async function push(...args: string[]): Promise<Told> {
  const env = { UNLEASH_URL: unleash.directApi, UNLEASH_ADMIN_TOKEN: unleash.adminToken };
  return toolgate(['flags', 'push', ...args], env);
}
async function pushed(...args: string[]): Promise<Pushed> {
  const told = await push('--json', ...args);
  expect(told.exit, told.stdout + told.stderr).toBe(0);
  return JSON.parse(told.stdout) as Pushed;
}
/** What a gate with this environment's token reads. */
async function read(environment: 'development' | 'production' = 'development'): Promise<Features> {
  const answer = await fetch(`${unleash.api}/client/features`, {
    headers: { authorization: unleash.clientTokens[environment] },
  });
  const features = parseFeatures(await answer.text());
  if (!features) throw new Error('no features document');
  return features;
}

describe('toolgate flags push', () => {
  let first: Pushed;

  test('says what it would do, and does nothing, in a dry run', async () => {
    const { created } = await pushed('--dry-run');
    expect(created).toContain('gate.enabled');
    expect((await read()).names()).toEqual([]);
  });

  test('makes every switch in a real server, of the type kill-switch, on for everybody', async () => {
    first = await pushed();
    expect(first.created).toEqual(
      expect.arrayContaining([
        'gate.enabled',
        'workflow.lead-routing.enabled',
        'agent.lead-router.enabled',
        'tool.crm.enabled',
        'action.crm.company.read.enabled',
      ]),
    );
    await expect
      .poll(async () => (await read()).names().sort(), { timeout: 5_000 })
      .toEqual([...first.created].sort());
    const features = await read();
    const off = first.created.filter((name) => !features.isEnabled(name, { userId: 'lead-router' }));
    expect(off).toEqual([]);
    const { features: listed } = await unleash.admin<{ features: { type: string }[] }>(
      'GET',
      '/projects/default/features',
    );
    expect(new Set(listed.map(({ type }) => type))).toEqual(new Set(['kill-switch']));
  });

  test('makes the context fields that constraints are made over', async () => {
    const fields = await unleash.admin<{ name: string }[]>('GET', '/context');
    expect(fields.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['userId', 'workflow', 'tool', 'action', 'mode', 'environment']),
    );
  });

  test('turns new switches on in its own environment only', async () => {
    const features = await read('production');
    expect(first.created.filter((name) => features.state(name) === 'on')).toEqual([]);
  });

  test('done again changes nothing, and never turns on what a person turned off', async () => {
    await unleash.toggle('tool.crm.enabled', false);
    const again = await pushed();
    expect(again.created).toEqual([]);
    expect(again.there).toContainEqual({ name: 'tool.crm.enabled', on: false });
    expect(again.warnings).toEqual([expect.stringMatching(/^tool\.crm\.enabled is off in development/)]);
    await expect.poll(async () => (await read()).state('tool.crm.enabled'), { timeout: 5_000 }).toBe('off');
    await unleash.toggle('tool.crm.enabled', true);
  });

  test('warns the person who made kill-all and turned it on that it does nothing', async () => {
    await unleash.createFlag('kill-all', { type: 'release', on: true });
    const { exit, stdout } = await push();
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /WARNING: "kill-all" is ON in development and DOES NOTHING.*turn gate\.enabled off/,
    );
  });

  test('makes an archived switch not anew, and says so', async () => {
    await unleash.archive('tool.chat.enabled');
    const { exit, stdout } = await push();
    expect(exit).toBe(1);
    expect(stdout).toMatch(/FAILED\s+tool\.chat\.enabled: .*archived/i);
    // Archived is off, for as long as nobody revives it.
    await expect
      .poll(async () => (await read()).state('tool.chat.enabled'), { timeout: 5_000 })
      .toBe('missing');
  });

  test('fails aloud with a token that is not accepted and a server that is away, and never shows the token', async () => {
    const wrong = await toolgate(['flags', 'push'], {
      UNLEASH_URL: unleash.directApi,
      UNLEASH_ADMIN_TOKEN: '*:*.wrongsecret',
    });
    expect(wrong.exit).toBe(1);
    expect(wrong.stdout + wrong.stderr).toMatch(/UNLEASH_ADMIN_TOKEN is not accepted/);
    const nobody = { UNLEASH_URL: 'http://127.0.0.1:9', UNLEASH_ADMIN_TOKEN: '*:*.wrongsecret' };
    const away = await toolgate(['flags', 'push'], nobody);
    expect(away.exit).toBe(3);
    expect(away.stdout + away.stderr).toMatch(/cannot be reached/);
    expect(wrong.stdout + wrong.stderr + away.stdout + away.stderr).not.toContain('wrongsecret');
  });
});
