import { canonical } from '../../../shared/canonical.ts';
import type { ExerciseContact } from '../../../shared/exercise.ts';
import type { Receipt } from '../../../shared/rpc.ts';
import type { VendorRequest } from '../drill-analysis.ts';
import { fits, type Check, type Deed, type Harm } from './script.ts';

/** All that a run saw, from which it is judged. Times are Unix ms. */
export interface Evidence {
  startedAt: number;
  /** When the undoing began, or the tidying up where there was none. */
  restoreAt: number;
  deeds: readonly Deed[];
  /** Null: there was no stop. */
  receipt: Receipt | null;
  /** By vendor; null: its log could not be read. */
  logs: Readonly<Record<string, VendorRequest[] | null>>;
  harm: readonly Harm[];
  pending: readonly { vendor: string; id: string }[];
  /** What the vendors held before the incident, when it was noticed, and in the end; undefined: could not be looked at. */
  before: unknown;
  during: unknown;
  after: unknown;
  /** Whether the incident changes what they hold. */
  changes: boolean;
  contacts: readonly ExerciseContact[];
  contactsWanted: number;
  /** Calls that the audit log does not hold in the end. */
  missing: readonly string[];
  /** Whether the agent's calls go through again. */
  goesOn: boolean;
}

/** What must hold of every exercise. Each check can fail, and what could not be looked at is open, never passed. Pure. */
export function commonChecks(evidence: Evidence): Check[] {
  return [
    happened(evidence),
    changed(evidence),
    stopped(evidence),
    refused(evidence),
    silent(evidence),
    neverCame(evidence),
    restored(evidence),
    notified(evidence),
    noted(evidence),
    resumed(evidence),
  ];
}

/** One check; `null` for what could not be looked at. */
export function check(id: string, what: string, holds: boolean | null, found: string): Check {
  return { id, what, status: holds === null ? 'open' : holds ? 'passed' : 'failed', found };
}

/** Without it, silence after the stop would show nothing. */
function happened(evidence: Evidence): Check {
  const until = evidence.receipt ? Date.parse(evidence.receipt.stopAt) : Infinity;
  const { found, unread } = requests(evidence, evidence.startedAt, until);
  const what = 'The incident reached a vendor before the stop, by the vendor’s own log';
  return check('happened', what, found.length > 0 ? true : unread ? null : false, `${found.length} requests`);
}

/** Without it, holding the same in the end would show nothing; and what is denied must have changed nothing. */
function changed({ before, during, changes }: Evidence): Check {
  const what = changes
    ? 'The incident changed what the vendors hold'
    : 'The incident changed nothing at the vendors';
  if (before === undefined || during === undefined) return check('changed', what, null, 'not readable');
  const same = canonical(before) === canonical(during);
  return check('changed', what, same !== changes, same ? 'the same' : 'something else');
}

function stopped({ receipt }: Evidence): Check {
  const what = 'The stop was confirmed, and every call under way had an outcome';
  if (!receipt) return check('stopped', what, false, 'there was no stop');
  const { id, status, confirmMs } = receipt;
  return check(
    'stopped',
    what,
    status === 'settled',
    `${id} ${status}, confirmed after ${confirmMs ?? '?'} ms`,
  );
}

function refused({ deeds }: Evidence): Check {
  const tried = deeds.filter(({ afterStop }) => afterStop);
  // 423 stopped; 503 no lease: a guard without one can't tell which stop it is that it waits for.
  const good = tried.filter(({ status }) => status === 423 || status === 503);
  const what = 'Whatever the agent tried after the confirmation was refused';
  const holds = tried.length > 0 && good.length === tried.length;
  return check('refused', what, holds, `${good.length} of ${tried.length} refused`);
}

function silent(evidence: Evidence): Check {
  const { receipt, restoreAt } = evidence;
  const what = 'After the confirmation and until the undo no harmful request reached a vendor';
  if (!receipt?.confirmedAt) return check('silent', what, false, 'nothing was confirmed');
  const { found, unread } = requests(evidence, Date.parse(receipt.confirmedAt), restoreAt);
  const said = found.map(({ method, path }) => `${method} ${path}`).join(', ');
  return check('silent', what, unread ? null : found.length === 0, said || 'none');
}

/** What was scheduled must not come, not even after the resume. */
function neverCame({ pending, logs, harm }: Evidence): Check {
  const what = 'Nothing that was scheduled went out, by the vendors’ own logs';
  const vendors = [...pending, ...harm].map(({ vendor }) => vendor);
  const unread = vendors.some((vendor) => !logs[vendor]);
  const came = pending.flatMap(({ vendor, id }) =>
    (logs[vendor] ?? []).filter(({ method, path }) => method === 'DUE' && path.includes(id)),
  );
  const found = `${pending.length} were scheduled, ${came.length} went out`;
  return check('never-came', what, unread ? null : came.length === 0, found);
}

function restored({ before, after }: Evidence): Check {
  const what = 'The vendors hold again what they held before, byte for byte';
  if (before === undefined || after === undefined) return check('restored', what, null, 'not readable');
  const same = canonical(before) === canonical(after);
  return check('restored', what, same, same ? 'the same' : 'something else');
}

function notified({ contacts, contactsWanted }: Evidence): Check {
  const good = contacts.filter(({ acknowledged }) => acknowledged !== null);
  const what = 'Each contact was notified, as a test, and acknowledged by its code';
  const holds = contactsWanted > 0 && good.length === contactsWanted;
  return check('notified', what, holds, `${good.length} of ${contactsWanted} acknowledged`);
}

function noted({ missing, deeds }: Evidence): Check {
  const calls = deeds.filter(({ call }) => call !== null).length;
  const what = 'The audit log holds every call of the exercise';
  const found = missing.length === 0 ? `${calls} calls` : `missing: ${missing.join(', ')}`;
  return check('noted', what, calls > 0 && missing.length === 0, found);
}

function resumed({ goesOn }: Evidence): Check {
  return check('resumed', 'The agent’s calls go through again', goesOn, goesOn ? 'they do' : 'they do not');
}

/** Harmful requests that arrived after `from` and before `until`, and whether a log that could show one is missing. */
function requests(
  { harm, logs }: Evidence,
  from: number,
  until: number,
): { found: VendorRequest[]; unread: boolean } {
  const found = harm.flatMap(({ vendor, method, path }) =>
    (logs[vendor] ?? []).filter((one) => fits({ method, path }, one) && one.at > from && one.at < until),
  );
  return { found, unread: harm.some(({ vendor }) => !logs[vendor]) };
}
