import { owners, type Owner } from './hubspot-data.ts';
import { problem } from './hubspot-shapes.ts';
import type { Incoming, Reply } from './vendor.ts';

/** HubSpot CRM v3, owners: read only. `path` is what follows `/crm/v3/owners`. */
export function readOwners(path: string, { method, query }: Incoming): Reply {
  if (method !== 'GET') return problem(405, 'METHOD_NOT_ALLOWED', `Method ${method} is not allowed here`);
  const archived = query.get('archived') === 'true';
  const there = owners.filter((one) => one.archived === archived);
  if (path !== '' && path !== '/') {
    const found = there.find(({ id }) => `/${id}` === path);
    return found ? { status: 200, json: view(found) } : problem(404, 'OBJECT_NOT_FOUND', 'No such owner');
  }
  const email = query.get('email')?.toLowerCase();
  const limit = Number(query.get('limit') ?? '100');
  const after = Number(query.get('after') ?? '0');
  const rest = there.filter((one) => Number(one.id) > after && (email ?? one.email) === one.email);
  const results = rest.slice(0, limit).map(view);
  const next = String(results.at(-1)?.['id']);
  const paging = rest.length > limit ? { paging: { next: { after: next, link: `?after=${next}` } } } : {};
  return { status: 200, json: { results, ...paging } };
}

function view({ id, ...owner }: Owner): Record<string, unknown> {
  const at = '2024-03-01T08:00:00.000Z';
  return { id, ...owner, userId: Number(id) * 7, createdAt: at, updatedAt: at };
}
