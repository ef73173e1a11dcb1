import { canonical } from '../../shared/canonical.ts';
import type { Governance } from '../../shared/governance.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type {
  ManifestVersion,
  SetOrigin,
  SetRecord,
  StoredSet,
  WaitingGovernance,
} from '../../shared/rpc.ts';
import type { Numbers } from './manifest-numbers.ts';
import { stillWaits } from './policy-set.ts';
import { SetStore } from './set-store.ts';

/** Who put a set in force, and why. */
export interface Adoption {
  by: string;
  reason: string;
  origin: SetOrigin;
  widens: string[];
  /** The second person; null: it needed none. */
  approval: { by: string; reason: string } | null;
}

/** The policy set in force, all before it, and the one that waits for a second person. Changes join their caller's transaction. */
export class PolicySets {
  readonly #sql: SqlStorage;
  readonly #store: SetStore;
  #current: Governance | null;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#store = new SetStore(sql);
    this.#current = this.#read('SELECT body FROM governance ORDER BY n DESC LIMIT 1');
    this.#backfill();
  }

  /** Null: none was ever applied. The same object until another one is adopted. */
  get current(): Governance | null {
    return this.#current;
  }

  /** Puts a set in force, and withdraws whatever waits. */
  adopt(set: Governance, { by, reason, origin, widens, approval }: Adoption, now: number): void {
    const { n } = this.#sql
      .exec<{ n: number }>(
        `INSERT INTO governance (version, by, approved_by, at, body, reason, approval_reason, origin, widens)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n`,
        set.version,
        by,
        approval?.by ?? null,
        new Date(now).toISOString(),
        this.#store.put(set),
        reason,
        approval?.reason ?? null,
        origin,
        JSON.stringify(widens),
      )
      .one();
    this.#keepManifests(n, this.#current?.manifests ?? {}, set.manifests);
    this.withdraw();
    this.#current = set;
  }

  /** Sets that came into force before their manifests' versions were kept. */
  #backfill(): void {
    const sql = this.#sql;
    if (sql.exec('SELECT 1 FROM manifest_version LIMIT 1').toArray().length > 0) return;
    let before: Governance['manifests'] = {};
    for (const { n, body } of sql
      .exec<{ n: number; body: string }>('SELECT n, body FROM governance ORDER BY n')
      .toArray()) {
      const { manifests } = this.#store.get(body);
      this.#keepManifests(n, before, manifests);
      before = manifests;
    }
  }

  #keepManifests(n: number, before: Governance['manifests'], after: Governance['manifests']): void {
    for (const agent of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [was, is] = [own(before, agent), own(after, agent)];
      if (was && is && canonical(was) === canonical(is)) continue;
      this.#sql.exec(
        'INSERT INTO manifest_version (agent, n, number, part) VALUES (?, ?, ?, ?)',
        agent,
        n,
        is?.version ?? null,
        is ? this.#store.keep(is) : null,
      );
    }
  }

  wait(set: Governance, waiting: WaitingGovernance): void {
    this.withdraw();
    this.#sql.exec(
      'INSERT INTO governance_waiting (one, shown, body) VALUES (1, ?, ?)',
      JSON.stringify(waiting),
      this.#store.put(set),
    );
  }

  withdraw(): void {
    this.#sql.exec('DELETE FROM governance_waiting');
  }

  /** What waits, expired or not. */
  get waiting(): WaitingGovernance | null {
    const row = this.#sql.exec<{ shown: string }>('SELECT shown FROM governance_waiting').toArray()[0];
    // What was told of one that waited before this version of the gate.
    const unsaid = { reason: '', origin: 'applied', rights: [] };
    return row ? ({ ...unsaid, ...JSON.parse(row.shown) } as WaitingGovernance) : null;
  }

  /** What waits and may still be approved. */
  shown(now: number): WaitingGovernance | null {
    const { waiting } = this;
    return waiting && stillWaits(waiting, now) ? waiting : null;
  }

  /** The set that waits. */
  get body(): Governance | null {
    return this.#read('SELECT body FROM governance_waiting');
  }

  // ── history ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What is said of the set in force; null: none is. */
  get record(): SetRecord | null {
    return this.list(1, null)[0] ?? null;
  }

  /** Newest first; `before`: only those with a smaller number. */
  list(limit: number, before: number | null): SetRecord[] {
    const rows = this.#sql
      .exec<Row>(
        `SELECT ${columns} FROM governance WHERE n < ? ORDER BY n DESC LIMIT ?`,
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray();
    return rows.map((row) => this.#recordOf(row));
  }

  /** Whether a set is or was in force. */
  has(version: string): boolean {
    const query = 'SELECT 1 FROM governance WHERE version = ? LIMIT 1';
    return this.#sql.exec(query, version).toArray().length > 0;
  }

  /** A set as it last came into force; null: it never was. */
  stored(version: string): StoredSet | null {
    const row = this.#sql
      .exec<Row & { body: string }>(
        `SELECT ${columns}, body FROM governance WHERE version = ? ORDER BY n DESC LIMIT 1`,
        version,
      )
      .toArray()[0];
    return row ? { ...this.#recordOf(row), set: this.#store.get(row.body) } : null;
  }

  /** An agent's manifests, newest first, at most `limit`. */
  manifests(agent: string, limit: number): ManifestVersion[] {
    const rows = this.#sql
      .exec<Row & { number: number | null; part: string | null }>(
        `SELECT ${columns}, number, part FROM manifest_version JOIN governance USING (n)
         WHERE agent = ? ORDER BY n DESC LIMIT ?`,
        agent,
        limit,
      )
      .toArray();
    return rows.map((row) => ({
      number: row.number,
      manifest: row.part === null ? null : (this.#store.part(row.part) as Manifest),
      record: this.#recordOf(row),
    }));
  }

  /** Every agent that ever had a manifest here. */
  get agents(): string[] {
    const rows = this.#sql.exec<{ agent: string }>(
      'SELECT DISTINCT agent FROM manifest_version ORDER BY agent',
    );
    return rows.toArray().map(({ agent }) => agent);
  }

  /** The highest number of each agent's manifests. */
  get numbers(): Numbers {
    const rows = this.#sql
      .exec<{ agent: string; highest: number }>(
        'SELECT agent, max(number) AS highest FROM manifest_version WHERE number IS NOT NULL GROUP BY agent',
      )
      .toArray();
    return new Map(rows.map(({ agent, highest }) => [agent, highest]));
  }

  #recordOf(row: Row): SetRecord {
    const { n, version, by, at, reason, origin } = row;
    return {
      n,
      version,
      by,
      approvedBy: row.approved_by,
      at,
      reason,
      approvalReason: row.approval_reason,
      origin: origin === 'rolled-back' ? 'rolled-back' : 'applied',
      widens: JSON.parse(row.widens) as string[],
      inForce: n === this.#newest(),
    };
  }

  #newest(): number {
    return this.#sql.exec<{ n: number | null }>('SELECT max(n) AS n FROM governance').one().n ?? 0;
  }

  #read(query: string): Governance | null {
    const row = this.#sql.exec<{ body: string }>(query).toArray()[0];
    return row ? this.#store.get(row.body) : null;
  }
}

// oxlint-disable-next-line typescript/consistent-type-definitions -- SqlStorage takes records, which interfaces are not.
type Row = {
  n: number;
  version: string;
  by: string;
  approved_by: string | null;
  at: string;
  reason: string;
  approval_reason: string | null;
  origin: string;
  widens: string;
};

const columns = 'n, version, by, approved_by, at, reason, approval_reason, origin, widens';

function own(manifests: Governance['manifests'], agent: string): Manifest | undefined {
  return Object.hasOwn(manifests, agent) ? manifests[agent] : undefined;
}
