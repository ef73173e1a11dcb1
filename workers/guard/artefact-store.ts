import { Buffer } from 'node:buffer';
import type { ArtefactVersion, ArtefactView, ArtefactWord, Restorable } from '../../shared/artefacts.ts';
import { sha256 } from '../../shared/crypto.ts';
import { journalMigration } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';
import type { NewVersion } from './artefact-versions.ts';

/** How many versions of one artefact are kept: the newest. */
export const VERSIONS_MAX = 50;
/** How many artefacts of one tool a list shows. */
export const LISTED_MAX = 200;

/** The object that keeps one tool's artefacts, as guards reach it. */
export interface ArtefactsApi {
  /** Idempotent by the word's key, in any order. */
  take(words: ArtefactWord[]): Promise<void>;
  list(): Promise<{ artefacts: ArtefactView[]; more: boolean }>;
  versions(record: string, id: string): Promise<ArtefactVersion[]>;
  /** Canonical JSON of one version's content, for a person: who reads what is journaled. */
  read(
    record: string,
    id: string,
    n: number,
    reader: { email: string; credential: string },
  ): Promise<{ version: ArtefactVersion; text: string } | null>;
  /** Null: no such version, or nothing of it ever came through the gate. */
  restorable(record: string, id: string, n: number): Promise<Restorable | null>;
}

/** Of the object `Artefacts`. `content` may be personal: it is nowhere else, and goes with the row. */
export const artefactMigrations: Migration[] = [
  journalMigration,
  {
    id: 'versions',
    sql: `CREATE TABLE version (
            n INTEGER NOT NULL, record TEXT NOT NULL, id TEXT NOT NULL, raw TEXT NOT NULL, at INTEGER NOT NULL, source TEXT NOT NULL,
            agent TEXT NOT NULL, person TEXT, call TEXT NOT NULL, hash TEXT NOT NULL, content TEXT NOT NULL, forget INTEGER NOT NULL,
            PRIMARY KEY (record, id, n)
          ) WITHOUT ROWID;
          CREATE INDEX version_forget ON version (forget);
          CREATE TABLE heard (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
          CREATE INDEX heard_at ON heard (at);`,
  },
  {
    id: 'let through',
    sql: `CREATE TABLE let_through (
            record TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, action TEXT NOT NULL, forget INTEGER NOT NULL,
            PRIMARY KEY (record, id, hash, action)
          ) WITHOUT ROWID;
          CREATE INDEX let_through_forget ON let_through (forget);`,
  },
];

type Row = {
  n: number;
  record: string;
  id: string;
  raw: string;
  at: number;
  source: ArtefactVersion['source'];
  agent: string;
  person: string | null;
  call: string;
  hash: string;
  content: string;
  forget: number;
};

/** How long a word is remembered: longer than any guard tells it again. */
const HEARD_MS = 30 * 86_400_000;

/** The rows of versions. Newer is what happened later at the vendor, not what was heard later. */
export class ArtefactStore {
  readonly #sql: SqlStorage;
  readonly #tool: string;

  constructor(tool: string, sql: SqlStorage) {
    this.#tool = tool;
    this.#sql = sql;
  }

  /** Whether a word is new; it is remembered from here on. */
  hears(key: string, now: number): boolean {
    const sql = 'INSERT OR IGNORE INTO heard (key, at) VALUES (?, ?) RETURNING key';
    return this.#sql.exec(sql, key, now).toArray().length > 0;
  }

  /** The version that was the newest at a time (Unix ms). */
  previous(record: string, id: string, at: number): Row | undefined {
    return this.#one('record = ? AND id = ? AND at <= ? ORDER BY at DESC, n DESC', record, id, at);
  }

