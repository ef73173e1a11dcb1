import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** API key of Resend with full access: one that may only send cannot look up who unsubscribed. */
  RESEND_API_KEY?: string;
}
