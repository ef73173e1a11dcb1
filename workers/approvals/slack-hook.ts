import { sha256 } from '../../shared/crypto.ts';
import { readBody, secureHeaders } from '../../shared/http.ts';
import { within } from '../../shared/within.ts';
import type { Env } from './env.ts';
import { press } from './slack-press.ts';
import { isSlacks, pressedIn, type Pressed } from './slack/request.ts';

const MAX_BODY = 64 * 1024;
/** Slack waits for 3 s; the word to whoever pressed goes out by itself. */
const REPLY_MS = 5_000;

/**
 * `POST /hooks/slack`: the press of a button. Everything that is not Slack's own, in time and for the first time is 401, whatever
 * is wrong with it. Without SLACK_SIGNING_SECRET there is no such page.
 */
export async function slackHook(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const secret = env.SLACK_SIGNING_SECRET;
  if (!secret || new URL(request.url).pathname !== '/hooks/slack') return plain(404);
  if (request.method !== 'POST') return plain(405, { allow: 'POST' });
  const read = await readBody(request, 'application/x-www-form-urlencoded', MAX_BODY);
  if (!read.ok) return plain(read.problem.code === 'too-large' ? 413 : 400);
  const timestamp = request.headers.get('x-slack-request-timestamp') ?? '';
  const signature = request.headers.get('x-slack-signature') ?? '';
  const now = Date.now();
  if (!isSlacks({ timestamp, signature, body: read.text }, secret, now)) return plain(401);
  // Only what is genuine is remembered, so that nobody else can fill the list.
  const credential = sha256(signature);
  if (!(await env.APPROVALS_INDEX.getByName('index').firstSeen(credential, now))) return plain(401);
  const pressed = pressedIn(read.text);
  // A link was followed, or something that we never send: there is nothing to say.
  if (!pressed || (pressed.button !== 'approve' && pressed.button !== 'reject')) return plain(200);
  const text = await press(env, pressed, credential, now);
  ctx.waitUntil(reply(env, pressed, text));
  return Response.json({ response_type: 'ephemeral', replace_original: false, text }, answer(200));
}

/** Only whoever pressed sees it. Lost, it costs nothing: what was decided stands, and the console shows it. */
async function reply(env: Env, { channel, member }: Pressed, text: string): Promise<void> {
  if (channel === null) return;
  await within(REPLY_MS, env.REPLIES.tell(channel, member, text)).catch(() => undefined);
}

function plain(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, answer(status, headers));
}

function answer(status: number, headers: Record<string, string> = {}): ResponseInit {
  return { status, headers: { ...secureHeaders, ...headers } };
}
