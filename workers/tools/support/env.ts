import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** Access tokens of two Intercom apps: one that reads conversations, tickets, tags and admins, */
  INTERCOM_READ_TOKEN?: string;
  /** one that writes conversations and tickets. */
  INTERCOM_WRITE_TOKEN?: string;
  /** The teammate in whose name it writes: one of its own, so that its work can be told from people's. */
  INTERCOM_ADMIN_ID?: string;
  /** Ticket types (back-office) and teams of the people who refund, and of those who reset accounts. */
  INTERCOM_REFUND_TICKET_TYPE?: string;
  INTERCOM_REFUND_TEAM?: string;
  INTERCOM_RESET_TICKET_TYPE?: string;
  INTERCOM_RESET_TEAM?: string;
}