  add(word: ArtefactWord, { source, text, hash }: NewVersion): ArtefactVersion {
    const { record, id, raw, at, agent, person, call, keepUntil } = word;
    const [last] = this.#rows('record = ? AND id = ? ORDER BY n DESC LIMIT 1', record, id);
    const n = (last?.n ?? 0) + 1;
    this.#sql.exec(
      'INSERT INTO version (n, record, id, raw, at, source, agent, person, call, hash, content, forget) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      n,
      record,
      id,
      raw,
      at,
      source,
      agent,
      person,
      call,
      hash,
      text,
      keepUntil,
    );
    this.#sql.exec(
      `DELETE FROM version WHERE record = ?1 AND id = ?2 AND n NOT IN
         (SELECT n FROM version WHERE record = ?1 AND id = ?2 ORDER BY at DESC, n DESC LIMIT ${VERSIONS_MAX})`,
      record,
      id,
    );
    return shown({
      n,
      record,
      id,
      raw,
      at,
      source,
      agent,
      person,
      call,
      hash,
      content: text,
      forget: keepUntil,
    });
  }

  /** An action's policies let these contents through, or met them there. */
  letThrough({ record, id, action, before, after, keepUntil }: ArtefactWord): void {
    if (action === null) return;
    for (const text of [before, after])
      if (text !== null && text !== 'null')
        this.#sql.exec(
          `INSERT INTO let_through VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET forget = max(forget, excluded.forget)`,
          record,
          id,
          sha256(text),
          action,
          keepUntil,
        );
  }

  /** Newest first. */
  versions(record: string, id: string): ArtefactVersion[] {
    return this.#rows('record = ? AND id = ? ORDER BY at DESC, n DESC', record, id).map(shown);
  }

  get(record: string, id: string, n: number): { version: ArtefactVersion; text: string } | null {
    const row = this.#one('record = ? AND id = ? AND n = ?', record, id, n);
    return row ? { version: shown(row), text: row.content } : null;
  }

  restorable(record: string, id: string, n: number): Restorable | null {
    const target = this.#one('record = ? AND id = ? AND n = ?', record, id, n);
    const ours = `record = ? AND id = ? AND source IN ('agent', 'person') ORDER BY at DESC, n DESC`;
    const newest = this.#one(ours, record, id);
    if (!target || !newest) return null;
    const { raw, agent, call } = newest;
    const through = this.#sql
      .exec<{ action: string }>(
        'SELECT action FROM let_through WHERE record = ? AND id = ? AND hash = ?',
        record,
        id,
        target.hash,
      )
      .toArray();
    const letThrough = through.map(({ action }) => action);
    return { raw, target: target.content, newest: newest.content, letThrough, agent, call };
  }

  /** Last changed first. */
  list(): { artefacts: ArtefactView[]; more: boolean } {
    const found = this.#sql
      .exec<{ record: string; id: string; versions: number }>(
        'SELECT record, id, count(*) AS versions FROM version GROUP BY record, id ORDER BY max(at) DESC LIMIT ?',
        LISTED_MAX + 1,
      )
      .toArray();
    const artefacts = found.slice(0, LISTED_MAX).flatMap(({ record, id, versions }) => {
      const newest = this.previous(record, id, Number.MAX_SAFE_INTEGER);
      const artefact = `${this.#tool}/${record}/${id}`;
      return newest ? [{ artefact, tool: this.#tool, record, id, versions, newest: shown(newest) }] : [];
    });
    return { artefacts, more: found.length > LISTED_MAX };
  }

  prune(now: number): void {
    this.#sql.exec('DELETE FROM version WHERE forget < ?', now);
    this.#sql.exec('DELETE FROM let_through WHERE forget < ?', now);
    this.#sql.exec('DELETE FROM heard WHERE at < ?', now - HEARD_MS);
  }

  #one(where: string, ...bindings: (string | number)[]): Row | undefined {
    return this.#rows(`${where} LIMIT 1`, ...bindings)[0];
  }

  #rows(where: string, ...bindings: (string | number)[]): Row[] {
    return this.#sql.exec<Row>(`SELECT * FROM version WHERE ${where}`, ...bindings).toArray();
  }
}

function shown({ n, at, source, agent, person, call, hash, content }: Row): ArtefactVersion {
  const bytes = Buffer.byteLength(content);
  const gone = content === 'null';
  return { n, at: new Date(at).toISOString(), source, agent, person, call, hash, bytes, gone };
}
