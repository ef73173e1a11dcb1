import type { Entry } from '../../shared/journal.ts';
import {
  pulseCounts,
  type Pulse,
  type PulseCounts,
  type ToolCounts,
  type ToolRecord,
} from '../../shared/pulse.ts';
import type { ToolTally } from './env.ts';
import { latestOf } from './secret-store.ts';

/** How often something happened to calls of a tool, by the minute. */
export interface Tallied {
  /** `2026-11-22T12:00`. */
  minute: string;
  tool: string;
  /** A word of `wordsOf`. */
  word: string;
  times: number;
}

const MINUTE_MS = 60_000;
/** Minutes of a pulse. */
const MINUTES = 60;

/**
 * What an entry counts for. Pure. `call`: a call's first entry. What people have done in the operators' lane is no agent's call. A
 * denial may stand for many that came too fast to be journaled.
 */
export function wordsOf({ kind, data }: Entry): { word: string; times: number }[] {
  if (data['lane'] !== undefined) return [];
  const first = data['approval'] === undefined || data['approval'] === null;
  switch (kind) {
    case 'call.intent':
      return once(first ? ['call', 'allowed'] : ['allowed']);
    case 'call.proposed':
      return once(['call', 'allowed']);
    case 'call.waiting':
      return once(['call', 'waiting']);
    case 'call.denied': {
      const times = 1 + whole(data['suppressed']);
      const denied = { word: 'denied', times };
      return first ? [{ word: 'call', times }, denied] : [denied];
    }
    case 'call.outcome':
    case 'call.recovered':
      return once([endOf(data)]);
    default:
      return [];
  }
}

function once(words: readonly string[]): { word: string; times: number }[] {
  return words.map((word) => ({ word, times: 1 }));
}

function whole(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function endOf({ outcome, reason }: Entry['data']): string {
  if (outcome === 'failed') return `failed:${typeof reason === 'string' ? reason : 'unknown'}`;
  return typeof outcome === 'string' ? outcome : 'unknown';
}

/** Counts a shipment's entries, so that each minute, tool and word is written once. Pure. */
export function tallyOf(entries: readonly Entry[]): Tallied[] {
  const rows = new Map<string, Tallied>();
  for (const entry of entries) {
    const minute = entry.at.slice(0, 'YYYY-MM-DDTHH:MM'.length);
    const tool = entry.data.tool ?? '';
    for (const { word, times } of wordsOf(entry)) {
      const key = JSON.stringify([minute, tool, word]);
      const row = rows.get(key) ?? { minute, tool, word, times: 0 };
      rows.set(key, { ...row, times: row.times + times });
    }
  }
  return [...rows.values()];
}

/** When the first minute of a pulse began. `now` and the answer: Unix ms. Pure. */
export function pulseSince(now: number): number {
  return Math.floor(now / MINUTE_MS) * MINUTE_MS - (MINUTES - 1) * MINUTE_MS;
}

/** A pulse from counts of all tools. `now`: Unix ms. What lies outside its hour is left out. Pure. */
export function pulseOf(tallied: readonly Pick<Tallied, 'minute' | 'word' | 'times'>[], now: number): Pulse {
  const since = pulseSince(now);
  const minutes = Array.from({ length: MINUTES }, (_, n) => ({
    at: new Date(since + n * MINUTE_MS).toISOString(),
    ...none(),
  }));
  const byStart = new Map(minutes.map((minute) => [minute.at.slice(0, 16), minute]));
  for (const { minute, word, times } of tallied) {
    const counts = byStart.get(minute);
    const name = countOf(word);
    if (counts && name) counts[name] += times;
  }
  return {
    at: new Date(now).toISOString(),
    minutes,
    lastMinute: sum(minutes.slice(-2, -1)),
    hour: sum(minutes),
  };
}

function none(): PulseCounts {
  return { calls: 0, allowed: 0, denied: 0, waiting: 0, failed: 0 };
}

function sum(minutes: readonly PulseCounts[]): PulseCounts {
  const total = none();
  for (const minute of minutes) for (const name of pulseCounts) total[name] += minute[name];
  return total;
}

function countOf(word: string): keyof PulseCounts | undefined {
  if (word.startsWith('failed:') || word === 'indeterminate') return 'failed';
  if (word === 'call') return 'calls';
  return pulseCounts.find((name) => name === word);
}

/** Counts of one tool from its words. Pure. */
export function toolCountsOf(words: readonly Pick<Tallied, 'word' | 'times'>[]): ToolCounts {
  const counts: ToolCounts = { calls: 0, denied: 0, succeeded: 0, indeterminate: 0, lapsed: 0, failed: {} };
  for (const { word, times } of words) {
    const [kind, reason] = word.split(':');
    if (kind === 'failed' && reason !== undefined)
      counts.failed[reason] = (counts.failed[reason] ?? 0) + times;
    if (kind === 'call') counts.calls += times;
    if (kind === 'denied' || kind === 'succeeded' || kind === 'indeterminate' || kind === 'lapsed')
      counts[kind] += times;
  }
  return counts;
}

/** What several months (newest first) counted of each tool, as one record a tool, by name. Pure. */
export function toolRecordsOf(months: readonly ToolTally[]): ToolRecord[] {
  const of = (name: 'hour' | 'day', tool: string): ToolCounts =>
    toolCountsOf(months.flatMap((month) => month[name].filter((row) => row.tool === tool)));
  const last = months.flatMap(({ ended }) => ended);
  const counted = months.flatMap(({ day, hour }) => [...day, ...hour]);
  const secrets = latestOf(months.flatMap((month) => month.secrets));
  const tools = new Set(
    [...counted, ...last, ...secrets].map(({ tool }) => tool).filter((tool) => tool !== ''),
  );
  return [...tools].sort().map((tool) => ({
    tool,
    hour: of('hour', tool),
    day: of('day', tool),
    last: last
      .filter((one) => one.tool === tool)
      .slice(0, 10)
      .map(({ outcome }) => outcome),
    secrets: secrets
      .filter((one) => one.tool === tool)
      .map(({ name, usedAt, refusedAt }) => ({ name, usedAt, refusedAt })),
  }));
}
