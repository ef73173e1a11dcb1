import { webhookFault } from '../../shared/webhook-address.ts';

/** How the outside is reached. */
export interface OutsideEnv {
  /** The simulator; set in every environment but production. */
  VENDOR?: { fetch(request: Request): Promise<Response> };
  /** `live` opens the way out, where no simulator is bound. */
  VENDOR_MODE?: string;
  /** Must equal the origins that the code names, for them to be reached live. */
  SLACK_ORIGIN?: string;
  MAIL_ORIGIN?: string;
}

export const slackOrigin = 'https://slack.com';
export const mailOrigin = 'https://api.resend.com';

/** Milliseconds for one request, answer included: whoever told us waits for it. */
const TIMEOUT_MS = 5_000;
/** Nobody needs more of an answer. */
const ANSWER_MAX = 64_000;

/** What came of one request. `body`: its JSON; undefined: it had none that can be read. */
export type Answer =
  | { kind: 'answered'; status: number; body: unknown; retryAfter: number | null }
  /** Nothing was sent, and why. */
  | { kind: 'closed'; detail: string }
  /** It may have arrived. */
  | { kind: 'silent'; detail: string };

/**
 * Sends one request: to the simulator where one is bound, outside only in live mode and to what is pinned or, for webhooks, a
 * public host. Follows no redirect. Never throws.
 */
export async function send(
  env: OutsideEnv,
  address: string,
  headers: Record<string, string>,
  body: string,
): Promise<Answer> {
  const transport = wayOut(env, address);
  if (typeof transport === 'string') return { kind: 'closed', detail: transport };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = new Request(address, { method: 'POST', headers, body, redirect: 'manual', signal });
    return await read(await transport(request));
  } catch (error) {
    // Its text may hold the address or a header, so only its name is kept.
    return { kind: 'silent', detail: `no answer (${error instanceof Error ? error.name : 'error'})` };
  }
}

type Transport = (request: Request) => Promise<Response>;

/** How an address is reached, or why it is not. Pure but for `fetch`. */
export function wayOut(env: OutsideEnv, address: string): Transport | string {
  const { VENDOR, VENDOR_MODE } = env;
  if (VENDOR_MODE !== 'live')
    return VENDOR ? async (request) => VENDOR.fetch(request) : 'nothing is sent: neither VENDOR nor live';
  // Both set is a mistake in the configuration, and nothing goes out.
  if (VENDOR) return 'nothing is sent: VENDOR is bound in live mode';
  const { origin } = new URL(address);
  const pinned = new Map([
    [slackOrigin, env.SLACK_ORIGIN],
    [mailOrigin, env.MAIL_ORIGIN],
  ]);
  if (pinned.has(origin) ? pinned.get(origin) !== origin : webhookFault(address) !== null)
    return `nothing is sent: ${origin} is not pinned`;
  return async (request) => fetch(request);
}

async function read(response: Response): Promise<Answer> {
  const { status } = response;
  const wait = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null;
  return { kind: 'answered', status, body: await json(response), retryAfter };
}

async function json(response: Response): Promise<unknown> {
  if (Number(response.headers.get('content-length')) > ANSWER_MAX || !response.body) {
    await response.body?.cancel();
    return undefined;
  }
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for await (const part of response.body) {
    size += part.length;
    // Leaving the loop cancels the rest.
    if (size > ANSWER_MAX) return undefined;
    text += decoder.decode(part, { stream: true });
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Most receivers of webhooks answer no JSON.
  }
}
