/** Which workflow each id is of, and all workflows: tables `workflow_of` and `workflow` of an index. */
export class WorkflowLines {
  readonly #sql: SqlStorage;

  /** The index's migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The first workflow that is said of an id stays. */
  file(ids: readonly string[], workflow: string): void {
    for (const id of ids) this.#sql.exec('INSERT OR IGNORE INTO workflow_of VALUES (?, ?)', id, workflow);
    this.#sql.exec('INSERT OR IGNORE INTO workflow VALUES (?)', workflow);
  }

  workflowOf(id: string): string | null {
    const row = this.#sql
      .exec<{ workflow: string }>('SELECT workflow FROM workflow_of WHERE id = ?', id)
      .toArray()[0];
    return row?.workflow ?? null;
  }

  workflows(): string[] {
    const rows = this.#sql.exec<{ name: string }>('SELECT name FROM workflow ORDER BY name');
    return rows.toArray().map(({ name }) => name);
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#sql.exec('DELETE FROM workflow_of WHERE id = ?', id);
  }
}
