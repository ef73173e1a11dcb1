import { randomBytes } from 'node:crypto';
import { migrate } from '../../../shared/migrate.ts';
import type { Sealable } from '../../../workers/vault/entries.ts';
import { KeyStore, type ObjectKeys } from '../../../workers/vault/key-store.ts';
import { keyringOf, type Keyring } from '../../../workers/vault/keyring.ts';
import { vaultMigrations } from '../../../workers/vault/migrations.ts';
import { PersonStore } from '../../../workers/vault/person-store.ts';
import { ValueStore } from '../../../workers/vault/value-store.ts';
import { sqlite } from '../journal/support.ts';

export const DAY = 86_400_000;
export const NOW = 1_790_000_000_000;

/** A wrapping key as the settings hold it. */
export function newKey(): string {
  return randomBytes(32).toString('base64url');
}

export function ring(now: string, before = ''): Keyring {
  return keyringOf({ VAULT_KEY: now, VAULT_KEY_PREVIOUS: before });
}

/** One agent's tables, keys and values. `random`: what placeholders are drawn from. */
export function vaultOf(agent: string, random = (): Uint8Array => randomBytes(10)) {
  const storage = sqlite();
  migrate(storage, vaultMigrations);
  const values = new ValueStore(storage.sql, random);
  const open = (settings: Keyring): KeyStore => new KeyStore(storage.sql, settings, `agent\n${agent}`);
  return { storage, values, persons: new PersonStore(storage.sql), open };
}

/** The same with keys of its own. */
export function openVault(agent = 'lead-router', random?: () => Uint8Array) {
  const vault = vaultOf(agent, random);
  const store = vault.open(ring(newKey()));
  const keys: ObjectKeys = store.make(NOW);
  return { ...vault, store, keys };
}

export function item(value: string, rest: Partial<Sealable> = {}): Sealable {
  return { class: 'email', value, subject: null, source: 'crm.contact.read email', typed: false, ...rest };
}
