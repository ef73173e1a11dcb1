import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import type { Directory } from '../../shared/directory.ts';
import type { Governance, Policy } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { Migration } from '../../shared/migrate.ts';

export const setPartMigration: Migration = {
  id: 'set-parts',
  sql: 'CREATE TABLE set_part (hash TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;',
};

/** A set with the hash of each policy and manifest, and of its people, in its place; of one that was stored before, the thing itself. */
interface Outline extends Omit<Governance, 'policies' | 'manifests' | 'people'> {
  policies: (string | Policy)[];
  manifests: Record<string, string | Manifest>;
  people?: string | Directory;
}

/**
 * Keeps policy sets by their parts: a row holds 2 MB and a set of a thousand agents more, and what did not change from one
 * set to the next is kept once. Writes join their caller's transaction.
 */
export class SetStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps the parts and returns the text of the outline, which the caller keeps. */
  put({ policies, manifests, people, ...rest }: Governance): string {
    const outline: Outline = {
      ...rest,
      policies: policies.map((policy) => this.keep(policy)),
      manifests: Object.fromEntries(
        Object.entries(manifests).map(([agent, manifest]) => [agent, this.keep(manifest)]),
      ),
      ...(people && { people: this.keep(people) }),
    };
    return JSON.stringify(outline);
  }

  /** The set of an outline. Throws when a part is missing: then storage is not what was written. */
  get(text: string): Governance {
    const { policies, manifests, people, ...rest } = JSON.parse(text) as Outline;
    const whole = Object.entries(manifests).map(([agent, part]) => [agent, this.#whole(part)] as const);
    return {
      ...rest,
      policies: policies.map((part) => this.#whole(part)),
      manifests: Object.fromEntries(whole),
      ...(people !== undefined && { people: this.#whole(people) }),
    };
  }

  /** Keeps one part and returns its hash. */
  keep(part: Policy | Manifest | Directory): string {
    const hash = sha256(canonical(part));
    this.#sql.exec('INSERT INTO set_part VALUES (?, ?) ON CONFLICT DO NOTHING', hash, JSON.stringify(part));
    return hash;
  }

  #whole<T extends object>(part: string | T): T {
    return typeof part === 'string' ? (this.part(part) as T) : part;
  }

  /** One part by its hash. Throws when it is missing. */
  part(hash: string): object {
    const row = this.#sql.exec<{ body: string }>('SELECT body FROM set_part WHERE hash = ?', hash).one();
    return JSON.parse(row.body) as object;
  }
}
