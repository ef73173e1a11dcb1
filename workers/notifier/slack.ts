import { z } from 'zod';
import type { Notice } from '../../shared/notices.ts';
import type { Words } from './words.ts';
import { send, slackOrigin, type Answer } from './outside.ts';
import type { Sent } from './channels.ts';
import type { Env } from './env.ts';

type Block = Record<string, unknown>;

/** Posts a notice to a channel, as Toolgate's own app (https://docs.slack.dev/reference/methods/chat.postMessage). */
export async function postToSlack(
  env: Env,
  channel: string,
  notice: Notice,
  words: Words,
  token: string,
): Promise<Sent> {
  const message = {
    channel,
    // What a phone shows; mentions and links in it mean nothing.
    text: escaped(words.title),
    blocks: blocksOf(notice, words),
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
  const address = `${slackOrigin}/api/chat.postMessage`;
  return readAnswer(await send(env, address, headersOf(token), JSON.stringify(message)));
}

/** A word that only one member of a channel sees. Not tried again: it says what the console shows anyway. */
export async function whisper(env: Env, channel: string, user: string, text: string): Promise<Sent> {
  const message = { channel, user, text: escaped(text), parse: 'none', link_names: false };
  const address = `${slackOrigin}/api/chat.postEphemeral`;
  return readAnswer(
    await send(env, address, headersOf(env.NOTICE_SLACK_TOKEN ?? ''), JSON.stringify(message)),
  );
}

function headersOf(token: string): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'toolgate',
  };
}

const posted = z.object({ ok: z.boolean(), error: z.string().optional() });

/** Slack says 200 to what it refuses, too. Its code is kept only as far as it looks like one. */
function readAnswer(answer: Answer): Sent {
  if (answer.kind !== 'answered') return { ok: false, detail: answer.detail, retryAfter: null };
  const { status, retryAfter } = answer;
  const body = posted.safeParse(answer.body);
  if (status === 200 && body.success && body.data.ok) return { ok: true, detail: 'posted', retryAfter: null };
  const code = /^[a-z_]{1,40}$/.exec((body.success && body.data.error) || '')?.[0];
  return { ok: false, detail: `Slack answered ${status}${code ? ` ${code}` : ''}`, retryAfter };
}

/** A message in Slack's Block Kit: plain text only, so that no name in it can become a mention or a link. Pure. */
export function blocksOf(notice: Notice, { title, facts, link }: Words): Block[] {
  return [
    { type: 'section', text: plain(title) },
    {
      type: 'section',
      fields: facts.slice(0, 10).map(([label, value]) => plain(`${label}\n${value}`)),
    },
    ...actions(notice, link),
  ];
}

function actions(notice: Notice, link: string | null): Block[] {
  const card = 'buttons' in notice && notice.buttons ? notice.card : undefined;
  const elements = [
    ...(card
      ? [
          button('approve', 'Approve', card.approve, 'primary'),
          button('reject', 'Reject', card.reject, 'danger'),
        ]
      : []),
    ...(link === null
      ? []
      : [{ type: 'button', action_id: 'open', text: plain('Open in the console'), url: link }]),
  ];
  return elements.length > 0 ? [{ type: 'actions', elements }] : [];
}

function button(action_id: string, text: string, value: string, style: string): Block {
  return { type: 'button', action_id, text: plain(text), value, style };
}

function plain(text: string): Block {
  return { type: 'plain_text', text: text.slice(0, 1_900), emoji: false };
}

/** Slack's own three, in text outside blocks. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
