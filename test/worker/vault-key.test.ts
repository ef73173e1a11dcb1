import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import { freshSecrets, type LocalSecrets } from '../../bin/lib/secrets.ts';
import { signDispatch } from '../../shared/dispatch-token.ts';
import type { ErasureDesk } from '../../shared/erasure.ts';
import type { SealItem, ToolVault, VaultDesk } from '../../shared/vault.ts';
import { root } from '../harness.ts';

let server: TestHarness;
let secrets: LocalSecrets;
let owner: string;

/** No more is needed, and so little starts again quickly. There are no inboxes, so the ledger stands in for them and answers nothing. */
const workers = ['vault', 'ledger'];

/** Binds the vault as tools and the console do. */
const asker = {
  config: {
    name: 'vault-asker',
    main: 'test/bench/floor/hello/index.ts',
    compatibility_date: '2026-10-01',
    services: ['ToolVault', 'VaultDesk', 'Erasures'].map((entrypoint) => ({
      binding: entrypoint,
      service: 'toolgate-vault',
      entrypoint,
    })),
  },
};

function options(keys: Record<string, string> = {}) {
  return {
    root,
    workers: [
      asker,
      ...workers.map((name) => ({
        configPath: `workers/${name}/wrangler.toml`,
        bindingOverrides: name === 'vault' ? { LEAD_ERASURE: 'toolgate-ledger' } : {},
        secrets: { ...secrets.workers[name], ...(name === 'vault' && keys) },
      })),
    ],
  };
}

beforeAll(async () => {
  secrets = await freshSecrets(['lead-router']);
  owner = secrets.local.people['owner']?.token ?? '';
  server = createTestHarness(options());
  await server.listen();
});
afterAll(async () => server.close());

async function entrypoint<T>(name: string): Promise<T> {
  const env = await server.getWorker<Record<string, T>>('vault-asker').getEnv();
  const bound = env[name];
  if (!bound) throw new Error(`${name} is not bound`);
  return bound;
}

function token(opens: string[] = []): string {
  const now = Date.now();
  return signDispatch(secrets.workers['guard']?.['DISPATCH_PRIVATE_KEY'] ?? '', {
    purpose: 'run',
    tool: 'crm',
    agent: 'lead-router',
    call: 'call_01JD00000000000000000000QA',
    action: 'crm.contact.read',
    contract: 'hash',
    input: 'hash',
    opens,
    epoch: 1,
    startBefore: now + 5_000,
    intentAt: now,
  });
}

const person: SealItem = {
  class: 'email',
  value: 'quin@acme.example',
  subject: null,
  how: 'whole',
  source: 'crm.contact.read email',
};

test('the Worker’s key is changed without anything lost, and a wrong one opens and makes nothing', async () => {
  const tool = async (): Promise<ToolVault> => entrypoint<ToolVault>('ToolVault');
  const look = async () => (await entrypoint<VaultDesk>('VaultDesk')).rotate(owner, { reason: 'a test' });
  const erase = async (address: string) =>
    (await entrypoint<ErasureDesk>('Erasures')).erase(owner, { whom: { person: address }, reason: 'x' });
  const sealed = await (await tool()).seal(token(), [person]);
  if (!sealed.ok) throw new Error(sealed.reason);
  const [one = ''] = sealed.value;
  // So that the index has keys of its own to lose.
  expect((await erase('nobody@acme.example')).ok).toBe(true);
  const before = secrets.workers['vault']?.['VAULT_KEY'] ?? '';
  const after = randomBytes(32).toString('base64url');

  await server.update(options({ VAULT_KEY: after, VAULT_KEY_PREVIOUS: '' }));
  expect(await (await tool()).open(token([one]), [one])).toEqual({
    ok: false,
    reason: expect.stringMatching(/the vault is closed: .*VAULT_KEY/),
  });
  expect((await (await tool()).seal(token(), [person])).ok).toBe(false);
  expect(await erase('quin@acme.example')).toMatchObject({
    ok: false,
    problem: { code: 'unavailable', detail: expect.stringContaining('VAULT_KEY') },
  });
  const shut = await look();
  expect(shut).toMatchObject({ ok: true, value: { unknown: 1 } });
  expect(JSON.stringify(shut)).not.toContain(before);

  await server.update(options({ VAULT_KEY: after, VAULT_KEY_PREVIOUS: before }));
  expect(await (await tool()).open(token([one]), [one])).toEqual({
    ok: true,
    value: { [one]: person.value },
  });
  expect(await look()).toMatchObject({ ok: true, value: { onOld: 0, unknown: 0, key: { fault: null } } });

  await server.update(options({ VAULT_KEY: after, VAULT_KEY_PREVIOUS: '' }));
  expect(await (await tool()).seal(token(), [person])).toEqual({ ok: true, value: [one] });
}, 180_000);
