import { Buffer } from 'node:buffer';
import { signText, type JwkText } from '../../shared/crypto.ts';
import type { Notice } from '../../shared/notices.ts';
import type { Sent } from './channels.ts';
import { send, type OutsideEnv } from './outside.ts';

/** What is only for us: where it goes, and what buttons carry. */
const withheld = new Set(['groups', 'addresses', 'webhook', 'buttons', 'card']);

/** The body of a webhook: type, time, and what the notice says. The link is the path of the console. Pure. */
export function webhookBody(notice: Notice): string {
  const data = Object.fromEntries(Object.entries(notice).filter(([key]) => !withheld.has(key)));
  return JSON.stringify({ type: notice.kind, timestamp: notice.at, data });
}

/**
 * Headers of Standard Webhooks (https://www.standardwebhooks.com), asymmetric: `v1a,` and the Ed25519 signature in base64 over
 * `id.timestamp.body`. `now` in Unix ms. Pure.
 */
export function webhookHeaders(id: string, body: string, key: JwkText, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signature = Buffer.from(signText(key, `${id}.${timestamp}.${body}`), 'base64url').toString('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1a,${signature}`,
  };
}

/** Sends a notice to an address of the policy set. Whatever is not 2xx, a redirect too, has not arrived. */
export async function callWebhook(
  env: OutsideEnv,
  address: string,
  notice: Notice,
  key: JwkText,
  now: number,
): Promise<Sent> {
  const body = webhookBody(notice);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'toolgate',
    ...webhookHeaders(notice.id, body, key, now),
  };
  const answer = await send(env, address, headers, body);
  if (answer.kind !== 'answered') return { ok: false, detail: answer.detail, retryAfter: null };
  const { status, retryAfter } = answer;
  return { ok: status >= 200 && status < 300, detail: `answered ${status}`, retryAfter };
}

/** The public half of the signing key as Standard Webhooks writes it, `whpk_…`, and as a JWK. */
export function publicKeyOf(key: JwkText): { text: string; jwk: Record<string, string> } {
  const { kty, crv, x } = JSON.parse(key) as { kty: string; crv: string; x: string };
  return { text: `whpk_${Buffer.from(x, 'base64url').toString('base64')}`, jwk: { kty, crv, x } };
}
