import type { Item, Store } from '../store.ts';
import { conversationFields, search, ticketFields } from './intercom-search.ts';
import { applied, part, seed, textOf, ticketBody, withLink, type Body } from './intercom-shapes.ts';
import { bearer, jsonObject, type Incoming, type Reply, type SimulatedVendor } from './vendor.ts';

/** 10,000 calls a minute for a private app, counted in windows of ten seconds. */
const LIMIT = { max: 1_667, per: 10 };

/**
 * Intercom, conversations and tickets, API 2.15
 * (https://developers.intercom.com/docs/references/2.15/rest-api/api.intercom.io): its paths, error lists and limit
 * (https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting).
 */
export const intercom: SimulatedVendor = {
  origin: 'https://api.intercom.io',
  secrets: { read: 'INTERCOM_READ_TOKEN_SHA256', write: 'INTERCOM_WRITE_TOKEN_SHA256' },
  types: ['conversations', 'tickets', 'contacts', 'tags', 'admins', 'teams', 'ticket_types'],
  seed,
  credential: ({ headers }) => bearer(headers),
  limits: () => [{ name: 'app', ...LIMIT }],
  limitHeaders: ({ now }, remaining) => limitHeaders(now, remaining, LIMIT.per),
  unauthorised: () => problem(401, 'unauthorized', 'Access Token Invalid'),
  forbidden: () => problem(403, 'forbidden', 'You do not have permission to perform this action'),
  limited: ({ now }, retryAfterSeconds) => ({
    ...problem(429, 'rate_limit_exceeded', `Exceeded rate limit of ${LIMIT.max} in 10_seconds`),
    // No Retry-After: Intercom says when its window ends.
    headers: limitHeaders(now, 0, retryAfterSeconds),
  }),
  broken: () => problem(500, 'server_error', 'Internal Server Error'),
  handle(request, store) {
    // Another version has other shapes, which are not simulated.
    if (request.headers.get('intercom-version') !== '2.15')
      return problem(400, 'intercom_version_invalid', 'The requested version could not be found');
    const [, type, id = '', edge, more] = request.path.split('/');
    const route = `${request.method} ${type}`;
    if (route === 'GET me' && id === '')
      return { status: 200, json: { type: 'admin', ...admin(store, '7001') } };
    if (route === 'POST tickets' && id === '') return createTicket(request, store);
    if (route === 'POST tickets' && id === 'search') return searched(request, store, 'tickets');
    if (route === 'GET tickets' && edge === undefined) return one(store.get('tickets', id));
    if (route === 'POST conversations' && id === 'search') return searched(request, store, 'conversations');
    return type === 'conversations' ? atConversation(request, store, id, edge, more) : missing();
  },
};

function atConversation(
  request: Incoming,
  store: Store,
  id: string,
  edge: string | undefined,
  more: string | undefined,
): Reply {
  const found = store.get('conversations', id);
  if (!found) return missing(edge === 'tags' ? 'Conversation not found' : undefined);
  switch (`${request.method} ${edge ?? ''}`) {
    case 'GET ':
      return one(request.query.get('display_as') === 'plaintext' ? asPlainText(found) : found);
    case 'POST parts':
      return manage(request, store, found);
    case 'POST reply':
      return reply(request, store, found);
    case 'POST tags':
      return tag(request, store, found);
    case 'DELETE tags':
      return untag(request, store, found, more ?? '');
    default:
      return missing();
  }
}

/** Closes, opens or assigns. A closed conversation that is assigned is open again. */
function manage(request: Incoming, store: Store, { id, body }: Item): Reply {
  const { message_type, admin_id, type, assignee_id } = jsonObject(request.body) ?? {};
  const by = admin(store, admin_id);
  if (!by) return missing();
  switch (message_type) {
    case 'close':
      return changed(request, store, { ...body, ...inState('closed') }, by, 'close');
    case 'open':
      return changed(request, store, { ...body, ...inState('open') }, by, 'open');
    case 'assignment': {
      const to = textOf(assignee_id);
      if (to !== '0' && !store.get(type === 'team' ? 'teams' : 'admins', to)) return missing();
      const field = type === 'team' ? 'team_assignee_id' : 'admin_assignee_id';
      const reopens = body['state'] === 'closed';
      const after = { ...body, ...inState('open'), [field]: to === '0' ? null : Number(to) };
      return changed(request, store, after, by, reopens ? 'assign_and_reopen' : 'assignment', null, {
        type,
        id: to,
      });
    }
    default:
      return problem(400, 'parameter_invalid', `message_type is invalid for ${id}`);
  }
}

