import { maskText } from '../../shared/mask.ts';
import type { CallRecord, CallStatus } from './calls.ts';
import type { Filter } from './store.ts';

/** How a call stands, as people ask for it. */
export const searchable = [
  'proposed',
  'waiting',
  'denied',
  'running',
  'succeeded',
  'failed',
  'indeterminate',
  'lapsed',
] as const satisfies readonly CallStatus[];
export type Searchable = (typeof searchable)[number];

/** Entries without which no call stands so. Pure. */
export function markOf(status: Searchable): Pick<Filter, 'mark' | 'outcome'> {
  switch (status) {
    case 'proposed':
      return { mark: 'call.proposed' };
    case 'waiting':
      return { mark: 'call.waiting' };
    case 'denied':
      return { mark: 'call.denied' };
    case 'running':
      return { mark: 'call.intent' };
    case 'succeeded':
    case 'failed':
    case 'indeterminate':
    case 'lapsed':
      return { outcome: status };
  }
}

/** What a person asks of calls, as what the log is looked up by. Sessions stand masked in the log. Pure. */
export function filterOf({
  status,
  id,
  session,
  ...rest
}: Omit<Filter, 'mark' | 'outcome' | 'part'> & {
  status?: Searchable | undefined;
  id?: string | undefined;
}): Filter {
  return {
    ...rest,
    ...(status !== undefined && markOf(status)),
    ...(session !== undefined && { session: maskText(session) }),
    // ULIDs are written in capitals; the prefix is the same for all calls.
    ...(id !== undefined && { part: id.replace(/^call_/i, '').toUpperCase() }),
  };
}

/** Whether a call stands as asked: its entries may say what it no longer is. Pure. */
export function stands(call: CallRecord, status: Searchable | undefined): boolean {
  return status === undefined || call.status === status;
}
