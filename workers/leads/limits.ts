/** How many leads an inbox takes from one address and for one site: exact in any window. */
import { SlidingLog, type RateLimit } from '../../shared/limits.ts';
import type { Site } from '../../shared/manifest.ts';

/** `clean`: goes on to rules, agents and people. `bulk`: quarantined or a test, kept apart so that spam takes no room. */
export type Lane = 'clean' | 'bulk';

export type Admission =
  | { ok: true; lane: Lane; /** Clean, but over the site's limit. */ overflow: boolean }
  | { ok: false; retryAfter: number };

/** Times of earlier admissions since `since`, of a lane or of a sender, from storage. */
export type Earlier = (of: { lane: Lane } | { sender: string }, since: number) => number[];

/** Room for quarantine per window, in multiples of the site's limit: bounds what a flood from many addresses stores. */
const BULK_TIMES = 4;
/** Logs kept in memory; they are rebuilt from storage when asked for again. */
const LOGS_MAX = 5_000;

/**
 * One sender over its limit is told to wait. A site over its limit still gets its leads, in quarantine, until that has
 * taken four times the limit: a busy day must not cost leads, a flood must not fill the storage.
 */
export class IntakeLimits {
  readonly #earlier: Earlier;
  readonly #logs = new Map<string, SlidingLog>();

  constructor(earlier: Earlier) {
    this.#earlier = earlier;
  }

  /** Whether one more may come in. Records nothing. */
  check(site: Limits, sender: string, lane: Lane, now: number): Admission {
    const bySender = this.#log({ sender }, site.perAddress, now).check(now);
    if (!bySender.ok) return { ok: false, retryAfter: bySender.retryAfterSeconds };
    if (lane === 'clean' && this.#log({ lane }, site.perSite, now).check(now).ok) {
      return { ok: true, lane, overflow: false };
    }
    const bulk = this.#log({ lane: 'bulk' }, bulkLimit(site), now).check(now);
    if (!bulk.ok) return { ok: false, retryAfter: bulk.retryAfterSeconds };
    return { ok: true, lane: 'bulk', overflow: lane === 'clean' };
  }

  /** Whether the clean lane has room, for a lead that leaves quarantine by itself. */
  hasRoom(site: Limits, now: number): boolean {
    return this.#log({ lane: 'clean' }, site.perSite, now).check(now).ok;
  }

  /** Records what `check` allowed. */
  admit(site: Limits, sender: string | null, lane: Lane, now: number): void {
    if (sender !== null) this.#log({ sender }, site.perAddress, now).admit(now);
    this.#log({ lane }, lane === 'clean' ? site.perSite : bulkLimit(site), now).admit(now);
  }

  #log(of: { lane: Lane } | { sender: string }, limit: RateLimit, now: number): SlidingLog {
    // With the limit in the key, a changed limit starts from storage.
    const key = `${JSON.stringify(of)} ${limit.max}/${limit.per}`;
    const found = this.#logs.get(key);
    if (found) return found;
    if (this.#logs.size >= LOGS_MAX) this.#logs.clear();
    const made = new SlidingLog(limit, this.#earlier(of, now - limit.per * 1000));
    this.#logs.set(key, made);
    return made;
  }
}

export type Limits = Pick<Site, 'perAddress' | 'perSite'>;

/** For how long admissions matter to any limit of the site, in ms. */
export function windowMs({ perAddress, perSite }: Limits): number {
  return Math.max(perAddress.per, perSite.per) * 1000;
}

function bulkLimit({ perSite }: Limits): RateLimit {
  return { max: perSite.max * BULK_TIMES, per: perSite.per };
}

/** What counts as one sender: an IPv4 address, or the /64 network that one IPv6 customer holds. */
export function senderOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || !address.includes(':')) return mapped ?? address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
