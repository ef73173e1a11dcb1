import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import { faultsOf } from '../../shared/faults.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Migration } from '../../shared/migrate.ts';
import {
  policyEvidenceSchema,
  type EvidenceView,
  type PolicyEvidence,
  type RecordedEvidence,
  type SetStanding,
} from '../../shared/policy-evidence.ts';
import type { Result } from '../../shared/rpc.ts';

export const evidenceMigration: Migration = {
  id: 'policy-evidence',
  sql: `CREATE TABLE policy_evidence (n INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL, kind TEXT NOT NULL,
          body TEXT NOT NULL, UNIQUE (version, kind));`,
};

/** Sets whose runs are kept: those recorded last. That something was recorded stays in the journal. */
const VERSIONS_KEPT = 50;

/** The body of `POST /ops/v1/governance/{version}/evidence`. */
export function checkEvidence(input: unknown): Result<PolicyEvidence> {
  const parsed = policyEvidenceSchema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
}

/** What the journal says of it: the counts, and the hash of all that is kept and shown. Pure. */
export function evidenceEntry(evidence: PolicyEvidence): EntryData {
  const { kind, ranAt } = evidence;
  const hash = sha256(canonical(evidence));
  switch (evidence.kind) {
    case 'tests': {
      const { passed, failed } = evidence;
      return { evidence: kind, ranAt, hash, passed, failed };
    }
    case 'backtest': {
      const { since, until, decisions, same, different, unsure } = evidence;
      return { evidence: kind, ranAt, hash, since, until, decisions, same, different, unsure };
    }
  }
}

/** What people ran for policy sets: the newest of each kind. Changes join their caller's transaction. */
export class EvidenceStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Takes the place of what was recorded of the same kind for this version. */
  put(version: string, recorded: RecordedEvidence): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO policy_evidence (version, kind, body) VALUES (?, ?, ?)',
      version,
      recorded.evidence.kind,
      JSON.stringify(recorded),
    );
    this.#sql.exec(
      `DELETE FROM policy_evidence WHERE version NOT IN
         (SELECT version FROM policy_evidence GROUP BY version ORDER BY max(n) DESC LIMIT ?)`,
      VERSIONS_KEPT,
    );
  }

  /** What is kept for a version. */
  view(version: string, standing: SetStanding[]): EvidenceView {
    const rows = this.#sql
      .exec<{ body: string }>('SELECT body FROM policy_evidence WHERE version = ?', version)
      .toArray();
    const view: EvidenceView = { version, standing, tests: null, backtest: null };
    for (const { body } of rows) {
      const { evidence, ...who } = JSON.parse(body) as RecordedEvidence;
      if (evidence.kind === 'tests') view.tests = { ...who, evidence };
      else view.backtest = { ...who, evidence };
    }
    return view;
  }
}
