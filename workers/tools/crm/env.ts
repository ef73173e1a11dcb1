import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** Access tokens of two HubSpot private apps: one with the scopes crm.objects.*.read (owners, too) and crm.lists.read of what agents read, */
  HUBSPOT_READ_TOKEN?: string;
  /** one with crm.objects.*.write and crm.lists.write of what they change. */
  HUBSPOT_WRITE_TOKEN?: string;
}