/** Intercom takes the text of a reply for HTML. */
function reply(request: Incoming, store: Store, { body }: Item): Reply {
  const { message_type, type, admin_id, body: said } = jsonObject(request.body) ?? {};
  const by = admin(store, admin_id);
  if (!by) return missing();
  if (message_type !== 'comment' || type !== 'admin' || typeof said !== 'string' || said === '')
    return problem(400, 'parameter_invalid', 'body is required');
  const html = `<p>${said.replaceAll('\n', '<br>\n')}</p>`;
  return changed(request, store, { ...body, waiting_since: null }, by, 'comment', html);
}

function changed(
  { now }: Incoming,
  store: Store,
  after: Body,
  by: { id: string; name: string },
  kind: string,
  said: string | null = null,
  assigned_to: unknown = null,
): Reply {
  const at = Math.floor(now / 1000);
  const made = { ...part(textOf(store.next()), kind, said, at, by), assigned_to };
  const parts = [...partsOf(after), made];
  const kept = { ...after, updated_at: at, conversation_parts: partList(parts) };
  store.put('conversations', { id: textOf(after['id']), key: null, body: kept });
  // Intercom answers a change with the part that it made, and no other.
  return { status: 200, json: { ...kept, conversation_parts: partList([made]) }, changed: true };
}

function tag({ body: text, now }: Incoming, store: Store, { id, body }: Item): Reply {
  const { id: which, admin_id } = jsonObject(text) ?? {};
  const found = store.get('tags', textOf(which));
  if (!admin(store, admin_id) || !found) return missing();
  const put = applied(Math.floor(now / 1000))(found.body as { id: string; name: string });
  const others = tagsOf(body).filter((held) => held['id'] !== found.id);
  store.put('conversations', { id, key: null, body: { ...body, tags: tagList([...others, put]) } });
  return { status: 200, json: put, changed: true };
}

function untag({ body: text }: Incoming, store: Store, { id, body }: Item, which: string): Reply {
  if (!admin(store, jsonObject(text)?.['admin_id'])) return missing();
  const held = tagsOf(body).find((one) => one['id'] === which);
  if (!held) return problem(404, 'tag_not_found', 'Tag not found');
  const others = tagsOf(body).filter((one) => one !== held);
  store.put('conversations', { id, key: null, body: { ...body, tags: tagList(others) } });
  return { status: 200, json: held, changed: true };
}

function createTicket({ body: text, now }: Incoming, store: Store): Reply {
  const asked = jsonObject(text) ?? {};
  const fault = ticketFault(asked, store);
  if (fault) return fault;
  const { ticket_type_id, contacts, ticket_attributes, conversation_to_link_id: linked, assignment } = asked;
  const attributes = (ticket_attributes ?? {}) as Body;
  const body = ticketBody(store, {
    id: textOf(4_000 + store.next()),
    type: textOf(ticket_type_id),
    title: attributes['_default_title_'] ?? null,
    description: attributes['_default_description_'] ?? null,
    contact: (contacts as [{ id: string }])[0].id,
    team: textOf((assignment as Body | undefined)?.['team_assignee_id'] ?? '0'),
    conversation: linked === undefined ? undefined : textOf(linked),
    open: true,
    at: Math.floor(now / 1000),
  });
  store.put('tickets', { id: textOf(body['id']), key: null, body });
  const from = store.get('conversations', textOf(linked));
  if (from) {
    const linked_objects = withLink(from.body['linked_objects'], textOf(body['id']));
    store.put('conversations', { ...from, body: { ...from.body, linked_objects } });
  }
  return { status: 200, json: body, changed: true };
}

