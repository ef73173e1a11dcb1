import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** API key of Resend with full access: Resend has none that only reads, and one that may only send looks nothing up. */
  RESEND_READ_KEY?: string;
  /** With full access too, for broadcasts and cancelling; with sending access where a workflow only sends to one. */
  RESEND_WRITE_KEY?: string;
}
