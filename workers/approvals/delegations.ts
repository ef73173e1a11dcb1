import { z } from 'zod';
import { samePersonIn, type Directory } from '../../shared/directory.ts';
import type { EntryData } from '../../shared/journal.ts';
import { maskText } from '../../shared/mask.ts';
import type { Migration } from '../../shared/migrate.ts';
import type { Person, Role } from '../../shared/people.ts';
import type { Fault, Problem } from '../../shared/problems.ts';
import type { Delegation } from '../../shared/rpc.ts';

/** Longer than a holiday, and whoever is away for longer has left. */
const MAX_MS = 30 * 86_400_000;
/** At once, of one person. */
const MAX_IN_FORCE = 10;
/** What may be lent: the roles that decide. */
const lendable: readonly Role[] = ['approver', 'owner'];

export const delegationInput = z.strictObject({
  to: z.email().max(254),
  until: z.iso.datetime({ offset: true }),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .refine((value) => value.isWellFormed(), 'is not valid Unicode'),
});
export type DelegationInput = z.infer<typeof delegationInput>;

/** The rest of a delegation is made by whoever keeps it. */
export type Lent = Omit<Delegation, 'id' | 'endedAt'>;

/**
 * What becomes of somebody's wish to have another decide for them: only their own right, to another person, for 30 days at most.
 * `made`: what they lent before. Pure.
 */
export function ruleOnDelegation(
  { to, until, reason }: DelegationInput,
  { email, roles }: Pick<Person, 'email' | 'roles'>,
  directory: Directory,
  made: readonly Delegation[],
  now: number,
): { ok: true; lent: Lent } | { ok: false; problem: Problem } {
  const held = roles.filter((role) => lendable.includes(role));
  if (held.length === 0)
    return { ok: false, problem: { code: 'forbidden', detail: 'You decide on nothing that could be lent.' } };
  const fault = faultOf(to, until, email, directory, now);
  if (fault) return { ok: false, problem: { code: 'invalid', errors: [fault] } };
  if (made.filter((one) => inForce(one, now)).length >= MAX_IN_FORCE)
    return { ok: false, problem: { code: 'conflict', detail: 'You have lent it to many already: end one.' } };
  const since = new Date(now).toISOString();
  const lent = {
    from: email,
    to: to.toLowerCase(),
    roles: held,
    since,
    until: new Date(Date.parse(until)).toISOString(),
    reason: maskText(reason),
  };
  return { ok: true, lent };
}

function faultOf(
  to: string,
  until: string,
  email: string,
  directory: Directory,
  now: number,
): Fault | undefined {
  if (samePersonIn(directory, to, email)) return { pointer: '/to', detail: 'is you: name another person' };
  const at = Date.parse(until);
  if (at <= now) return { pointer: '/until', detail: 'is past' };
  if (at > now + MAX_MS) return { pointer: '/until', detail: 'is more than 30 days ahead' };
  return undefined;
}

export function inForce({ endedAt, until }: Delegation, now: number): boolean {
  return endedAt === null && now < Date.parse(until);
}

/** Whether somebody may end it: either of the two, and an owner, as whoever lent it may be gone for good. Pure. */
export function mayEnd(
  { from, to }: Delegation,
  { email, roles }: Pick<Person, 'email' | 'roles'>,
  directory: Directory,
): boolean {
  return roles.includes('owner') || [from, to].some((one) => samePersonIn(directory, one, email));
}

export const delegationMigration: Migration = {
  id: 'delegations',
  sql: `CREATE TABLE delegation (
          id TEXT PRIMARY KEY, lender TEXT NOT NULL, borrower TEXT NOT NULL, until INTEGER NOT NULL, ended INTEGER,
          body TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX delegation_borrower ON delegation (borrower, until);
        CREATE INDEX delegation_lender ON delegation (lender, until);`,
};

/** Listed, newest first. */
const LISTED = 200;

/** The table of delegations. Writes join their caller's transaction. */
export class Delegations {
  readonly #sql: SqlStorage;

  /** The migration must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(delegation: Delegation): void {
    const { id, from, to, until } = delegation;
    this.#sql.exec(
      'INSERT INTO delegation VALUES (?, ?, ?, ?, NULL, ?)',
      id,
      from,
      to,
      Date.parse(until),
      JSON.stringify(delegation),
    );
  }

  end(delegation: Delegation, now: number): Delegation {
    const ended = { ...delegation, endedAt: new Date(now).toISOString() };
    const { id } = delegation;
    this.#sql.exec('UPDATE delegation SET ended = ?, body = ? WHERE id = ?', now, JSON.stringify(ended), id);
    return ended;
  }

  get(id: string): Delegation | null {
    return this.#read('id = ?', id)[0] ?? null;
  }

  list(): Delegation[] {
    return this.#read('1 ORDER BY id DESC LIMIT ?', LISTED);
  }

  /** What an address lent. */
  by(email: string): Delegation[] {
    return this.#read('lender = ? ORDER BY id DESC LIMIT ?', email, LISTED);
  }

  /** What is lent to an address, in lower case, right now (Unix ms). */
  to(email: string, now: number): Delegation[] {
    return this.#read('borrower = ? AND until > ? AND ended IS NULL', email, now);
  }

  #read(where: string, ...values: (string | number)[]): Delegation[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM delegation WHERE ${where}`, ...values)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Delegation);
  }
}

/** What the journal says of one: who lent what to whom, or ended it, and by which credential. */
export function delegationEntry(
  { id, from, to, until, reason }: Delegation,
  { email, credential }: Pick<Person, 'email' | 'credential'>,
): EntryData {
  return { person: email, credential, delegation: id, from, to, until, reason };
}
