/** How long what an agent wrote is known as its own words: longer than it remembers them, one hopes. */
const KEEP_MS = 30 * 86_400_000;
/** Marks of one agent; past it the oldest go, and no output is trusted until all of those would have gone. */
const MARKS_MAX = 200_000;

/** As what it was derived when it was written. */
export type WrittenLevel = 'untrusted' | 'unattributed';

/**
 * What an agent wrote at vendors out of what is not trusted, as keyed hashes: it does not become trusted by being read back. Full
 * or failing it forgets towards "not trusted".
 */
export class Written {
  readonly #sql: SqlStorage;
  #count: number | null = null;
  /** Nothing that was read is trusted until then (Unix ms). */
  #lostUntil: number | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  keep(call: string, level: WrittenLevel, marks: readonly string[], now: number): void {
    for (const mark of marks)
      this.#sql.exec(
        // What a stranger said stays a stranger's, whoever says it once more.
        `INSERT INTO written (mark, level, call, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET at = ?4,
           level = CASE WHEN level = 'untrusted' THEN level ELSE ?2 END`,
        mark,
        level,
        call,
        now,
      );
    this.#count = (this.#count ?? this.#counted()) + marks.length;
    if (this.#count > MARKS_MAX) this.#forget(now);
  }

  /** What was written is not known: until it would have been forgotten anyway, anything that is read may be it. */
  lost(now: number): void {
    this.#lostUntil = now + KEEP_MS;
    this.#sql.exec(
      `INSERT INTO setting VALUES ('written-lost-until', ?1) ON CONFLICT DO UPDATE SET value = ?1`,
      String(this.#lostUntil),
    );
  }

  forgot(now: number): boolean {
    this.#lostUntil ??= Number(
      this.#sql
        .exec<{ value: string }>(`SELECT value FROM setting WHERE name = 'written-lost-until'`)
        .toArray()[0]?.value ?? 0,
    );
    return now < this.#lostUntil;
  }

  /** As what it was written, and by which call, if any of these marks was. */
  of(marks: readonly string[], now: number): { level: WrittenLevel; call: string } | undefined {
    const found = marks.flatMap((mark) =>
      this.#sql
        .exec<{ level: WrittenLevel; call: string }>(
          'SELECT level, call FROM written WHERE mark = ? AND at > ?',
          mark,
          now - KEEP_MS,
        )
        .toArray(),
    );
    return found.find(({ level }) => level === 'untrusted') ?? found[0];
  }

  #forget(now: number): void {
    this.#sql.exec('DELETE FROM written WHERE at <= ?', now - KEEP_MS);
    this.#count = this.#counted();
    if (this.#count <= MARKS_MAX) return;
    this.#sql.exec(
      'DELETE FROM written WHERE mark IN (SELECT mark FROM written ORDER BY at LIMIT ?)',
      Math.ceil(MARKS_MAX / 10),
    );
    this.#count = this.#counted();
    this.lost(now);
  }

  #counted(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM written').one().n;
  }
}
