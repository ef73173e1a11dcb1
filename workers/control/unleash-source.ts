import { seenIn, type Seen } from '../../flags/rollout.ts';
import type { Switch } from '../../flags/switches.ts';
import { pollUnleash, type Known, type UnleashSettings } from '../../flags/unleash-poll.ts';
import { parseFeatures, type Features } from '../../flags/unleash.ts';
import { sha256 } from '../../shared/crypto.ts';

/**
 * How old the stored time may be behind the true one. Not each second, because a write costs; too old only means that a
 * control that begins anew while Unleash is silent closes earlier.
 */
const STORE_EVERY_MS = 10_000;

/** What a poll brought. */
export type Polled = { kind: 'changed' | 'same' } | { kind: 'silent'; detail: string };

/** The features document of one Unleash server, and when it was last heard; kept over a restart. */
export class UnleashSource {
  readonly #settings: UnleashSettings;
  readonly #sql: SqlStorage;
  readonly #origin: string;
  #known: Known | null = null;
  #stored = 0;
  readonly #seen: Set<string>;
  features: Features | null = null;
  /** When the last good answer was asked for (Unix ms); null: never. */
  heardAt: number | null = null;

  /** The migrations must have run. */
  constructor(settings: UnleashSettings, sql: SqlStorage) {
    this.#settings = settings;
    this.#sql = sql;
    // What another server said is no word of this one.
    this.#origin = sha256(settings.url);
    this.#seen = new Set(
      sql
        .exec<{ name: string }>('SELECT name FROM seen WHERE origin = ?', this.#origin)
        .toArray()
        .map(({ name }) => name),
    );
    const row = sql
      .exec<{ at: number; etag: string | null; body: string }>(
        'SELECT at, etag, body FROM heard WHERE origin = ?',
        this.#origin,
      )
      .toArray()[0];
    const features = row && parseFeatures(row.body);
    if (!row || !features) return;
    this.features = features;
    this.#known = { etag: row.etag, text: row.body };
    this.heardAt = row.at;
  }

  /** The switches that this server has ever had. Kept, because one that is missing later was archived. */
  get seen(): Seen {
    return this.#seen;
  }

  /** Keeps which of the switches the document holds. Before anything is decided by it. */
  see(switches: readonly Switch[]): void {
    if (!this.features) return;
    for (const name of seenIn(this.features, switches)) {
      if (this.#seen.has(name)) continue;
      this.#sql.exec('INSERT OR IGNORE INTO seen (origin, name) VALUES (?, ?)', this.#origin, name);
      this.#seen.add(name);
    }
  }

  /** Asks once. A good answer counts from when it was asked for: what changed since then it may not tell. */
  async poll(switches: readonly Switch[]): Promise<Polled> {
    const askedAt = Date.now();
    const heard = await pollUnleash(this.#settings, this.#known);
    if (heard.kind === 'silent') return heard;
    if (heard.kind === 'changed') {
      this.features = heard.features;
      this.#known = heard.known;
      this.see(switches);
    }
    this.heardAt = askedAt;
    if (heard.kind === 'changed' || askedAt - this.#stored >= STORE_EVERY_MS) this.#store(askedAt);
    return { kind: heard.kind };
  }

  #store(at: number): void {
    this.#stored = at;
    this.#sql.exec(
      `INSERT INTO heard (one, origin, at, etag, body) VALUES (1, ?, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET origin = excluded.origin, at = excluded.at, etag = excluded.etag, body = excluded.body`,
      this.#origin,
      at,
      this.#known?.etag ?? null,
      this.#known?.text ?? '',
    );
  }
}
