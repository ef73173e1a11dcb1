/** The one wording of how long something can still be done, in every answer, table and page. Pure. */

/** `23 h 12 min left`, or `over since 2026-11-24T10:00:00.000Z`. `until`: RFC 3339; `now`: Unix ms. What is no time is said to be unknown. */
export function timeLeft(until: string, now: number): string {
  const at = Date.parse(until);
  if (Number.isNaN(at)) return 'not known until when';
  if (at <= now) return `over since ${new Date(at).toISOString()}`;
  return `${span(Math.floor((at - now) / 1000))} left`;
}

/** The two largest units; never more than is left. */
function span(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3_600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

/** The same way back with what is left of its time; what has no `until` stays as it is. */
export function withTimeLeft(undo: unknown, now: number): unknown {
  if (typeof undo !== 'object' || undo === null) return undo;
  const { until } = undo as { until?: unknown };
  return typeof until === 'string' ? { ...undo, left: timeLeft(until, now) } : undo;
}
