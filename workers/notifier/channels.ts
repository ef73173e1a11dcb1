import type { Notice } from '../../shared/notices.ts';
import type { Env } from './env.ts';
import { sendMail } from './mail.ts';
import type { Place } from './plan.ts';
import { postToSlack } from './slack.ts';
import { callWebhook } from './webhook.ts';
import { wordsOf } from './words.ts';

/** What came of one attempt. `retryAfter`: seconds that the other side asks for. */
export interface Sent {
  ok: boolean;
  detail: string;
  retryAfter: number | null;
}

/** Why a channel is not there; null: it is. Pure. */
export function missing(channel: Place['channel'], env: Env): string | null {
  const lacks = (
    ...names: ('NOTICE_SLACK_TOKEN' | 'WEBHOOK_PRIVATE_KEY' | 'MAIL_API_KEY' | 'MAIL_FROM')[]
  ) => {
    const absent = names.filter((name) => !env[name]);
    return absent.length === 0 ? null : `not configured: ${absent.join(', ')}`;
  };
  switch (channel) {
    case 'slack':
      return lacks('NOTICE_SLACK_TOKEN');
    case 'webhook':
      return lacks('WEBHOOK_PRIVATE_KEY');
    case 'mail':
      return lacks('MAIL_API_KEY', 'MAIL_FROM');
  }
}

/** Tells one place, once. Never throws. `missing` must have found nothing. */
export async function tell(
  env: Env,
  { channel, address }: Place,
  notice: Notice,
  now: number,
): Promise<Sent> {
  const words = wordsOf(notice, env.CONSOLE_URL);
  switch (channel) {
    case 'slack':
      return postToSlack(env, address, notice, words, env.NOTICE_SLACK_TOKEN ?? '');
    case 'webhook':
      return callWebhook(env, address, notice, env.WEBHOOK_PRIVATE_KEY ?? '', now);
    case 'mail': {
      const sender = { key: env.MAIL_API_KEY ?? '', from: env.MAIL_FROM ?? '' };
      return sendMail(env, address, notice.id, words, sender);
    }
  }
}