/** Why Intercom would not make the ticket. */
function ticketFault(asked: Body, store: Store): Reply | undefined {
  const { ticket_type_id, contacts, conversation_to_link_id: linked, assignment } = asked;
  const type = store.get('ticket_types', textOf(ticket_type_id));
  if (!type || type.body['archived'] === true)
    return problem(404, 'ticket_type_not_found', 'Ticket type not found');
  const [contact, another] = Array.isArray(contacts) ? (contacts as { id?: string }[]) : [];
  if (!contact?.id || another) return problem(400, 'parameter_invalid', 'Exactly one contact is needed');
  if (!store.get('contacts', contact.id)) return problem(404, 'not_found', 'Contact Not Found');
  const team = (assignment as Body | undefined)?.['team_assignee_id'];
  if (team !== undefined && !store.get('teams', textOf(team)))
    return problem(404, 'assignee_not_found', 'Assignee not found');
  if (linked === undefined) return undefined;
  if (!store.get('conversations', textOf(linked))) return missing();
  if (type.body['category'] === 'Back-office') return undefined;
  return problem(400, 'parameter_invalid', 'This ticket cannot be linked to a conversation');
}

function searched(request: Incoming, store: Store, type: 'conversations' | 'tickets'): Reply {
  const fields = type === 'tickets' ? ticketFields : conversationFields;
  const bodies = store.list(type).map(({ body }) => body);
  const found = search(request.body, bodies, fields);
  if (typeof found === 'string') return problem(400, 'parameter_invalid', found);
  const { records, total, pages } = found;
  // A search shows no part; undefined is left out of JSON.
  const list = records.map((item) => ({ ...item, conversation_parts: undefined }));
  const name = type === 'tickets' ? 'ticket.list' : 'conversation.list';
  return { status: 200, json: { type: name, pages, total_count: total, [type]: list } };
}

function inState(state: 'open' | 'closed'): Body {
  return { state, open: state === 'open', snoozed_until: null };
}

function asPlainText({ body, ...item }: Item): Item {
  const source = body['source'] as Body;
  const parts = partsOf(body).map((one) => ({ ...one, body: bare(one['body']) }));
  const plain = { ...source, body: bare(source['body']), subject: bare(source['subject']) };
  return { ...item, body: { ...body, source: plain, conversation_parts: partList(parts) } };
}

function bare(html: unknown): unknown {
  if (typeof html !== 'string') return html;
  const text = html.replace(/<br>/g, '\n').replace(/<[^<>]*>/g, '');
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

function partsOf(body: Body): Body[] {
  return (body['conversation_parts'] as { conversation_parts: Body[] }).conversation_parts;
}

/** The newest 500. */
function partList(parts: Body[]): Body {
  const conversation_parts = parts.slice(-500);
  return { type: 'conversation_part.list', conversation_parts, total_count: parts.length };
}

function tagsOf(body: Body): Body[] {
  return (body['tags'] as { tags: Body[] }).tags;
}

function tagList(tags: Body[]): Body {
  return { type: 'tag.list', tags };
}

function admin(store: Store, id: unknown): { id: string; name: string } | undefined {
  return store.get('admins', textOf(id))?.body as { id: string; name: string } | undefined;
}

function one(item: Item | undefined): Reply {
  return item ? { status: 200, json: item.body } : missing();
}

function missing(message = 'Resource Not Found'): Reply {
  return problem(404, 'not_found', message);
}

function limitHeaders(now: number, remaining: number, resetsIn: number): Record<string, string> {
  return {
    'x-ratelimit-limit': textOf(LIMIT.max),
    'x-ratelimit-remaining': textOf(remaining),
    'x-ratelimit-reset': textOf(Math.ceil(now / 1000) + resetsIn),
  };
}

function problem(status: number, code: string, message: string): Reply {
  const errors = [{ code, message }];
  return { status, json: { type: 'error.list', request_id: crypto.randomUUID(), errors } };
}
