import { randomBytes } from 'node:crypto';
import { equalSecrets, sha256 } from '../../shared/crypto.ts';
import { emptyDirectory } from '../../shared/directory.ts';
import type { ExerciseRecord } from '../../shared/exercise.ts';
import type { Governance } from '../../shared/governance.ts';
import type { Journal } from '../../shared/journal-store.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { samePerson, type Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type {
  AgentTrail,
  ContactAnswer,
  ContactTest,
  DrillRecord,
  Evidence,
  Readiness,
  Result,
  Signatory,
  SignOff,
} from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { ContactWish } from './autonomy-input.ts';
import type { AutonomyStore } from './autonomy-store.ts';
import { basisHash, basisOf, changedSince, type Basis } from './basis.ts';
import type { ExerciseStore } from './exercise-store.ts';
import { acted } from './governing.ts';
import type { ContactRow, Signed } from './readiness-facts.ts';
import { answerFault, contactAddress, signatoryRole, signFault } from './readiness-people.ts';
import { readinessChecks } from './readiness.ts';

/** How long the audit log is waited for; past it, nothing is known. */
export const EVIDENCE_MS = 5_000;
/** A code that nobody used for a week was not received. */
const CODE_MS = 7 * 86_400_000;
/** Wrong codes until a test is void: 48 bits can't be guessed in as many. */
const MISSES_MAX = 5;
/** What an agent used counts for so long. */
const USED_MS = 30 * 86_400_000;

/** What readiness and autonomy need of control. */
export interface Ground {
  environment: string;
  governance(): Governance | null;
  drills(): readonly DrillRecord[];
  epoch(): number;
  /** Records a change under the next epoch, and has every guard told. */
  change(record: (epoch: number) => void): Promise<void>;
  /** Records what changes nothing in force. */
  record(work: (now: number) => void): void;
  exercises: ExerciseStore;
}

/** A look at an agent's readiness, and what it was taken of. */
export interface Look {
  set: Governance;
  manifest: Manifest;
  basis: Basis;
  readiness: Readiness;
}

/** Whether agents are ready to execute: gathers what the pure checks look at, and keeps what people answer and sign. */
export class ReadinessKeeper {
  readonly #store: AutonomyStore;
  readonly #journal: Journal;
  readonly #evidence: Evidence;
  readonly #at: Ground;

  constructor(store: AutonomyStore, journal: Journal, evidence: Evidence, ground: Ground) {
    this.#store = store;
    this.#journal = journal;
    this.#evidence = evidence;
    this.#at = ground;
  }

