import { textOf, type Body } from './intercom-shapes.ts';
import { jsonObject } from './vendor.ts';

type Kind = 'string' | 'integer' | 'boolean' | 'date';

/** What may be searched, its type, and where a record has it. */
type Fields = Readonly<Record<string, readonly [Kind, (record: Body) => unknown]>>;

export interface Found {
  records: Body[];
  total: number;
  pages: Body;
}

const at =
  (...path: string[]) =>
  (record: Body): unknown =>
    path.reduce<unknown>((value, name) => (value as Body | null | undefined)?.[name], record);
const ids = (list: string, inner: string) => (record: Body) =>
  ((at(list, inner)(record) ?? []) as { id: string }[]).map(({ id }) => id);

const common: Fields = {
  id: ['string', at('id')],
  created_at: ['date', at('created_at')],
  updated_at: ['date', at('updated_at')],
  contact_ids: ['string', ids('contacts', 'contacts')],
  open: ['boolean', at('open')],
};

export const conversationFields: Fields = {
  ...common,
  state: ['string', at('state')],
  'source.author.email': ['string', at('source', 'author', 'email')],
  // Each word by itself.
  'source.body': ['string', (record) => words(at('source', 'body')(record))],
  tag_ids: ['string', ids('tags', 'tags')],
  admin_assignee_id: ['integer', at('admin_assignee_id')],
  team_assignee_id: ['integer', at('team_assignee_id')],
};

export const ticketFields: Fields = {
  ...common,
  ticket_type_id: ['string', at('ticket_type', 'id')],
  admin_assignee_id: ['string', at('admin_assignee_id')],
  team_assignee_id: ['string', at('team_assignee_id')],
};

/** Searches as Intercom does: nested up to two deep, up to 15 conditions in a group, pages of up to 150. A text: why not. */
export function search(body: string, records: readonly Body[], fields: Fields): Found | string {
  const { query, pagination = {} } = jsonObject(body) ?? {};
  const fault = faultOf(query, fields, 0);
  if (fault !== undefined) return fault;
  const { per_page: size = 20, starting_after: cursor } = pagination as Body;
  if (!Number.isInteger(size) || Number(size) < 1 || Number(size) > 150) return 'per_page is invalid';
  const from = cursor === undefined ? 0 : Number(atob(textOf(cursor)));
  if (!Number.isSafeInteger(from)) return 'starting_after is invalid';
  const all = records.filter((record) => meets(record, query as Body, fields));
  return page(all, from, Number(size));
}

function page(all: readonly Body[], from: number, size: number): Found {
  const to = from + size;
  const number = Math.floor(from / size) + 1;
  const next = to < all.length ? { next: { page: number + 1, starting_after: btoa(textOf(to)) } } : {};
  const pages = { type: 'pages', page: number, per_page: size, total_pages: Math.ceil(all.length / size) };
  return { records: all.slice(from, to), total: all.length, pages: { ...pages, ...next } };
}

function faultOf(query: unknown, fields: Fields, depth: number): string | undefined {
  const { operator, value, field } = (query ?? {}) as Body;
  if (operator !== 'AND' && operator !== 'OR') return conditionFault(field, operator, value, fields);
  if (!Array.isArray(value) || value.length > 15 || depth > 2) return 'query is invalid';
  for (const one of value) {
    const fault = faultOf(one, fields, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function conditionFault(
  name: unknown,
  operator: unknown,
  value: unknown,
  fields: Fields,
): string | undefined {
  if (typeof name !== 'string' || !Object.hasOwn(fields, name)) return 'Invalid search field';
  const kind = fields[name]?.[0];
  if (kind === 'date')
    return ['=', '<', '>'].includes(textOf(operator)) && isWhole(value) ? undefined : 'Invalid date';
  if (operator !== '=' && operator !== '!=') return 'Invalid operator';
  const right = kind === 'integer' ? Number.isInteger(value) : typeof value === kind;
  return right ? undefined : `Invalid value for ${name}`;
}

function isWhole(value: unknown): boolean {
  return /^\d{1,15}$/.test(textOf(value));
}

function meets(record: Body, { operator, value, field }: Body, fields: Fields): boolean {
  if (operator === 'AND') return (value as Body[]).every((one) => meets(record, one, fields));
  if (operator === 'OR') return (value as Body[]).some((one) => meets(record, one, fields));
  const [kind, read] = fields[textOf(field)] ?? [];
  const held = read?.(record);
  if (kind === 'date' && operator === '>') return Number(held) >= Number(value);
  if (kind === 'date' && operator === '<') return Number(held) <= Number(value);
  const same = [held].flat().some((one) => alike(one, value));
  return operator === '=' ? same : !same;
}

function alike(held: unknown, wanted: unknown): boolean {
  return textOf(held ?? '').toLowerCase() === textOf(wanted).toLowerCase();
}

function words(html: unknown): string[] {
  return textOf(html ?? '')
    .replace(/<[^<>]*>/g, ' ')
    .split(/[^\p{L}\p{N}]+/u);
}
