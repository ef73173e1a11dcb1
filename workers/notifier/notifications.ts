import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import { Journal } from '../../shared/journal-store.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Delivered, Notice, Troubled } from '../../shared/notices.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import { missing, tell, type Sent } from './channels.ts';
import { NOTIFICATIONS_NAME, type Env, type NotificationsApi } from './env.ts';
import { migrations } from './migrations.ts';
import { nextTry, placesFor } from './plan.ts';
import { NoticeStore, type Delivery, type Kept } from './store.ts';

/** Control answers from memory; longer means that it is away. */
const DIRECTORY_MS = 2_000;
/** Longer than one attempt takes: after that whoever made it is gone. */
const CLAIM_MS = 20_000;
/** Longer than anything that is told of waits, so that nobody is told twice. */
const KEEP_MS = 30 * 86_400_000;
const SHIP_AGAIN_MS = 5_000;

/**
 * All notices, each kept before anybody is told: wiring around plan.ts and channels.ts. What does not get through is tried again
 * by the alarm for a day. Of a delivery the journal holds the channel and the group, never an address.
 */
export class Notifications extends DurableObject<Env> implements NotificationsApi {
  readonly #store: NoticeStore;
  readonly #journal: Journal;
  readonly #alarm: Alarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, migrations);
    this.#store = new NoticeStore(ctx.storage.sql);
    this.#journal = new Journal(NOTIFICATIONS_NAME, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#arm(Date.now());
    });
  }

  async notify(notice: Notice): Promise<Delivered[]> {
    const now = Date.now();
    this.#store.keep(released(notice), now);
    this.#alarm.by(now + CLAIM_MS);
    await this.#plan(notice.id);
    await this.#deliver(notice.id);
    this.#arm(Date.now());
    return this.#store.told(notice.id);
  }

  async troubled(): Promise<Troubled[]> {
    return this.#store.troubled();
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      const now = Date.now();
      await Promise.all(this.#store.unplanned(now).map(async (id) => this.#plan(id)));
      await this.#deliver(null);
      this.#store.prune(now - KEEP_MS);
      await this.#journal.ship(this.env.LEDGER);
    } catch (error) {
      // Not thrown on: the platform gives an alarm up after six failures.
      console.error(JSON.stringify({ alert: 'notifier.alarm-failed', error: String(error) }));
      this.#alarm.by(Date.now() + SHIP_AGAIN_MS);
    }
    this.#arm(Date.now());
  }

  #arm(now: number): void {
    const { next, oldest } = this.#store;
    if (next !== null) this.#alarm.by(Math.max(next, now));
    if (oldest !== null) this.#alarm.by(Math.max(oldest + KEEP_MS, now + SHIP_AGAIN_MS));
    if (this.#journal.unshipped > 0) this.#alarm.by(now + SHIP_AGAIN_MS);
  }

  /** Finds out where a notice goes. Without control's word it is not known, so it waits; what names its places itself does not. */
  async #plan(id: string): Promise<void> {
    const kept = this.#store.get(id);
    if (!kept || kept.planned) return;
    const directory = await within(DIRECTORY_MS, this.env.DIRECTORY.directory()).then(released, () => null);
    const now = Date.now();
    const still = this.#store.get(id);
    if (!still || still.planned) return;
    if (directory) {
      this.ctx.storage.transactionSync(() => this.#store.plan(id, placesFor(still.notice, directory), now));
    } else this.#planLater(id, still, now);
  }

  #planLater(id: string, { since, tried, notice }: Kept, now: number): void {
    const next = nextTry(since, tried + 1, null, now);
    if (next !== null) return this.#store.planLater(id, next);
    this.#store.plan(id, [], now);
    alert('notifier.nobody-told', { notice: id, of: notice.kind });
  }

  async #deliver(notice: string | null): Promise<void> {
    const now = Date.now();
    const due = this.#store.claim(notice, now, now + CLAIM_MS);
    await Promise.all(due.map(async (delivery) => this.#attempt(delivery)));
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const kept = this.#store.get(delivery.notice);
    if (!kept) return;
    const absent = missing(delivery.channel, this.env);
    if (absent !== null) return this.#settle(delivery, kept, 'failed', { detail: absent, next: 0 });
    const sent = await tell(this.env, delivery, kept.notice, Date.now());
    this.#judge(delivery, kept, sent, Date.now());
  }

  #judge(delivery: Delivery, kept: Kept, { ok, detail, retryAfter }: Sent, now: number): void {
    if (ok) return this.#settle(delivery, kept, 'done', { detail, next: 0 });
    const next = nextTry(kept.since, delivery.tried + 1, retryAfter, now);
    if (next !== null) return this.#store.settle(delivery, 'due', detail, next);
    this.#settle(delivery, kept, 'failed', { detail, next: 0 });
    const { channel, to } = delivery;
    alert('notifier.gave-up', { notice: kept.notice.id, of: kept.notice.kind, channel, to, detail });
  }

  /** The end of a delivery, with its journal entry. */
  #settle(
    delivery: Delivery,
    { notice }: Kept,
    state: 'done' | 'failed',
    { detail, next }: { detail: string; next: number },
  ): void {
    const { id, kind, agent, workflow } = notice;
    const { channel, to, tried } = delivery;
    const entry = { agent, workflow, notice: id, of: kind, channel, to, ok: state === 'done', detail };
    try {
      this.ctx.storage.transactionSync(() => {
        this.#store.settle(delivery, state, detail, next);
        this.#journal.append('notice.delivered', { ...entry, tries: tried + 1 }, Date.now());
      });
    } catch (error) {
      this.#journal.reload();
      throw error;
    }
  }
}

function alert(name: `notifier.${string}`, data: Record<string, string>): void {
  console.error(JSON.stringify({ alert: name, ...data }));
}
