import { describe, expect, test } from 'vitest';
import { keyringOf } from '../../../workers/vault/keyring.ts';
import { DAY, item, newKey, NOW, openVault, ring, vaultOf } from './support.ts';

describe('the Worker’s own keys', () => {
  test.each([
    [{}, 'VAULT_KEY is not set'],
    [{ VAULT_KEY: '' }, 'VAULT_KEY is not set'],
    [{ VAULT_KEY: 'short' }, 'VAULT_KEY is not 32 bytes of base64url'],
    [{ VAULT_KEY: newKey(), VAULT_KEY_PREVIOUS: 'x' }, 'VAULT_KEY_PREVIOUS is not 32 bytes of base64url'],
  ])('that are missing or no keys are refused by the name of the setting', (settings, why) => {
    expect(keyringOf(settings)).toEqual({ ok: false, why });
  });

  test('are told apart by ids that hold nothing of them', () => {
    const key = newKey();
    const [one, other] = [ring(key), ring(newKey())];
    if (!one.ok || !other.ok) throw new Error('both are keys');
    expect(one.current.id).not.toBe(other.current.id);
    expect(key).not.toContain(one.current.id);
    expect(ring(key, key)).toMatchObject({ ok: true, previous: null });
  });
});

describe('an agent’s keys', () => {
  test('are made once, and open again after the object went away', () => {
    const key = newKey();
    const { open, values } = vaultOf('lead-router');
    const keys = open(ring(key)).make(NOW);
    const one = values.seal(keys, item('ada@acme.example'), NOW, DAY);
    const again = open(ring(key)).state;
    expect(again.ok && again.keys && values.open(again.keys, one, NOW)).toBe('ada@acme.example');
  });

  test('move to a new wrapping key on waking, and then need the one before no more', () => {
    const [before, after] = [newKey(), newKey()];
    const { open, values } = vaultOf('lead-router');
    const one = values.seal(open(ring(before)).make(NOW), item('ada@acme.example'), NOW, DAY);
    expect(open(ring(after, before)).state.ok).toBe(true);
    const { state, wrappedBy } = open(ring(after));
    expect(state.ok && state.keys && values.open(state.keys, one, NOW)).toBe('ada@acme.example');
    const now = ring(after);
    expect(now.ok && now.current.id).toBe(wrappedBy);
    expect(open(ring(before)).state.ok).toBe(false);
  });

  test('stay shut under a wrong key, which makes no new ones beside them', () => {
    const { open, storage } = vaultOf('lead-router');
    open(ring(newKey())).make(NOW);
    const wrapped = storage.sql.exec('SELECT * FROM wrapped_key').toArray();
    const wrong = open(ring(newKey(), newKey()));
    expect(wrong.state).toMatchObject({ ok: false, why: expect.stringContaining('VAULT_KEY') });
    expect(() => wrong.make(NOW)).toThrow('VAULT_KEY');
    expect(() => open(keyringOf({})).make(NOW)).toThrow('VAULT_KEY is not set');
    expect(storage.sql.exec('SELECT * FROM wrapped_key').toArray()).toEqual(wrapped);
  });

  test('of one agent do not open as another’s', () => {
    const key = newKey();
    const [mine, theirs] = [vaultOf('lead-router'), vaultOf('support-agent')];
    mine.open(ring(key)).make(NOW);
    for (const row of mine.storage.sql.exec<Record<string, SqlStorageValue>>('SELECT * FROM wrapped_key'))
      theirs.storage.sql.exec('INSERT INTO wrapped_key VALUES (?, ?, ?, ?, ?)', ...Object.values(row));
    expect(theirs.open(ring(key)).state).toMatchObject({
      ok: false,
      why: expect.stringContaining('damaged'),
    });
  });

  test('to data are rotated: older values open until they are encrypted anew, then the old key is gone', () => {
    const { values, store, keys, storage } = openVault();
    const people = Array.from({ length: 7 }, (_, n) => `p${n}@acme.example`);
    const before = people.map((one) => values.seal(keys, item(one), NOW, DAY));
    expect(store.rotate(NOW)).toBe(2);
    const now = store.make(NOW);
    const after = values.seal(now, item('new@acme.example'), NOW, DAY);
    expect(values.behind(now)).toBe(7);
    expect(values.renew(now, 3)).toBe(3);
    expect(before.map((one) => values.open(now, one, NOW))).toEqual(people);
    values.renew(now, 10);
    store.retire(now.current);
    const left = store.make(NOW);
    expect([...left.data.keys()]).toEqual([2]);
    expect([...before, after].map((one) => values.open(left, one, NOW))).toEqual([
      ...people,
      'new@acme.example',
    ]);
    // The same value keeps its placeholder: what it is told again by is no data key.
    expect(values.seal(left, item('p0@acme.example'), NOW, DAY)).toBe(before[0]);
    expect(storage.sql.exec("SELECT n FROM wrapped_key WHERE kind = 'data'").toArray()).toHaveLength(1);
  });
});
