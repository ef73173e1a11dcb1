import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** Bot token of a Slack app: scopes chat:write, channels:history, groups:history. */
  SLACK_BOT_TOKEN?: string;
}
