import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** Access tokens of two system users of Meta, on exactly the ad accounts that agents may touch: with ads_read alone, */
  META_READ_TOKEN?: string;
  /** and with ads_management. */
  META_WRITE_TOKEN?: string;
}
