/** Tells people what waits for them. It alone holds what they are told by. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type * as notices from '../../shared/notices.ts';
import { checkPerson, roles } from '../../shared/people.ts';
import type { Result } from '../../shared/rpc.ts';
import { missing } from './channels.ts';
import { NOTIFICATIONS_NAME, type Env } from './env.ts';
import { whisper } from './slack.ts';
import { publicKeyOf } from './webhook.ts';

export { Notifications } from './notifications.ts';

/** For approvals and guards. */
export class Notifier extends WorkerEntrypoint<Env> implements notices.Notifier {
  async notify(notice: notices.Notice): Promise<notices.Delivered[]> {
    return this.env.NOTIFICATIONS.getByName(NOTIFICATIONS_NAME).notify(notice);
  }
}

/** For approvals: what came of the press of a button, to whoever pressed it. */
export class SlackReplies extends WorkerEntrypoint<Env> implements notices.SlackReplies {
  async tell(channel: string, member: string, text: string): Promise<void> {
    if (missing('slack', this.env) === null) await whisper(this.env, channel, member, text);
  }
}

/** For the console. Checks the person itself. */
export class NotifierDesk extends WorkerEntrypoint<Env> implements notices.NotifierDesk {
  async view(credential: string | null): Promise<Result<notices.NotifierView>> {
    const check = await checkPerson(credential, roles, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    const { WEBHOOK_PRIVATE_KEY: key } = this.env;
    const channels = (['slack', 'webhook', 'mail'] as const).map((channel) => {
      const absent = missing(channel, this.env);
      return { channel, ready: absent === null, detail: absent ?? 'ready' };
    });
    const troubled = await this.env.NOTIFICATIONS.getByName(NOTIFICATIONS_NAME).troubled();
    return { ok: true, value: { channels, webhookKey: key ? publicKeyOf(key) : null, troubled } };
  }
}

export default {
  /** Nothing is served over HTTP. */
  fetch: (): Response => new Response(null, { status: 404 }),
};
