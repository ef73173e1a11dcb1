import type { Migration } from '../../shared/migrate.ts';
import type { Keyring, WrappingKey } from './keyring.ts';
import { blob, decrypted, derived, encrypted, newSecret } from './sealing.ts';

/** The table of an object's own keys, each wrapped by the Worker's. */
export const keyMigration: Migration = {
  id: 'keys',
  sql: `CREATE TABLE wrapped_key (
          kind TEXT NOT NULL,
          n INTEGER NOT NULL,
          wrapped BLOB NOT NULL,
          by TEXT NOT NULL,
          at INTEGER NOT NULL,
          PRIMARY KEY (kind, n)
        ) WITHOUT ROWID;`,
};

/** `names`: what values and people are told again by, for good. `data`: what encrypts, in versions. */
type Kind = 'names' | 'data';
type Row = { kind: Kind; n: number; wrapped: ArrayBuffer; by: string; at: number };

/** An object's keys, unwrapped. */
export interface ObjectKeys {
  names: Uint8Array;
  /** By version. */
  data: ReadonlyMap<number, Uint8Array>;
  /** The version that new values are encrypted under. */
  current: number;
}

/** `null`: it has none yet. `why`: says which setting has to be put right. */
export type Keys = { ok: true; keys: ObjectKeys | null } | { ok: false; why: string };

/** An object's keys over its own SQLite. Opened once, when the object wakes; the settings are constant while it runs. */
export class KeyStore {
  readonly #sql: SqlStorage;
  readonly #ring: Keyring;
  /** Bound to each wrapped key, so that one object's does not open as another's. */
  readonly #owner: string;
  #keys: Keys;

  /** Rewraps what hangs on the key of before. Call it where writes are allowed; it awaits nothing. */
  constructor(sql: SqlStorage, ring: Keyring, owner: string) {
    this.#sql = sql;
    this.#ring = ring;
    this.#owner = owner;
    this.#keys = this.#load();
  }

  get state(): Keys {
    return this.#keys;
  }

  /** By which of the Worker's keys all of it is wrapped; null: there is none yet. */
  get wrappedBy(): string | null {
    return this.#rows()[0]?.by ?? null;
  }

  /** When the newest data key was made (Unix ms). */
  get madeAt(): number | null {
    return this.#rows().findLast(({ kind }) => kind === 'data')?.at ?? null;
  }

  /** The keys, made if there are none. Throws where `state` is not ok. */
  make(now: number): ObjectKeys {
    if (!this.#keys.ok) throw new Error(this.#keys.why);
    if (this.#keys.keys) return this.#keys.keys;
    this.#add('names', 1, now);
    this.#add('data', 1, now);
    return this.#reload();
  }

  /** A new data key for what is sealed from now on. Returns its version. */
  rotate(now: number): number {
    const { current } = this.make(now);
    this.#add('data', current + 1, now);
    return this.#reload().current;
  }

  /** Deletes data keys that nothing hangs on any more. */
  retire(before: number): void {
    this.#sql.exec("DELETE FROM wrapped_key WHERE kind = 'data' AND n < ?", before);
    this.#reload();
  }

  /** Reads the keys back, after a transaction that was rolled back as well. */
  #reload(): ObjectKeys {
    this.#keys = this.#load();
    if (!this.#keys.ok || !this.#keys.keys) throw new Error('the keys that were just written cannot be read');
    return this.#keys.keys;
  }

  #load(): Keys {
    const ring = this.#ring;
    if (!ring.ok) return { ok: false, why: ring.why };
    const rows = this.#rows();
    if (rows.length === 0) return { ok: true, keys: null };
    const wrapping = [ring.current, ring.previous].find((one) => one?.id === rows[0]?.by);
    if (!wrapping || rows.some(({ by }) => by !== wrapping.id))
      return { ok: false, why: wrongKey(ring, rows[0]?.by ?? '') };
    try {
      const secrets = rows.map((row) => ({ ...row, secret: this.#unwrapped(wrapping, row) }));
      if (wrapping.id !== ring.current.id) for (const one of secrets) this.#wrap(ring.current, one);
      return { ok: true, keys: keysOf(secrets) };
    } catch {
      return { ok: false, why: `what VAULT_KEY (key ${wrapping.id}) wrapped here is damaged` };
    }
  }

  #rows(): Row[] {
    return this.#sql.exec<Row>('SELECT * FROM wrapped_key ORDER BY kind DESC, n').toArray();
  }

  #add(kind: Kind, n: number, at: number): void {
    if (!this.#ring.ok) throw new Error(this.#ring.why);
    this.#wrap(this.#ring.current, { kind, n, at, secret: newSecret() });
  }

  #wrap({ id, key }: WrappingKey, { kind, n, at, secret }: Omit<Row, 'wrapped' | 'by'> & Secret): void {
    const wrapped = encrypted(key, secret, this.#about(kind, n));
    this.#sql.exec(
      'INSERT OR REPLACE INTO wrapped_key (kind, n, wrapped, by, at) VALUES (?, ?, ?, ?, ?)',
      kind,
      n,
      blob(wrapped),
      id,
      at,
    );
  }

  #unwrapped({ key }: WrappingKey, { kind, n, wrapped }: Row): Uint8Array {
    return decrypted(key, new Uint8Array(wrapped), this.#about(kind, n));
  }

  #about(kind: Kind, n: number): string {
    return `${this.#owner}\n${kind}\n${n}`;
  }
}

type Secret = { secret: Uint8Array };

function keysOf(rows: readonly (Pick<Row, 'kind' | 'n'> & Secret)[]): ObjectKeys {
  const names = rows.find(({ kind }) => kind === 'names')?.secret;
  const data = new Map(
    rows.filter(({ kind }) => kind === 'data').map(({ n, secret }) => [n, derived(secret, 'data')]),
  );
  if (!names || data.size === 0) throw new Error('a key is missing');
  return { names: derived(names, 'names'), data, current: Math.max(...data.keys()) };
}

function wrongKey({ current, previous }: Keyring & { ok: true }, by: string): string {
  const held = previous
    ? `VAULT_KEY (key ${current.id}) and VAULT_KEY_PREVIOUS (key ${previous.id}) open`
    : `VAULT_KEY (key ${current.id}) opens`;
  return `neither is right: ${held} nothing of what key ${by} wrapped; put key ${by} back, as VAULT_KEY or as VAULT_KEY_PREVIOUS`;
}
