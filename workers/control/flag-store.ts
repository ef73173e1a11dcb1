import type { Switch } from '../../flags/switches.ts';
import { parseFeatures, type Features } from '../../flags/unleash.ts';

/** One strategy in Unleash's own JSON form. */
export type StrategyJson = Record<string, unknown>;

/** A flag of the embedded source, in Unleash's own JSON form. */
export interface FlagJson {
  name: string;
  enabled: boolean;
  strategies: StrategyJson[];
}

/** The embedded source's flags: what people set, over a default of all on. */
export class FlagStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Sets one flag, in the caller's transaction. */
  set(flag: FlagJson, by: string, now: number): void {
    this.#sql.exec(
      `INSERT INTO flag (name, body, by, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET body = excluded.body, by = excluded.by, at = excluded.at`,
      flag.name,
      JSON.stringify(flag),
      by,
      new Date(now).toISOString(),
    );
  }

  /** The document that Unleash would send, so that one evaluator serves both. */
  features(switches: readonly Switch[]): Features {
    const rows = this.#sql.exec<{ name: string; body: string }>('SELECT name, body FROM flag').toArray();
    const set = new Map(rows.map(({ name, body }) => [name, JSON.parse(body) as FlagJson]));
    const features = switches.map(({ name }) => set.get(name) ?? { name, enabled: true, strategies: [] });
    const parsed = parseFeatures(JSON.stringify({ version: 2, features }));
    if (!parsed) throw new Error('a flag in storage is not in the form that it was checked for');
    return parsed;
  }
}
