import { z } from 'zod';
import { equalSecrets, hmac } from '../../../shared/crypto.ts';

/** How far Slack's clock and ours may be apart, as Slack says it. */
const TIMELY_S = 300;

/**
 * Whether a request is Slack's own and new enough: `v0=` and HMAC-SHA-256 over `v0:timestamp:body`
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack). `now` in Unix ms. Pure.
 */
export function isSlacks(
  { timestamp, signature, body }: { timestamp: string; signature: string; body: string },
  secret: string,
  now: number,
): boolean {
  const made = `v0=${hmac(secret, `v0:${timestamp}:${body}`)}`;
  // Both are looked at, whichever fails.
  const [genuine, timely] = [equalSecrets(made, signature), isTimely(timestamp, now)];
  return genuine && timely;
}

function isTimely(timestamp: string, now: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= TIMELY_S;
}

const interaction = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().max(40) }),
  channel: z.object({ id: z.string().max(40) }).optional(),
  actions: z
    .array(z.object({ action_id: z.string().max(100), value: z.string().max(2_000).optional() }))
    .length(1),
});

/** Who pressed what, and where. */
export interface Pressed {
  member: string;
  channel: string | null;
  button: string;
  value: string;
}

/** The press of a button in the body of a request (`payload=` and JSON); null: it is something else. Pure. */
export function pressedIn(body: string): Pressed | null {
  const parsed = interaction.safeParse(json(new URLSearchParams(body).get('payload') ?? ''));
  const action = parsed.success ? parsed.data.actions[0] : undefined;
  if (!parsed.success || !action) return null;
  const { user, channel } = parsed.data;
  const { action_id: button, value = '' } = action;
  return { member: user.id, channel: channel?.id ?? null, button, value };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Fits no interaction.
  }
}
