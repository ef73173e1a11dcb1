import type { Delivered, Notice, Troubled } from '../../shared/notices.ts';
import type { PeopleEnv } from '../../shared/people.ts';
import type { LedgerIntake, Objects, People } from '../../shared/rpc.ts';
import type { OutsideEnv } from './outside.ts';

export interface Env extends PeopleEnv, OutsideEnv {
  NOTIFICATIONS: Objects<NotificationsApi>;
  DIRECTORY: People;
  LEDGER: LedgerIntake;
  /** Origin of the console, for links. */
  CONSOLE_URL?: string;
  /** Bot token of Toolgate's own Slack app (scope chat:write), not the chat tool's. Absent or empty: nobody is told in Slack. */
  NOTICE_SLACK_TOKEN?: string;
  /** Ed25519 private JWK that webhooks are signed with. Absent or empty: none is sent. */
  WEBHOOK_PRIVATE_KEY?: string;
  /** Sending key of Resend, with the sender below. Absent or empty: no mail is sent. */
  MAIL_API_KEY?: string;
  MAIL_FROM?: string;
}

/** What is told, and what was. There is one such object. */
export interface NotificationsApi {
  /** See `Notifier.notify`. */
  notify(notice: Notice): Promise<Delivered[]>;
  /** Deliveries that failed so far or for good, newest first, at most 50. */
  troubled(): Promise<Troubled[]>;
}

export const NOTIFICATIONS_NAME = 'notifications';
