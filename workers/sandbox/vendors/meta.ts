import type { Store } from '../store.ts';
import { accounts, adsets, campaigns, delivered, type Adset, type Campaign } from './meta-data.ts';
import { bearer, jsonObject, type Incoming, type Reply, type SimulatedVendor } from './vendor.ts';

const LIMIT = { name: 'ads_management', max: 100_000, per: 3_600 };

type Node = Campaign | Adset;

/**
 * Meta Marketing API: ad accounts, campaigns, ad sets and their insights (https://developers.facebook.com/docs/marketing-apis):
 * only the fields that are asked for, numbers as text, errors of the Graph API, and its limit of calls an hour and account.
 */
export const meta: SimulatedVendor = {
  origin: 'https://graph.facebook.com',
  secrets: { read: 'META_READ_TOKEN_SHA256', write: 'META_WRITE_TOKEN_SHA256' },
  types: ['accounts', 'campaigns', 'adsets'],
  seed(store) {
    for (const account of accounts)
      store.put('accounts', { id: account.id, key: null, body: { ...account } });
    for (const node of [...campaigns, ...adsets]) put(store, node);
  },
  credential: ({ headers, query }) => bearer(headers) ?? query.get('access_token'),
  limits: () => [LIMIT],
  limitHeaders: (_, remaining) => usage(LIMIT.max - remaining, 0),
  unauthorised: () => problem(401, { code: 190, message: 'Invalid OAuth access token.' }),
  forbidden: () =>
    problem(403, { code: 200, message: '(#200) Requires ads_management permission to manage the object' }),
  // Meta answers 400 at its limits, and says in a header for how long.
  limited: () => ({
    ...problem(400, {
      code: 80_004,
      error_subcode: 2_446_079,
      message: 'There have been too many calls to this ad-account. Wait a bit and try again.',
    }),
    headers: usage(LIMIT.max, 1),
  }),
  broken: () => problem(500, { code: 2, message: 'Service temporarily unavailable', is_transient: true }),
  handle(request, store) {
    const [, version, node = '', edge] = request.path.split('/');
    if (!/^v\d{2}\.0$/.test(version ?? '')) return problem(400, { code: 2635, message: 'No such version' });
    const account = /^act_(\d+)$/.exec(node)?.[1];
    if (account !== undefined) return atAccount(request, store, account, edge);
    const found = nodeOf(store, node);
    if (!found) return missing(node);
    if (edge === 'insights' && request.method === 'GET') return insights(request, store, found);
    if (edge === 'adsets' && request.method === 'GET' && !isAdset(found))
      return listed(
        request,
        `${node}/adsets`,
        adsetsOf(store, ({ campaign_id }) => campaign_id === node),
      );
    if (edge !== undefined) return unsupported();
    return request.method === 'POST' ? update(request, store, found) : get(request, view(store, found));
  },
};

function atAccount(request: Incoming, store: Store, id: string, edge: string | undefined): Reply {
  const account = store.get('accounts', id);
  if (!account) return missing(`act_${id}`);
  if (request.method !== 'GET') return unsupported();
  if (edge === undefined) return get(request, { ...account.body, id: `act_${id}`, account_id: id });
  if (edge === 'adsets')
    return listed(
      request,
      `act_${id}/adsets`,
      adsetsOf(store, ({ account_id }) => account_id === id),
    );
  if (edge !== 'campaigns') return unsupported();
  const all = store.byKey('campaigns', id).map(({ body }) => view(store, body as unknown as Campaign));
  return listed(request, `act_${id}/campaigns`, all);
}

/** One page. The cursor is the number of what was passed already. */
function listed(request: Incoming, edge: string, all: readonly Record<string, unknown>[]): Reply {
  const limit = Number(request.query.get('limit') ?? 25);
  const from = Number(atob(request.query.get('after') ?? '') || 0);
  const page = all.slice(from, from + limit);
  const cursors = { before: btoa(String(from)), after: btoa(String(from + page.length)) };
  const next = { next: `https://graph.facebook.com/v25.0/${edge}?after=${cursors.after}` };
  const paging = { cursors, ...(from + page.length < all.length && next) };
  const data = page.map((node) => pick(request, node));
  return { status: 200, json: { data, ...(page.length > 0 && { paging }) } };
}

function adsetsOf(store: Store, which: (adset: Adset) => boolean): Record<string, unknown>[] {
  const all = store.list('adsets').map(({ body }) => body as unknown as Adset);
  return all.filter(which).map((adset) => view(store, adset));
}

