import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import type { PersonKey } from '../../shared/erasure.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { Site } from '../../shared/manifest.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Problem } from '../../shared/problems.ts';
import type { CorrectionReason, RoutingCount } from '../../shared/lead-errors.ts';
import type { SealedLead } from '../../shared/lead-seal.ts';
import type { LeadDetail, LeadFacts, RoutedBy } from '../../shared/rpc.ts';
import type { ErasedLeads } from '../../shared/vault.ts';
import { transact } from '../../shared/transact.ts';
import { HUMAN_QUEUE } from '../tools/leads/contract.ts';
import { admitForm, type Admitted, type Submission } from './admit.ts';
import { Corrections } from './corrections.ts';
import { SAME_LEAD_MS } from './dedupe.ts';
import { INDEX_NAME, type Env } from './env.ts';
import { Intake } from './intake.ts';
import { newLeadId } from './lead-id.ts';
import { IntakeLimits, windowMs, type Lane } from './limits.ts';
import { inboxMigrations } from './migrations.ts';
import { placeLead } from './place.ts';
import { overwrite, sealOld } from './seal-old.ts';
import { originAllowed } from './site-access.ts';
import { SiteConfig } from './site-config.ts';
import { spamReasons, type Reason } from './spam.ts';
import { LeadStore, type LeadQuery, type StoredLead } from './store.ts';
import { correctable, routing, type Correctable, type Routing } from './transitions.ts';
import { verifyTurnstile } from './turnstile.ts';
import { detailOf, factsOf } from './views.ts';

export type Submitted =
  | { kind: 'accepted'; lead: string; test: boolean; thankYou: string | null; allowOrigin: string | null }
  | { kind: 'refused'; problem: Problem; allowOrigin: string | null };

const DAY_MS = 86_400_000;
const RETENTION_DAYS = 90;
/** How long entries and index rows wait for company, and for the next try after a failure. */
const SHIP_MS = 1_000;
const RETRY_MS = 5_000;
/** Leads that one alarm moves or deletes, so that it stays short; the next comes at once. */
const BATCH = 500;

/** All that exists once the site is known. */
interface Open {
  site: string;
  intake: Intake;
  store: LeadStore;
  journal: Journal;
  corrections: Corrections;
  limits: IntakeLimits;
}

/**
 * The leads of one site. Whatever it accepts is durable before it answers (storage's output gate holds the answer
 * back), and it asks nobody about stops: a stop holds agents, not leads.
 */
