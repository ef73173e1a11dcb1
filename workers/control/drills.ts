import { z } from 'zod';
import { faultsOf } from '../../shared/faults.ts';
import { isId, newId } from '../../shared/ids.ts';
import type { Migration } from '../../shared/migrate.ts';
import type { DrillRecord, Receipt, Result } from '../../shared/rpc.ts';

export const drillMigration: Migration = {
  id: 'drills',
  sql: `CREATE TABLE drill (id TEXT PRIMARY KEY, receipt TEXT NOT NULL UNIQUE, body TEXT NOT NULL);`,
};

/** So many are shown. All of them stay in the journal. */
const SHOWN = 20;

const milliseconds = z.int().min(0).max(86_400_000);

const drillInput = z.strictObject({
  receipt: z.string().refine((text) => isId('rcpt', text), 'is the id of a receipt'),
  verdict: z.enum(['held', 'violated', 'unproven']),
  violations: z.int().min(0).max(1_000_000),
  report: z.string().regex(/^[0-9a-f]{64}$/, 'is the SHA-256 of the report, in lower-case hex'),
  times: z.strictObject({
    detect: milliseconds.nullable(),
    decide: milliseconds.nullable(),
    stop: milliseconds,
    restore: milliseconds.nullable(),
  }),
  /** Of a drill of taking back. */
  rollback: z
    .strictObject({
      id: z.string().refine((text) => isId('roll', text), 'is the id of a rollback'),
      plan: milliseconds,
      run: milliseconds,
    })
    .optional(),
});

export type DrillInput = z.infer<typeof drillInput>;

/** The body of `POST /ops/v1/drills`. */
export function checkDrill(input: unknown): Result<DrillInput> {
  const parsed = drillInput.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
}

/**
 * What is kept of a drill. Target, confirm and settle are what control itself has in the receipt: whoever reports can't make
 * a stop look faster than it was, or call held what was never confirmed. Pure.
 */
export function drillRecord(
  input: DrillInput,
  receipt: Receipt | null,
  by: string,
  environment: string,
  now: number,
): Result<DrillRecord> {
  if (!receipt) return refused('not-found', 'There is no such receipt.');
  if (receipt.by !== by) return refused('conflict', 'The receipt is of a stop that somebody else made.');
  const { verdict, violations, report, times, rollback } = input;
  if (verdict === 'held' && (violations > 0 || receipt.confirmedAt === null)) {
    return refused('conflict', 'A drill with violations, or without a confirmation, did not hold.');
  }
  const { confirmMs: confirm, stopAt, settledAt } = receipt;
  const settle = settledAt === null ? null : Date.parse(settledAt) - Date.parse(stopAt);
  return {
    ok: true,
    value: {
      id: newId('drill', now),
      at: new Date(now).toISOString(),
      by,
      environment,
      receipt: receipt.id,
      target: receipt.target,
      times: { ...times, confirm, settle },
      verdict,
      violations,
      report,
      ...(rollback && { rollback }),
    },
  };
}

function refused(code: 'not-found' | 'conflict', detail: string): Result<DrillRecord> {
  return { ok: false, problem: { code, detail } };
}

/** Keeps a drill; call it in the transaction of its journal entry. False: this receipt's drill is kept already. */
export function keepDrill(sql: SqlStorage, drill: DrillRecord): boolean {
  const { rowsWritten } = sql.exec(
    'INSERT INTO drill (id, receipt, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    drill.id,
    drill.receipt,
    JSON.stringify(drill),
  );
  return rowsWritten > 0;
}

/** The last drills, newest first. */
export function lastDrills(sql: SqlStorage, most = SHOWN): DrillRecord[] {
  return sql
    .exec<{ body: string }>('SELECT body FROM drill ORDER BY id DESC LIMIT ?', most)
    .toArray()
    .map(({ body }) => JSON.parse(body) as DrillRecord);
}