  /** Everything checked now; null: no such agent is in force. */
  async look(agent: string): Promise<Look | null> {
    const trail = await this.#trail(agent);
    const set = this.#at.governance();
    const basis = set && basisOf(set, agent);
    if (!set || !basis) return null;
    const { environment } = this.#at;
    const { manifest } = basis;
    const now = Date.now();
    const signed = this.#signed(agent, basis);
    const checks = readinessChecks({
      manifest,
      contracts: set.contracts,
      catalogue,
      environment,
      drills: this.#at.drills(),
      trail,
      contacts: this.#store.contacts(agent),
      signed,
      now,
    });
    const ready = checks.every(({ status }) => status === 'pass');
    const changed = [
      ...new Set([...signed.flatMap((sign) => sign.changed), ...this.#launched(agent, basis)]),
    ];
    const at = new Date(now).toISOString();
    const readiness = { agent, environment, at, policyVersion: set.version, basis: basisHash(basis) };
    return { set, manifest, basis, readiness: { ...readiness, ready, changed, checks } };
  }

  /**
   * Has a contact tested: makes the one-time code that it answers with. `exercise`: it is the notification of one that is
   * open, marked as a test, and stands in its record.
   */
  testContact(agent: string, { contact, exercise }: ContactWish, person: Person): Result<ContactTest> {
    const manifest = this.#manifest(agent);
    if (!manifest) return refused(noAgent(agent));
    const fault =
      exercise === undefined ? null : notifyFault(this.#at.exercises.get(exercise), agent, person);
    if (fault) return refused({ code: 'conflict', detail: fault });
    const marked = exercise === undefined ? {} : { exercise };
    const address = contactAddress(manifest, contact);
    const code = randomBytes(6).toString('hex');
    const until = new Date(Date.now() + CODE_MS).toISOString();
    const before = this.#store.contacts(agent).find((row) => row.contact === contact);
    this.#at.record((now) => {
      this.#store.setContact(agent, contact, {
        contact,
        address,
        askedBy: person.email,
        open: { codeHash: sha256(code), until, misses: 0, ...marked },
        answered: before?.answered ?? null,
      });
      if (exercise !== undefined)
        this.#at.exercises.notified(exercise, contact, address, new Date(now).toISOString());
      this.#journal.append(
        'readiness.contact-asked',
        { ...acted(person), agent, contact, address, until, test: true, ...marked },
        now,
      );
    });
    const delivery = this.#at.environment === 'sandbox' ? 'sandbox-mailbox' : 'by-hand';
    return { ok: true, value: { agent, contact, address, code, delivery, until, ...marked } };
  }

  /** Takes the code of a test from whoever has the address. */
  answerContact(agent: string, code: string, person: Person): Result<ContactAnswer> {
    const now = Date.now();
    const open = this.#store.contacts(agent).filter((row) => row.open && now < Date.parse(row.open.until));
    const row = open.find((one) => equalSecrets(one.open?.codeHash ?? '', sha256(code)));
    if (!row) return this.#missed(agent, open, person);
    const fault = answerFault(row, person.email, this.#at.environment);
    if (fault) return refused({ code: 'forbidden', detail: fault });
    const { contact, address, open: asked } = row;
    const exercise = asked?.exercise;
    const marked = exercise === undefined ? {} : { exercise };
    const at = new Date(now).toISOString();
    this.#at.record(() => {
      const answered = { address, by: person.email, at };
      this.#store.setContact(agent, contact, { ...row, open: null, answered });
      if (exercise !== undefined) this.#at.exercises.acknowledged(exercise, contact, person.email, at);
      const entry = { ...acted(person), agent, contact, address, ...marked };
      this.#journal.append('readiness.contact-answered', entry, now);
    });
    return { ok: true, value: { agent, contact, address, answeredBy: person.email, at } };
  }

  /** A wrong code counts against every open test of the agent: which one was meant cannot be told. */
  #missed(agent: string, open: readonly ContactRow[], person: Person): Result<ContactAnswer> {
    this.#at.record((now) => {
      for (const row of open) {
        const misses = (row.open?.misses ?? 0) + 1;
        const still = row.open && misses < MISSES_MAX ? { ...row.open, misses } : null;
        this.#store.setContact(agent, row.contact, { ...row, open: still });
      }
      this.#journal.append('readiness.contact-missed', { ...acted(person), agent }, now);
    });
    return refused({
      code: 'not-found',
      detail: 'No open test of this agent has that code. After five wrong codes it is asked for anew.',
    });
  }

  /** Records a person's sign-off of what is in force now. */
  sign(agent: string, as: Signatory, reason: string, person: Person): Result<SignOff> {
    const set = this.#at.governance();
    const basis = set && basisOf(set, agent);
    if (!set || !basis) return refused(noAgent(agent));
    const role = signatoryRole[as];
    if (!person.roles.includes(role))
      return refused({ code: 'forbidden', detail: `Who signs as ${as} has the role ${role}.` });
    const { environment } = this.#at;
    const signed = this.#signed(agent, basis);
    const directory = set.people ?? emptyDirectory;
    const fault = signFault({ manifest: basis.manifest, signed, environment, directory }, as, person.email);
    if (fault) return refused({ code: 'forbidden', detail: fault });
    const at = new Date().toISOString();
    const hash = basisHash(basis);
    const sign = { agent, as, by: person.email, at, reason, basis: hash, policyVersion: set.version };
    this.#at.record((now) => {
      this.#store.keepBasis(basis);
      this.#store.sign(agent, as, sign);
      const { by: _, at: __, ...said } = sign;
      this.#journal.append('readiness.signed', { ...acted(person), ...said }, now);
    });
    return { ok: true, value: sign };
  }

  #signed(agent: string, basis: Basis): Signed[] {
    return this.#store
      .signOffs(agent)
      .map((sign) => ({ ...sign, changed: this.#changed(sign.basis, basis) }));
  }

  /** What changed since it was last raised, if it executes by that still. */
  #launched(agent: string, basis: Basis): string[] {
    const launched = this.#store.level(agent)?.basis ?? null;
    return launched === null ? [] : this.#changed(launched, basis);
  }

  #changed(since: string, basis: Basis): string[] {
    const was = this.#store.basis(since);
    // What is not known any more cannot be compared, so it does not hold.
    return was ? changedSince(was, basis) : ['what was signed is not known any more'];
  }

  #manifest(agent: string): Manifest | null {
    const set = this.#at.governance();
    return (set && basisOf(set, agent))?.manifest ?? null;
  }

  /** Null: the audit log does not answer, and what it would say fails its check. */
  async #trail(agent: string): Promise<AgentTrail | null> {
    const since = new Date(Date.now() - USED_MS).toISOString();
    return within(EVIDENCE_MS, this.#evidence.trail(agent, since)).then(released, () => null);
  }
}

/** Why a contact is not notified for an exercise; null: it is. */
function notifyFault(exercise: ExerciseRecord | null, agent: string, { email }: Person): string | null {
  if (exercise?.state !== 'open') return 'There is no such exercise, or it is over.';
  if (exercise.agent !== agent) return `That exercise is of ${exercise.agent}.`;
  return samePerson(exercise.by, email) ? null : 'Somebody else runs that exercise.';
}

export function noAgent(agent: string): Problem {
  return { code: 'not-found', detail: `No agent ${agent.slice(0, 70)} is in the policy set in force.` };
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
