import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** API key of a Hunter account. */
  HUNTER_API_KEY?: string;
}