function insights(request: Incoming, store: Store, { id, account_id }: Node): Reply {
  const range = jsonObject(request.query.get('time_range') ?? '');
  const { since, until } = range ?? {};
  if (typeof since !== 'string' || typeof until !== 'string' || since > until)
    return problem(400, { code: 100, message: '(#100) time_range is not valid' });
  const row = delivered[id];
  const account_currency = store.get('accounts', account_id)?.body['currency'];
  const data = row
    ? [{ ...pick(request, { ...row, account_currency }), date_start: since, date_stop: until }]
    : [];
  return { status: 200, json: { data } };
}

function update(request: Incoming, store: Store, node: Node): Reply {
  const values = jsonObject(request.body) ?? Object.fromEntries(new URLSearchParams(request.body));
  const refused = refusal(values, node);
  if (refused) return problem(400, { code: 100, message: `(#100) ${refused}` });
  const { daily_budget, status } = values;
  put(store, {
    ...node,
    ...(daily_budget !== undefined && { daily_budget: String(Number(daily_budget)) }),
    ...(status !== undefined && { status: status as Campaign['status'] }),
    updated_time: new Date(request.now).toISOString().replace(/\.\d+Z$/, '+0000'),
  });
  return { status: 200, json: { success: true }, changed: true };
}

/** Why Meta would not write these values. */
function refusal(values: Record<string, unknown>, node: Node): string | undefined {
  const unknown = Object.keys(values).find((name) => !['daily_budget', 'status'].includes(name));
  if (unknown !== undefined) return 'Invalid parameter';
  if (['ARCHIVED', 'DELETED'].includes(node.status)) return 'This can no longer be changed';
  const { daily_budget, status } = values;
  if (status !== undefined && !['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED'].includes(status as string))
    return 'Param status must be one of {ACTIVE, PAUSED, DELETED, ARCHIVED}';
  if (daily_budget === undefined) return undefined;
  if (node.daily_budget === undefined) return 'There is no daily budget of its own';
  return Number(daily_budget) >= 100 ? undefined : 'Your budget is too low';
}

/** With what holds: an ad set of a paused campaign delivers nothing either. */
function view(store: Store, node: Node): Record<string, unknown> {
  const parent = isAdset(node) ? nodeOf(store, node.campaign_id) : undefined;
  const held = node.status === 'ACTIVE' && parent && parent.status !== 'ACTIVE';
  return { ...node, effective_status: held ? `CAMPAIGN_${parent.status}` : node.status };
}

function isAdset(node: Node): node is Adset {
  return Object.hasOwn(node, 'campaign_id');
}

function get(request: Incoming, node: Record<string, unknown>): Reply {
  return request.method === 'GET' ? { status: 200, json: pick(request, node) } : unsupported();
}

/** The Graph API gives the id and what `fields` names, and leaves out what is empty. */
function pick({ query }: Incoming, node: Record<string, unknown>): Record<string, unknown> {
  const fields = ['id', ...(query.get('fields') ?? '').split(',')];
  return Object.fromEntries(
    Object.entries(node).filter(([name, value]) => fields.includes(name) && value !== undefined),
  );
}

function nodeOf(store: Store, id: string): Node | undefined {
  return (store.get('campaigns', id) ?? store.get('adsets', id))?.body as Node | undefined;
}

function put(store: Store, node: Node): void {
  const type = isAdset(node) ? 'adsets' : 'campaigns';
  store.put(type, { id: node.id, key: node.account_id, body: { ...node } });
}

/** In percent of the limit, and minutes until there is more (https://developers.facebook.com/docs/graph-api/overview/rate-limiting). */
function usage(calls: number, minutes: number): Record<string, string> {
  const call_count = Math.ceil((calls / LIMIT.max) * 100);
  const use = { type: LIMIT.name, call_count, estimated_time_to_regain_access: minutes };
  return { 'x-business-use-case-usage': JSON.stringify({ '1010101010': [use] }) };
}

function missing(id: string): Reply {
  const message = `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`;
  return problem(400, { code: 100, error_subcode: 33, message, type: 'GraphMethodException' });
}

function unsupported(): Reply {
  return problem(400, { code: 100, message: 'Unsupported request.', type: 'GraphMethodException' });
}

function problem(status: number, error: { code: number; message: string } & Record<string, unknown>): Reply {
  return { status, json: { error: { type: 'OAuthException', fbtrace_id: 'Asandbox', ...error } } };
}
