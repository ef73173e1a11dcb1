/** What people are told of an agent's executes: which can be taken back, how, and until when. Pure. */
import { z } from 'zod';
import type { KnownAction } from '../../shared/contract.ts';
import type { Takeable, TakeablesQuery, Way } from '../../shared/taking-back.ts';
import type { EffectInfo, EffectQuery } from './effect-rows.ts';

const time = z.iso.datetime({ offset: true }).optional();
/** `after`: as `cursorOf` wrote it. */
const querySchema = z.strictObject({
  since: time,
  until: time,
  session: z.string().max(100).optional(),
  workflow: z.string().max(100).optional(),
  after: z
    .string()
    .regex(/^\d{1,15}\.call_[0-9A-HJKMNP-TV-Z]{26}$/)
    .optional(),
  limit: z.int().min(1).max(500),
});

/** The query over rows; undefined: it is none. */
export function effectQuery(query: TakeablesQuery): EffectQuery | undefined {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) return undefined;
  const { since, until, session, workflow, after, limit } = parsed.data;
  const [at = '0', call = ''] = after?.split('.') ?? [];
  return {
    since: since === undefined ? 0 : Date.parse(since),
    until: until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(until),
    session: session ?? null,
    workflow: workflow ?? null,
    after: { at: Number(at), call },
    limit,
  };
}

/** Where the page after this row begins. */
export function cursorOf({ at, call }: Pick<EffectInfo, 'at' | 'call'>): string {
  return `${at}.${call}`;
}

/** One execute as people see it. `action`: its contract today, if it still has one. `now`: Unix ms. */
export function takeableOf(
  agent: string,
  info: EffectInfo,
  action: KnownAction | undefined,
  now: number,
): Takeable {
  const { call, workflow, session, record, record_id: id, outcome, taken_back_by: by } = info;
  return {
    call,
    agent,
    action: info.action,
    workflow,
    session,
    outcome,
    at: instant(info.at),
    about: record !== null && id !== null ? { record, id } : null,
    way: wayOf(info, action, now),
    takenBack:
      by === null ? null : { by, at: info.taken_back_at === null ? null : instant(info.taken_back_at) },
  };
}

/** How an execute is taken back at this time. A cancellation comes first: what has not come yet needs no undo. */
function wayOf(info: EffectInfo, action: KnownAction | undefined, now: number): Way {
  if (info.outcome === 'indeterminate')
    return none('It is not known whether the vendor did it. Have it looked up, or look there.');
  const cancelling = action?.deferred?.cancel.action;
  if (cancelling !== undefined && info.cancel_until !== null && now < info.cancel_until)
    return { kind: 'cancel', action: cancelling, until: instant(info.cancel_until) };
  const undo = action?.undo;
  if (!undo) return none('Its contract no longer says how.');
  if ('irreversible' in undo) return none(undo.irreversible, undo.instead ?? null);
  if (info.undo_until === null) return none('The tool kept nothing to undo it with.');
  const until = instant(info.undo_until);
  if (info.undo === 1 && now < info.undo_until) return { kind: 'undo', action: undo.action, until };
  return none(`Too late: it could be undone until ${until}.`);
}

function none(why: string, instead: string | null = null): Way {
  return { kind: 'none', why, instead };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
