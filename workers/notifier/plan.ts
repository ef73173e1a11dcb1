import type { Directory } from '../../shared/directory.ts';
import type { Delivered, Notice } from '../../shared/notices.ts';

/** One place that a notice goes to. */
export interface Place {
  channel: Delivered['channel'];
  /** Channel id, address of a webhook, or mail address: of the policy set, never of a customer. */
  address: string;
  /** How it is named where it is told of: a group, `contact`, or the agent. */
  to: string;
}

/** Where a notice goes, each place once: whatever its groups are told by, and the addresses that it names itself. Pure. */
export function placesFor(notice: Notice, directory: Directory): Place[] {
  if (notice.kind === 'call-decided')
    return [{ channel: 'webhook', address: notice.webhook, to: notice.agent }];
  const places = [
    ...notice.groups.flatMap((group) => placesOf(group, directory)),
    ...notice.addresses.map((address): Place => ({ channel: 'mail', address, to: 'contact' })),
  ];
  const seen = new Set<string>();
  return places.filter(({ channel, address }) => {
    const key = `${channel} ${address.toLowerCase()}`;
    const known = seen.has(key);
    seen.add(key);
    return !known;
  });
}

function placesOf(name: string, { groups }: Directory): Place[] {
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
  if (!group) return [];
  const { slack, webhook, mail } = group;
  return [
    ...(slack === undefined ? [] : [{ channel: 'slack' as const, address: slack, to: name }]),
    ...(webhook === undefined ? [] : [{ channel: 'webhook' as const, address: webhook, to: name }]),
    ...mail.map((address): Place => ({ channel: 'mail', address, to: name })),
  ];
}

/** How long it is tried. */
const GIVE_UP_MS = 86_400_000;
const PAUSES_MS = [5_000, 15_000, 60_000, 300_000, 900_000];

/**
 * When a delivery that failed is tried again (Unix ms); null: no more. `since`: when it was asked for; `tried`: how often so far;
 * `retryAfter`: seconds that the other side asked for. Pure.
 */
export function nextTry(since: number, tried: number, retryAfter: number | null, now: number): number | null {
  const pause = PAUSES_MS[Math.min(tried, PAUSES_MS.length) - 1] ?? PAUSES_MS[0] ?? 0;
  const next = now + Math.max(pause, Math.min(retryAfter ?? 0, 3_600) * 1_000);
  return next <= since + GIVE_UP_MS ? next : null;
}
