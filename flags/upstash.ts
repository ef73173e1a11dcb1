import { Redis } from '@upstash/redis/cloudflare';
import { sourceUrl } from './source-url.ts';
import { isTarget, type Target } from './targets.ts';

/** The Redis set whose members are what is stopped, whatever Unleash and the console say. */
export const BREAK_GLASS_KEY = 'toolgate:break-glass';

export interface UpstashSettings {
  url: string;
  token: string;
}

export type BreakGlass =
  | { kind: 'heard'; stopped: { target: Target; reason: string }[] }
  /** Break-glass blind: it neither opens nor stops anything. `detail` holds no command, argument or token. */
  | { kind: 'silent'; detail: string };

const TIMEOUT_MS = 2_000;

/** More than anybody types in an emergency; past it, something else writes to this key. */
const MAX_MEMBERS = 200;

/** Reads the break-glass set once. Never throws. */
export async function readBreakGlass({ url, token }: UpstashSettings): Promise<BreakGlass> {
  if (!sourceUrl(url)) {
    return {
      kind: 'silent',
      detail: 'UPSTASH_REDIS_REST_URL is no https address (http only for this machine).',
    };
  }
  try {
    const redis = new Redis({
      url,
      token,
      // No retries of its own: control asks again each second anyway. (`false` would still try twice.)
      retry: { retries: 0 },
      // A function: an aborted plain signal is answered with status 200 and the reason as the result.
      signal: () => AbortSignal.timeout(TIMEOUT_MS),
      automaticDeserialization: false,
      enableTelemetry: false,
      readYourWrites: false,
    });
    return stoppedBy(await redis.smembers<unknown[]>(BREAK_GLASS_KEY));
  } catch (error) {
    return { kind: 'silent', detail: withoutContent(error) };
  }
}

/** What the members of the set stop. Pure. */
export function stoppedBy(members: unknown): BreakGlass {
  if (!Array.isArray(members)) return { kind: 'silent', detail: 'Redis answered with no set.' };
  const targets = members.filter(
    (member): member is Target => typeof member === 'string' && isTarget(member),
  );
  const stopped = targets
    .slice(0, MAX_MEMBERS)
    .map((target) => ({ target, reason: `It is a member of ${BREAK_GLASS_KEY}.` }));
  const others = members.length - targets.length;
  const doubt =
    members.length > MAX_MEMBERS
      ? `${BREAK_GLASS_KEY} holds more than ${MAX_MEMBERS} members, so everything is stopped.`
      : `${BREAK_GLASS_KEY} holds ${others} member(s) that name no target, so everything is stopped.`;
  // In doubt the gate is closed: somebody in an emergency who mistypes a target meant to stop something.
  if (others === 0 && members.length <= MAX_MEMBERS) return { kind: 'heard', stopped };
  const rest = stopped.filter(({ target }) => target !== 'all');
  return { kind: 'heard', stopped: [{ target: 'all', reason: doubt }, ...rest] };
}

/** An error of the client quotes the command, its arguments or a whole answer: only its kind is passed on. */
function withoutContent(error: unknown): string {
  if (!(error instanceof Error)) return 'Redis gave no usable answer.';
  switch (error.name) {
    case 'TimeoutError':
    case 'AbortError':
      return `Redis gave no answer within ${TIMEOUT_MS} ms.`;
    case 'UpstashError':
      return /unauthorized|wrongpass/i.test(error.message)
        ? 'UPSTASH_REDIS_REST_TOKEN is not accepted.'
        : 'Redis refused to read the set.';
    case 'UpstashJSONParseError':
      return 'What answers at UPSTASH_REDIS_REST_URL is no Redis REST API.';
    default:
      return 'UPSTASH_REDIS_REST_URL cannot be reached, or gives no usable answer.';
  }
}
