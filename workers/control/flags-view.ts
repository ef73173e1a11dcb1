import { standingOf, type Closed, type Seen } from '../../flags/rollout.ts';
import type { Switch } from '../../flags/switches.ts';
import type { Features } from '../../flags/unleash.ts';
import type { FlagView, SourceView } from '../../shared/rpc.ts';

/** How each switch stands, for people. */
export function flagViews(
  switches: readonly Switch[],
  features: Features | null,
  seen: Seen,
  closedTo: ReadonlyMap<string, readonly Closed[]>,
): FlagView[] {
  return switches.map(({ name, target, owner, off, silence }) => {
    const state = features ? standingOf(name, features, seen) : 'unknown';
    const closed = state === 'on' ? closedBy(name, closedTo) : [];
    const seconds = {
      read: silence.read / 1000,
      propose: silence.propose / 1000,
      execute: silence.execute / 1000,
    };
    return {
      name,
      target,
      owner,
      off,
      state: closed.length > 0 ? 'rollout' : state,
      closed,
      silence: seconds,
    };
  });
}

function closedBy(name: string, closedTo: ReadonlyMap<string, readonly Closed[]>): string[] {
  return [...closedTo].flatMap(([agent, closed]) =>
    closed
      .filter((item) => item.switch === name)
      .flatMap(({ action, modes }) => modes.map((mode) => `${agent} ${action}:${mode}`)),
  );
}

/** Flags that somebody made to stop something. */
const meantToStop = /kill|stop|halt|pause|disable|emergency|shut|panic|break-?glass|\.enabled$/i;

/** Flags of the document that look as if they stopped something, and that nothing reads; at most fifty. */
export function nothingReads(features: Features | null, switches: readonly Switch[]): string[] {
  const known = new Set(switches.map(({ name }) => name));
  return (features?.names() ?? []).filter((name) => !known.has(name) && meantToStop.test(name)).slice(0, 50);
}

/** Switches that the source has never had: closed, and no stop. */
export function neverSeen(features: Features | null, switches: readonly Switch[], seen: Seen): string[] {
  if (!features) return [];
  return switches.map(({ name }) => name).filter((name) => standingOf(name, features, seen) === 'never-seen');
}

/** So many are named; whoever wants all of them lists the flags. */
const NAMED = 3;

function tellOfNeverSeen(names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `Never seen in Unleash: closed: ${names.slice(0, NAMED).join(', ')}${more}. toolgate flags push creates them, unless UNLEASH_TOKEN is of another project.`;
}

interface Heard {
  heardAt: number | null;
  /** Why the last question had no good answer; null: it had one, or none was asked yet. */
  detail: string | null;
}

/** How fresh each source is; null: it is not configured. */
export function sourceViews(at: {
  unleash: Heard | null;
  breakGlass: Heard | null;
  /** Switches that Unleash has never had. */
  neverSeen: readonly string[];
  now: number;
}): SourceView[] {
  const embedded: SourceView = at.unleash
    ? { name: 'embedded', state: 'not-configured', lastHeard: null, detail: 'Unleash serves the flags.' }
    : {
        name: 'embedded',
        state: 'fresh',
        lastHeard: new Date(at.now).toISOString(),
        detail: "Flags are control's own: toolgate flags list.",
      };
  return [
    viewOf(
      'unleash',
      at.unleash,
      at.now,
      'Set UNLEASH_URL and UNLEASH_TOKEN to follow one.',
      tellOfNeverSeen(at.neverSeen),
    ),
    embedded,
    viewOf(
      'break-glass',
      at.breakGlass,
      at.now,
      'Set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN to have one.',
    ),
  ];
}

/** A source that is asked each second and was not heard for so long is silent, whatever the last answer was. */
const FRESH_MS = 5_000;

function viewOf(
  name: 'unleash' | 'break-glass',
  heard: Heard | null,
  now: number,
  unset: string,
  whenFresh = '',
): SourceView {
  if (!heard) return { name, state: 'not-configured', lastHeard: null, detail: unset };
  const { heardAt, detail } = heard;
  const fresh = detail === null && heardAt !== null && now - heardAt < FRESH_MS;
  return {
    name,
    state: fresh ? 'fresh' : 'silent',
    lastHeard: heardAt === null ? null : new Date(heardAt).toISOString(),
    detail: fresh ? whenFresh : `${detail ?? 'It was not heard yet.'} ${meaning[name]}`,
  };
}

const meaning = {
  unleash: 'Execute stops ten seconds after it was last heard, reads ten minutes after.',
  'break-glass':
    'Break-glass blind: the set stops nothing new until it is heard, and what it stopped stays stopped.',
};
