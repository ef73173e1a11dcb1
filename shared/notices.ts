import type { Result } from './rpc.ts';

/** What people are told, and where. Holds no personal data of customers and no agent's free text: it says what waits, and where to look. */
export type Notice = { id: string; at: string; workflow: string; agent: string; path: string } & (
  | ApprovalNotice
  | {
      kind: 'handoff' | 'handoff-overdue' | 'misbehaviour';
      groups: string[];
      addresses: string[];
      handoff: string;
      of: string;
    }
  | { kind: 'review-overdue'; groups: string[]; addresses: string[]; reviews: number }
  | { kind: 'incident'; groups: string[]; addresses: string[]; incident: string; tool: string }
  | { kind: 'call-decided'; webhook: string; call: string; status: string }
);

/** Something waits for people, still waits, or waits for more of them. */
export interface ApprovalNotice {
  kind: 'approval' | 'approval-reminder' | 'approval-escalated' | 'approval-over';
  groups: string[];
  addresses: string[];
  approval: string;
  action: string;
  digest: string;
  needs: number;
  deadline: string;
  status: string;
  /** Percent of the time that has passed. */
  percent: number;
  /** Whether its card may carry buttons: reversible, of one person, without untrusted arguments and low in risk. */
  buttons: boolean;
  /** What each button carries, made by approvals, which alone can check it; absent: no buttons. */
  card?: { approve: string; reject: string };
  /** Ids of the policies that asked. */
  policies?: string[];
}

/** How one notice went out. */
export interface Delivered {
  channel: 'slack' | 'webhook' | 'mail';
  to: string;
  ok: boolean;
  detail: string;
}

/** The notifier's entrypoint for approvals and guards. Repeated with the same id it tells nobody twice. */
export interface Notifier {
  notify(notice: Notice): Promise<Delivered[]>;
}

/** A delivery that has not got through. Times in RFC 3339. */
export interface Troubled {
  notice: string;
  kind: string;
  channel: Delivered['channel'];
  /** A group, `contact`, or an agent. */
  to: string;
  tried: number;
  /** When it is tried again; null: no more. */
  next: string | null;
  detail: string;
}

/** How people are told. */
export interface NotifierView {
  /** `detail`: what a channel lacks. */
  channels: { channel: Delivered['channel']; ready: boolean; detail: string }[];
  /** What webhooks verify with, as Standard Webhooks writes it and as a JWK; null: none is sent. */
  webhookKey: { text: string; jwk: Record<string, string> } | null;
  troubled: Troubled[];
}

/** The notifier's entrypoint for the console. Checks the person itself. */
export interface NotifierDesk {
  view(credential: string | null): Promise<Result<NotifierView>>;
}

/** The notifier's entrypoint for approvals: a word in Slack that only one member sees. */
export interface SlackReplies {
  tell(channel: string, member: string, text: string): Promise<void>;
}
