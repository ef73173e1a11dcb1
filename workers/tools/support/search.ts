import type { Outcome } from '../../../shared/outcome.ts';
import type { Filter, IntercomTickets } from './intercom.ts';

type Wanted = Readonly<Record<string, string | boolean | undefined>>;

/** Intercom's names of what a search of ours may ask for. */
const fields: Readonly<Record<string, string>> = {
  state: 'state',
  email: 'source.author.email',
  contact: 'contact_ids',
  tag: 'tag_ids',
  // Looks at each word of the first message by itself.
  word: 'source.body',
  open: 'open',
  type: 'ticket_type_id',
};

/** A search of ours as Intercom's conditions. The two search APIs want the ids of assignees in different types. */
export function filters(wanted: Wanted, of: 'conversation' | 'ticket'): Filter[] {
  return Object.entries(wanted).flatMap(([name, value]): Filter[] => {
    if (value === undefined) return [];
    if (name === 'assignee') return [assigneeFilter(String(value), of)];
    if (name === 'updatedSince') return [['updated_at', '>', Date.parse(String(value)) / 1000]];
    const field = fields[name];
    if (field === undefined) throw new Error(`${name}: say in fields what Intercom calls it`);
    return [[field, '=', value]];
  });
}

function assigneeFilter(to: string, of: 'conversation' | 'ticket'): Filter {
  const [kind, id = ''] = to.split('-');
  return [`${kind}_assignee_id`, '=', of === 'ticket' ? id : Number(id)];
}

/** One page of what was found. */
export function many(
  name: 'conversations' | 'tickets',
  found: unknown[],
  { total_count, pages }: Pick<IntercomTickets, 'total_count' | 'pages'>,
): Outcome {
  const next = pages?.next?.starting_after ?? null;
  return { kind: 'succeeded', output: { total: total_count, [name]: found, next } };
}
