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
