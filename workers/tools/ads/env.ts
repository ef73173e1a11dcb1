import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** Access token of a system user of Meta, with ads_management on exactly the ad accounts that agents may touch. */
  META_ACCESS_TOKEN?: string;
}