export class LeadInbox extends DurableObject<Env> {
  readonly #alarm: Alarm;
  readonly #config: SiteConfig;
  /** Absent until the site is known: a made-up name leaves no storage behind. */
  #open: Open | undefined;
  #indexed = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new Alarm(ctx.storage);
    const known = LeadStore.isSetUp(ctx.storage.sql) ? this.#setUp() : undefined;
    this.#config = new SiteConfig(env.SITES, known, (site) => this.#keep(site));
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      // The platform gives up on an alarm that fails six times; whatever it was for is found again.
      if (this.#open) this.#alarm.by(Date.now() + SHIP_MS);
    });
  }

  /** Takes a form. Accepted means durable; refused means nothing was stored. */
  async submit(site: string, form: Submission): Promise<Submitted> {
    const config = await this.#config.current(site, Date.now);
    if (config.kind === 'unknown')
      return refused({ code: 'not-found', detail: 'There is no such site.' }, null);
    if (config.kind === 'unreachable') return refused({ code: 'intake-unavailable', retryAfter: 5 }, null);
    const allowOrigin = originAllowed(config.site, form.origin) ? form.origin : null;
    const admitted = admitForm(config.site, form);
    if (!admitted.ok) return refused(admitted.problem, allowOrigin);
    const turnstile = await verifyTurnstile(this.env, admitted.turnstile);
    const open = this.#open;
    if (!open) return refused({ code: 'intake-unavailable', retryAfter: 5 }, allowOrigin);
    if (!this.#indexed) await this.#index(open);
    const reasons = spamReasons(admitted.draft, { honeypot: admitted.honeypot, turnstile });
    // From here on there is no await: whoever sends the same thing at the same time finds this lead.
    return this.#take(
      open,
      config.site,
      { ...admitted, reasons, address: form.address, allowOrigin },
      Date.now(),
    );
  }

  /** Whether a page of this origin may post here: the answer to a preflight. */
  async preflight(
    site: string,
    origin: string | null,
  ): Promise<'allowed' | 'refused' | 'unknown' | 'unreachable'> {
    const config = await this.#config.current(site, Date.now);
    if (config.kind !== 'known') return config.kind;
    return origin !== null && originAllowed(config.site, origin) ? 'allowed' : 'refused';
  }

  /** For agents, for whom a lead in quarantine does not exist. */
  async get(id: string): Promise<Closed | null> {
    const lead = this.#open?.store.get(id);
    return this.#open && lead && lead.status !== 'quarantined' ? closed(this.#open.site, lead) : null;
  }

  /** For agents: without what is in quarantine. */
  async toOpen(query: LeadQuery): Promise<Closed[]> {
    const open = this.#open;
    if (!open || query.status === 'quarantined') return [];
    return open.store.list(query).map((lead) => closed(open.site, lead));
  }

  /** For people, masked. */
  async list(query: LeadQuery): Promise<LeadDetail[]> {
    const open = this.#open;
    return open ? open.store.list(query).map((lead) => detailed(open, lead)) : [];
  }

  /** All that is sealed of a lead: its form, then the notes of whoever routed it; null: there is no such lead. */
  async sealed(id: string): Promise<SealedLead[] | null> {
    const lead = this.#open?.store.get(id);
    return this.#open && lead ? [lead.sealed, ...this.#open.store.notes(id)] : null;
  }

  /** Idempotent by call. `late`, at or after `startBefore` (Unix ms): nothing was changed. */
  async route(
    id: string,
    queue: string,
    note: string,
    call: string,
    startBefore: number,
    by?: RoutedBy,
  ): Promise<'routed' | 'late' | (Routing & { ok: false })['why']> {
    const open = this.#open;
    if (!open) return 'not-found';
    const before = open.store.routedLead(call);
    if (before !== null) return before === id ? 'routed' : 'already-routed';
    const now = Date.now();
    // Asked this way round, so that what is no number is late.
    if (!(now < startBefore)) return 'late';
    const verdict = routing(open.store.get(id), queue);
    if (!verdict.ok) return verdict.why;
    const sealedNote = open.intake.note(id, call, note);
    transact(this.ctx, () => {
      open.store.addRouting(call, id, queue, sealedNote, now);
      open.store.move(id, { status: verdict.status, queue, routedBy: call, dueAt: null });
      open.journal.append(
        'lead.routed',
        { lead: id, site: open.site, status: verdict.status, queue, call },
        now,
      );
      // Handing a lead to people is no routing that could be wrong.
      if (by?.byPerson) open.corrections.corrected(id, queue, 'undone', now);
      else if (by && verdict.status === 'routed')
        open.corrections.decided({ lead: id, by: `agent:${by.agent}`, queue, at: now });
    });
    this.#alarm.by(now + SHIP_MS);
    return 'routed';
  }

  async routedBy(id: string, call: string): Promise<boolean> {
    return this.#open?.store.routedLead(call) === id;
  }

  /** Takes a lead out of quarantine, for a person whom the caller has checked. */
  async recover(
    id: string,
    person: { email: string; credential: string },
  ): Promise<LeadDetail | 'not-found' | 'not-quarantined'> {
    const open = this.#open;
    const lead = open?.store.get(id);
    if (!open || !lead) return 'not-found';
    if (lead.status !== 'quarantined') return 'not-quarantined';
    const by = { person: person.email, credential: person.credential };
    return detailed(open, this.#release(open, lead, 'lead.recovered', by, Date.now()));
  }

  /** Sends a lead elsewhere, for a person whom the caller has checked. */
  async correct(
    id: string,
    { queue, reason }: { queue: string; reason: CorrectionReason },
    person: { email: string; credential: string },
  ): Promise<LeadDetail | (Correctable & { ok: false })['why']> {
    const open = this.#open;
    const lead = open?.store.get(id) ?? null;
    const verdict = correctable(lead, queue);
    if (!verdict.ok) return verdict.why;
    if (!open || !lead) return 'not-found';
    const now = Date.now();
    const to = { status: verdict.status, queue, routedBy: 'person', dueAt: null };
    transact(this.ctx, () => {
      open.store.move(id, to);
      const wrong = open.corrections.corrected(id, queue, reason, now);
      const said = { lead: id, site: open.site, from: lead.queue, queue, reason, decidedBy: wrong };
      open.journal.append(
        'lead.corrected',
        { ...said, person: person.email, credential: person.credential },
        now,
      );
    });
    this.#alarm.by(now + SHIP_MS);
    return detailed(open, { ...lead, ...to });
  }

  /**
   * Deletes leads of a person by their mail address or phone number, as many as one ask may. What others wrote of them in their own
   * messages is not found. Idempotent by the erasure.
   */
  async erasePerson(erasure: string, persons: readonly PersonKey[]): Promise<ErasedLeads> {
    const open = this.#open;
    if (!open) return { leads: 0, done: true };
    const ids = open.store.of(
      persons.map((person) => open.intake.hashes.person(person)),
      BATCH,
    );
    const leads = transact(this.ctx, () => {
      this.#erase(open, ids, 'lead.erased', { erasure }, Date.now());
      return open.store.countErased(erasure, ids.length);
    });
    return { leads, done: ids.length < BATCH };
  }

  /** How many leads `erasePerson` would delete. */
  async countPerson(persons: readonly PersonKey[]): Promise<ErasedLeads> {
    const open = this.#open;
    if (!open) return { leads: 0, done: true };
    const hashes = persons.map((person) => open.intake.hashes.person(person));
    return { leads: open.store.of(hashes, Number.MAX_SAFE_INTEGER).length, done: true };
  }

  /** What agents and rules routed from then (Unix ms) to now, and how much of it people corrected. */
  async errors(since: number): Promise<RoutingCount[]> {
    return this.#open?.corrections.counts(this.#open.site, since, Date.now() + 1) ?? [];
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const open = this.#open;
    if (!open) return;
    const now = Date.now();
    if (overwrite(this.ctx.storage.sql)) this.#alarm.by(now + SHIP_MS);
    this.#moveOverdue(open, now);
    this.#expire(open, now);
    if (!this.#indexed) await this.#index(open);
    const shipped = await open.journal.ship(this.env.LEDGER);
    if (!shipped || !this.#indexed) this.#alarm.by(Date.now() + RETRY_MS);
    this.#arm(open, Date.now());
  }

  /** The synchronous part of taking a form: the same lead, a new one, or too many. */
  #take(open: Open, site: Site, form: Taken, now: number): Submitted {
    const print = open.intake.hashes.fingerprint(form.draft, form.test);
    const same = open.store.same(print, now - SAME_LEAD_MS);
    if (same) return accepted(site, this.#again(open, site, same, form.reasons, now), form.allowOrigin);
    const sender = open.intake.hashes.sender(form.address);
    const wanted: Lane = form.test || form.reasons.length > 0 ? 'bulk' : 'clean';
    const admission = open.limits.check(site, sender, wanted, now);
    if (!admission.ok)
      return refused({ code: 'limited', retryAfter: admission.retryAfter }, form.allowOrigin);
    const reasons: Reason[] = admission.overflow ? ['over-site-limit'] : form.reasons;
    const id = newLeadId(site.id, now);
    const lead = {
      ...placeLead(site, { ...form, reasons }, now),
      ...open.intake.seal(id, form.draft, form.test),
      id,
    };
    // In memory first: a log that is rebuilt from storage must not find this admission there already.
    open.limits.admit(site, sender, admission.lane, now);
    transact(this.ctx, () => {
      open.store.insert(lead);
      const { status, routedBy, queue } = lead;
      if (status === 'routed' && routedBy?.startsWith('rule:') && queue !== null)
        open.corrections.decided({ lead: lead.id, by: routedBy, queue, at: now });
      open.store.addAdmission(now, sender, admission.lane);
      open.journal.append('lead.accepted', acceptedEntry(site, lead), now);
    });
    this.#alarm.by(now + SHIP_MS);
    return accepted(site, lead, form.allowOrigin);
  }

  /** The same content again. Sent clean this time (the check had been down, say), it leaves quarantine. */
  #again(open: Open, site: Site, lead: StoredLead, reasons: readonly Reason[], now: number): StoredLead {
    if (lead.status !== 'quarantined' || reasons.length > 0 || !open.limits.hasRoom(site, now)) return lead;
    open.limits.admit(site, null, 'clean', now);
    open.store.addAdmission(now, null, 'clean');
    return this.#release(open, lead, 'lead.released', {}, now);
  }

  #release(open: Open, lead: StoredLead, kind: string, by: Record<string, string>, now: number): StoredLead {
    const site = this.#config.last;
    const dueAt = lead.test || !site ? null : now + site.responseSeconds * 1000;
    const to = { status: 'new', queue: null, routedBy: null, dueAt } as const;
    transact(this.ctx, () => {
      open.store.move(lead.id, to);
      open.journal.append(kind, { lead: lead.id, site: open.site, status: to.status, ...by }, now);
    });
    this.#alarm.by(now + SHIP_MS);
    return { ...lead, ...to };
  }

  #moveOverdue(open: Open, now: number): void {
    const overdue = open.store.overdue(now, BATCH);
    if (overdue.length === 0) return;
    transact(this.ctx, () => {
      for (const { id } of overdue) {
        open.store.move(id, { status: 'human-queue', queue: HUMAN_QUEUE, routedBy: 'deadline', dueAt: null });
        open.journal.append('lead.overdue', { lead: id, site: open.site, status: 'human-queue' }, now);
      }
    });
  }

  #expire(open: Open, now: number): void {
    const expired = open.store.receivedBefore(now - retentionMs(this.#config.last), BATCH);
    if (expired.length === 0) return;
    transact(this.ctx, () => this.#erase(open, expired, 'lead.expired', {}, now));
  }

  /** Deletes leads, in the caller's transaction; with each goes the only share from which the key of its text can be had. */
  #erase(open: Open, ids: readonly string[], kind: string, by: Record<string, string>, now: number): void {
    for (const id of ids) {
      open.store.erase(id);
      open.corrections.erase(id);
      open.journal.append(kind, { lead: id, site: open.site, ...by }, now);
    }
    this.#alarm.by(now + SHIP_MS);
  }

  /** Sets the alarm for whatever comes next, after all that was due is done. */
  #arm({ store }: Open, now: number): void {
    const site = this.#config.last;
    const window = site ? windowMs(site) : 0;
    const admission = store.forgetAdmissions(now - window);
    if (admission !== null) this.#alarm.by(admission + window + SHIP_MS);
    const oldest = store.oldest();
    if (oldest !== null) this.#alarm.by(Math.max(oldest + retentionMs(site), now));
    const due = store.nextDue();
    if (due !== null) this.#alarm.by(Math.max(due, now));
  }

  /** Tells the index that this site has an inbox; the alarm tries again if it cannot be told. */
  async #index({ site, store }: Open): Promise<void> {
    try {
      await this.env.INDEX.getByName(INDEX_NAME).add(site);
    } catch {
      return; // Until then the desk does not find this site's leads; they are safe here.
    }
    this.#indexed = true;
    store.indexed();
  }

  /** Opens what storage holds and returns the site's settings of before. */
  #setUp(): Site | undefined {
    const { storage } = this.ctx;
    migrate(storage, inboxMigrations);
    const inbox = LeadStore.inbox(storage.sql);
    if (!inbox) return undefined;
    const { site, key, config } = inbox;
    const store = new LeadStore(storage.sql, site);
    // The settings of now, once they are known: rules may name other words than before.
    const intake = new Intake(this.env, site, key, () => this.#config?.last ?? config);
    sealOld(storage, store, intake);
    const journal = new Journal(`leads:${site}`, storage.sql);
    const corrections = new Corrections(storage.sql);
    this.#open = { site, intake, store, journal, corrections, limits: new IntakeLimits(store.earlier) };
    this.#indexed = inbox.indexed;
    return config;
  }

  #keep(site: Site): void {
    migrate(this.ctx.storage, inboxMigrations);
    LeadStore.keepConfig(this.ctx.storage.sql, site, crypto.randomUUID());
    if (!this.#open) this.#setUp();
    // A shorter retention counts at once.
    this.#alarm.by(Date.now() + SHIP_MS);
  }
}

