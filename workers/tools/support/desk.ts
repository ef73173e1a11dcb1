import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { failed } from './intercom.ts';
import type { Env } from './env.ts';

/** The vendor, and the ids of this workspace that its settings name. */
export interface Support {
  http: HttpVendor;
  ids: Ids;
}

/** Settings by name. */
export type Ids = Readonly<Record<Setting, string | undefined>>;

const settings = [
  'INTERCOM_ADMIN_ID',
  'INTERCOM_REFUND_TICKET_TYPE',
  'INTERCOM_REFUND_TEAM',
  'INTERCOM_RESET_TICKET_TYPE',
  'INTERCOM_RESET_TEAM',
] as const satisfies readonly (keyof Env)[];
type Setting = (typeof settings)[number];

/** A ticket type and the team that works on its tickets. */
export interface Desk {
  type: string;
  team: string;
}

/** The ids that an env names. */
export function idsOf(env: Env): Ids {
  return Object.fromEntries(settings.map((name) => [name, env[name]])) as Ids;
}

type Named<T> = { ok: true; data: T } | ReturnType<typeof failed>;

/** The teammate in whose name everything is written. */
export function adminOf({ INTERCOM_ADMIN_ID: admin }: Ids): Named<string> {
  return admin ? { ok: true, data: admin } : missing('INTERCOM_ADMIN_ID');
}

/** Who refunds, or who resets accounts. */
export function deskOf(ids: Ids, desk: 'REFUND' | 'RESET'): Named<Desk> {
  const [typeName, teamName] = [`INTERCOM_${desk}_TICKET_TYPE`, `INTERCOM_${desk}_TEAM`] as const;
  const [type, team] = [ids[typeName], ids[teamName]];
  if (!type) return missing(typeName);
  return team ? { ok: true, data: { type, team } } : missing(teamName);
}

function missing(setting: Setting): ReturnType<typeof failed> {
  return failed('refused', `${setting} is not set`);
}
