import { DurableObject } from 'cloudflare:workers';
import { Buffer } from 'node:buffer';
import { migrate, type Migration } from '../../shared/migrate.ts';
import { newPlaceholder, type PlaceholderClass } from '../../shared/placeholder.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';
import type { Opening, Sealable } from './entries.ts';
import type { Env, VaultApi } from './env.ts';
import { agentKeys, decrypted, encrypted, named, newSecret, type AgentKeys } from './sealing.ts';

const migrations: readonly Migration[] = [
  {
    id: '1-values',
    sql: `
      CREATE TABLE key (n INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, at INTEGER NOT NULL);
      CREATE TABLE value (
        placeholder TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        class TEXT NOT NULL,
        typed INTEGER NOT NULL,
        subject TEXT,
        source TEXT NOT NULL,
        key INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        at INTEGER NOT NULL,
        expires INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX value_expires ON value (expires);
      CREATE INDEX value_subject ON value (subject);
      CREATE TABLE opening (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        call TEXT NOT NULL,
        by TEXT NOT NULL,
        reason TEXT NOT NULL,
        placeholders TEXT NOT NULL
      );
    `,
  },
];

type Row = {
  placeholder: string;
  class: PlaceholderClass;
  typed: number;
  subject: string | null;
  source: string;
  sealed: ArrayBuffer;
};

/** One agent's values: what stands behind its placeholders, encrypted under a key of its own. */
export class Vault extends DurableObject<Env> implements VaultApi {
  readonly #sql: SqlStorage;
  readonly #keys: AgentKeys;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, migrations);
    this.#sql = ctx.storage.sql;
    this.#keys = agentKeys(this.#secret());
  }

  async seal(items: Sealable[], keepMs: number): Promise<string[]> {
    const now = Date.now();
    return this.ctx.storage.transactionSync(() => items.map((item) => this.#seal(item, now, keepMs)));
  }

  async known(placeholders: string[]): Promise<(KnownPlaceholder | null)[]> {
    return placeholders.map((placeholder) => {
      const row = this.#row(placeholder);
      if (!row) return null;
      const { class: cls, subject, source, typed } = row;
      return { placeholder, class: cls, subject, source, typed: typed === 1 };
    });
  }

  async open(placeholders: string[], { call, by, reason }: Opening): Promise<Record<string, string>> {
    this.#sql.exec(
      'INSERT INTO opening (at, call, by, reason, placeholders) VALUES (?, ?, ?, ?, ?)',
      Date.now(),
      call,
      by,
      reason,
      JSON.stringify(placeholders),
    );
    const rows = placeholders.flatMap((placeholder) => this.#row(placeholder) ?? []);
    return Object.fromEntries(rows.map((row) => [row.placeholder, this.#opened(row)]));
  }

  #seal({ class: cls, value, subject, source, typed }: Sealable, now: number, keepMs: number): string {
    const about = subject === null ? null : named(this.#keys, `subject\n${subject}`);
    // The same value of another person is another placeholder: else a first name would say that two are alike.
    const name = named(this.#keys, ['value', typed ? 1 : 0, cls, about ?? '', value].join('\n'));
    const [kept] = this.#sql.exec<{ placeholder: string }>(
      'UPDATE value SET expires = max(expires, ?) WHERE name = ? AND expires > ? RETURNING placeholder',
      now + keepMs,
      name,
      now,
    );
    if (kept) return kept.placeholder;
    const placeholder = newPlaceholder(cls, crypto.getRandomValues(new Uint8Array(10)));
    const sealed = encrypted(this.#keys.data, value, placeholder);
    this.#sql.exec(
      `INSERT INTO value (placeholder, name, class, typed, subject, source, key, sealed, at, expires)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`,
      placeholder,
      name,
      cls,
      typed ? 1 : 0,
      about,
      source,
      new Uint8Array(sealed).buffer,
      now,
      now + keepMs,
    );
    return placeholder;
  }

  #row(placeholder: string): Row | undefined {
    return this.#sql
      .exec<Row>(
        'SELECT placeholder, class, typed, subject, source, sealed FROM value WHERE placeholder = ? AND expires > ?',
        placeholder,
        Date.now(),
      )
      .toArray()[0];
  }

  #opened({ placeholder, sealed }: Row): string {
    return decrypted(this.#keys.data, new Uint8Array(sealed), placeholder);
  }

  /** The agent's own key material, wrapped by the Worker's secret. */
  #secret(): Uint8Array {
    const about = `agent\n${this.ctx.id.name ?? ''}`;
    const wrapping = agentKeys(Buffer.from(this.env.VAULT_KEY, 'base64url')).data;
    const [kept] = this.#sql.exec<{ wrapped: ArrayBuffer }>('SELECT wrapped FROM key WHERE n = 1');
    if (kept) return Buffer.from(decrypted(wrapping, new Uint8Array(kept.wrapped), about), 'base64url');
    const secret = newSecret();
    const wrapped = encrypted(wrapping, Buffer.from(secret).toString('base64url'), about);
    this.#sql.exec(
      'INSERT INTO key (n, wrapped, at) VALUES (1, ?, ?)',
      new Uint8Array(wrapped).buffer,
      Date.now(),
    );
    return secret;
  }
}