/** A lead as agents may have it: what is known in clear, and what the vault has to open. */
export interface Closed {
  facts: LeadFacts;
  sealed: SealedLead;
}

function closed(site: string, lead: StoredLead): Closed {
  return { facts: factsOf(site, lead), sealed: lead.sealed };
}

function detailed({ site, store }: Open, lead: StoredLead): LeadDetail {
  return detailOf(site, lead, store.notes(lead.id).length > 0);
}

/** A form that may come in, and how it looked. */
interface Taken extends Omit<Admitted & { ok: true }, 'ok'> {
  reasons: Reason[];
  address: string;
  allowOrigin: string | null;
}

/** No personal data: what a person wrote is sealed in the lead's own row, which expires. */
function acceptedEntry(site: Site, lead: StoredLead): Record<string, unknown> {
  const { id, status, queue, routedBy, test, reasons, clear } = lead;
  return { lead: id, site: site.id, status, queue, routedBy, test, reasons, consent: clear.consent };
}

function accepted(site: Site, { id, test }: StoredLead, allowOrigin: string | null): Submitted {
  return { kind: 'accepted', lead: id, test, thankYou: site.thankYou ?? null, allowOrigin };
}

function refused(problem: Problem, allowOrigin: string | null): Submitted {
  return { kind: 'refused', problem, allowOrigin };
}

function retentionMs(site: Site | undefined): number {
  return (site?.retentionDays ?? RETENTION_DAYS) * DAY_MS;
}
