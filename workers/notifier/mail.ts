import type { Sent } from './channels.ts';
import { mailOrigin, send, type OutsideEnv } from './outside.ts';
import { plainText, type Words } from './words.ts';

/** Who sends, with which key. */
export interface Sender {
  key: string;
  from: string;
}

/**
 * Sends a notice as plain text through Resend (https://resend.com/docs/api-reference/emails/send-email). Under one key of its
 * own per notice and address, so that asking again sends nothing twice within a day.
 */
export async function sendMail(
  env: OutsideEnv,
  address: string,
  notice: string,
  words: Words,
  { key, from }: Sender,
): Promise<Sent> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'user-agent': 'toolgate',
    'idempotency-key': `${notice}/${address}`.slice(0, 256),
  };
  const mail = { from, to: [address], subject: words.title.slice(0, 200), text: plainText(words) };
  const answer = await send(env, `${mailOrigin}/emails`, headers, JSON.stringify(mail));
  if (answer.kind !== 'answered') return { ok: false, detail: answer.detail, retryAfter: null };
  const { status, retryAfter } = answer;
  return { ok: status === 200, detail: status === 200 ? 'sent' : `Resend answered ${status}`, retryAfter };
}
