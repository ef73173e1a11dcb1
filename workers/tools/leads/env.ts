import type { LeadDesk } from '../../../shared/rpc.ts';
import type { ToolEnv } from '../../../shared/tool/define.ts';

export interface Env extends ToolEnv {
  LEADS: LeadDesk;
}
