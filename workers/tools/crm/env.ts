import type { ToolEnv } from '../../../shared/tool/define.ts';
import type { HttpVendorEnv } from '../../../shared/tool/http-vendor.ts';

export interface Env extends ToolEnv, HttpVendorEnv {
  /** Access token of a HubSpot private app: scopes crm.objects.contacts.* and crm.objects.companies.*, read and write. */
  HUBSPOT_TOKEN?: string;
}
