import type { Entry } from '../../shared/journal.ts';
import type { Migration } from '../../shared/migrate.ts';
import type { SecretRecord } from '../../shared/pulse.ts';

/** When each secret of each tool was last used, as entries come in. */
export const secretsMigration: Migration = {
  id: 'secrets',
  sql: `CREATE TABLE secret (tool TEXT NOT NULL, name TEXT NOT NULL, used_at TEXT, refused_at TEXT,
          PRIMARY KEY (tool, name)) WITHOUT ROWID;`,
};

/** A secret's last times, with its tool. */
export type SecretOfTool = SecretRecord & { tool: string };

/** One month's last uses. */
export class SecretStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Takes in entries that were just stored; in the same transaction. */
  add(entries: readonly Entry[]): void {
    for (const { tool, name, usedAt, refusedAt } of latestOf(entries.flatMap(usesOf))) {
      // Journals come in late and in any order: only a later time replaces one.
      this.#sql.exec(
        `INSERT INTO secret VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
           used_at = max(coalesce(used_at, ''), coalesce(excluded.used_at, used_at, '')),
           refused_at = max(coalesce(refused_at, ''), coalesce(excluded.refused_at, refused_at, ''))`,
        tool,
        name,
        usedAt,
        refusedAt,
      );
    }
  }

  all(): SecretOfTool[] {
    return this.#sql
      .exec<{ tool: string; name: string; usedAt: string | null; refusedAt: string | null }>(
        `SELECT tool, name, nullif(used_at, '') AS usedAt, nullif(refused_at, '') AS refusedAt FROM secret`,
      )
      .toArray();
  }
}

/** What one entry says of its tool's secrets. Pure. */
export function usesOf({ at, data }: Entry): SecretOfTool[] {
  const { tool } = data;
  if (tool === undefined) return [];
  const [used, refused] = [namesIn(data['secrets']), namesIn(data['secretsRefused'])];
  return [...new Set([...used, ...refused])].map((name) => ({
    tool,
    name,
    usedAt: used.includes(name) ? at : null,
    refusedAt: refused.includes(name) ? at : null,
  }));
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

/** One record for each secret, with its latest times. Pure. */
export function latestOf(uses: readonly SecretOfTool[]): SecretOfTool[] {
  const latest = new Map<string, SecretOfTool>();
  for (const use of uses) {
    const key = JSON.stringify([use.tool, use.name]);
    const { usedAt, refusedAt } = latest.get(key) ?? use;
    latest.set(key, {
      ...use,
      usedAt: later(usedAt, use.usedAt),
      refusedAt: later(refusedAt, use.refusedAt),
    });
  }
  return [...latest.values()];
}

function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}
