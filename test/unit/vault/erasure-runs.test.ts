import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Counts } from '../../../shared/erasure.ts';
import { migrate } from '../../../shared/migrate.ts';
import type { Person } from '../../../shared/people.ts';
import type { ErasedLeads } from '../../../shared/vault.ts';
import { RECOVERY_MS } from '../../../workers/vault/erasure-store.ts';
import { ErasureRuns, type AskedErasure } from '../../../workers/vault/erasure-run.ts';
import { KeyStore } from '../../../workers/vault/key-store.ts';
import { indexMigrations } from '../../../workers/vault/migrations.ts';
import { sqlite } from '../journal/support.ts';
import { newKey, NOW, ring } from './support.ts';

const owner: Person = { email: 'owner@toolgate.example', roles: ['owner'], credential: 'hash' };
const ann = { kind: 'email', value: 'ann@acme.example' } as const;
const asked: AskedErasure = {
  whom: { persons: [ann], at: null },
  reason: 'request of ann@acme.example',
  dryRun: false,
};

/** Runs over vaults that answer, or do not, as `down` says. */
function setUp({ leads }: { leads?: ErasedLeads[] } = {}) {
  const storage = sqlite();
  migrate(storage, indexMigrations);
  const keys = new KeyStore(storage.sql, ring(newKey()), 'index');
  const down = new Set<string>();
  const asks: string[] = [];
  const entries: { kind: string; data: unknown }[] = [];
  const vault = (agent: string) => ({
    erase: async (id: string | null): Promise<{ ok: true; value: Counts }> => {
      asks.push(`${agent} ${id === null ? 'count' : 'erase'}`);
      if (down.has(agent)) throw new Error('away');
      return { ok: true, value: { email: 1 } };
    },
  });
  const inboxes = leads && { erase: async () => leads.shift() ?? { leads: 0, done: true } };
  const env = {
    VAULT: { getByName: vault },
    ...(inboxes && { LEAD_ERASURE: inboxes }),
  } as unknown as ConstructorParameters<typeof ErasureRuns>[1]['env'];
  const runs = (): ErasureRuns =>
    new ErasureRuns(storage.sql, {
      env,
      keys: () => keys.make(NOW),
      agents: () => ['content-writer', 'lead-router', 'support-agent'],
      commit: (work) => storage.transactionSync(work),
      append: (kind, data) => void entries.push({ kind, data }),
    });
  const stored = (): string =>
    JSON.stringify(storage.sql.exec('SELECT * FROM erasure').toArray()) + JSON.stringify(entries);
  return { runs, down, asks, entries, stored };
}

describe('an erasure', () => {
  test('goes on after a crash where it was, asks nobody twice, and forgets who it was about', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue(undefined);
    onTestFinished(() => said.mockRestore());
    const { runs, down, asks, entries, stored } = setUp();
    down.add('lead-router');
    const id = runs().begin(asked, owner, NOW);
    expect(await runs().pass(id)).toBe(false);
    const half = runs().store.get(id, NOW);
    expect(half).toMatchObject({ state: 'running', erasedAt: null, completeAt: null });
    expect(half?.agents.map(({ counts }) => counts)).toEqual([{ email: 1 }, null, { email: 1 }]);
    down.clear();
    asks.length = 0;
    expect(runs().begin(asked, owner, NOW)).toBe(id);
    expect(await runs().pass(id)).toBe(true);
    expect(asks).toEqual(['lead-router erase']);
    expect(await runs().pass(id)).toBe(true);
    expect(asks).toHaveLength(1);
    expect(entries.map(({ kind }) => kind)).toEqual(['erasure.started', 'erasure.erased']);
    expect(stored()).not.toContain('ann@');
    expect(runs().store.asked(id)).toBeNull();
  });

  test('is complete only when the platform’s copies are gone', async () => {
    const { runs } = setUp();
    const id = runs().begin(asked, owner, NOW);
    await runs().pass(id);
    const { store } = runs();
    const erasedAt = Date.parse(store.get(id, NOW)?.erasedAt ?? '');
    expect(store.get(id, erasedAt + RECOVERY_MS - 1)?.state).toBe('erased');
    expect(store.completing(erasedAt + RECOVERY_MS - 1)).toEqual([]);
    expect(store.get(id, erasedAt + RECOVERY_MS)?.state).toBe('complete');
    expect(store.completing(erasedAt + RECOVERY_MS)).toEqual([id]);
    expect(store.nextComplete).toBe(erasedAt + RECOVERY_MS);
    store.complete(id, erasedAt + RECOVERY_MS);
    expect(store.nextComplete).toBeNull();
  });

  test('takes as many rounds of the inboxes as they need, and is not over before', async () => {
    const { runs } = setUp({
      leads: [
        { leads: 2, done: false },
        { leads: 5, done: true },
      ],
    });
    const id = runs().begin(asked, owner, NOW);
    expect(runs().store.get(id, NOW)?.leads).toBeNull();
    expect(await runs().pass(id)).toBe(true);
    expect(runs().store.get(id, NOW)).toMatchObject({ state: 'erased', leads: 5 });
  });

  test('of the same person again is a new one, known by the same hash', async () => {
    const { runs } = setUp();
    const first = runs().begin(asked, owner, NOW);
    await runs().pass(first);
    const second = runs().begin(asked, owner, NOW);
    const other = runs().begin(
      { ...asked, whom: { persons: [{ ...ann, value: 'b@x.example' }], at: null } },
      owner,
      NOW,
    );
    const [one, two, three] = [first, second, other].map((id) => runs().store.get(id, NOW)?.person);
    expect(second).not.toBe(first);
    expect(two).toBe(one);
    expect(three).not.toBe(one);
  });

  test('of a placeholder that names nobody elsewhere stays with its agent', async () => {
    const { runs, asks } = setUp({ leads: [] });
    const whom = { persons: [], at: { agent: 'lead-router', placeholder: '[[name:77777777773]]' } };
    const id = runs().begin({ ...asked, whom }, owner, NOW);
    expect(await runs().pass(id)).toBe(true);
    expect(asks).toEqual(['lead-router erase']);
    expect(runs().store.get(id, NOW)).not.toHaveProperty('leads');
  });

  test('that is only tried erases nothing, keeps nothing, and counts all or fails', async () => {
    const { runs, down, asks, stored } = setUp();
    const before = stored();
    const counted = await runs().count(asked, owner, NOW);
    expect(counted).toMatchObject({ state: 'dry-run', agents: [{}, { counts: { email: 1 } }, {}] });
    expect(new Set(asks.map((ask) => ask.split(' ')[1]))).toEqual(new Set(['count']));
    expect(stored()).toBe(before);
    down.add('lead-router');
    await expect(runs().count(asked, owner, NOW)).rejects.toThrow('away');
  });
});
