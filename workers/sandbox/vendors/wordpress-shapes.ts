/** How WordPress writes posts, lists, times and errors. */
import type { Incoming, Reply } from './vendor.ts';
import type { Post, Revision } from './wordpress-data.ts';

export function viewPost(request: Incoming, post: Post): Record<string, unknown> {
  const { id, status, date_gmt, modified_gmt } = post;
  return asked(request, {
    id,
    status,
    type: 'post',
    link: `https://cms.sandbox.example/?p=${id}`,
    date_gmt,
    modified_gmt,
    ...textsOf(request, post),
  });
}

export function viewRevision(request: Incoming, revision: Revision): Record<string, unknown> {
  const { id, parent, date_gmt } = revision;
  const times = { date_gmt, modified_gmt: date_gmt };
  return asked(request, { id, parent, ...times, ...textsOf(request, revision) });
}

/** What was written (`raw`) is shown to who may edit and asks for it; what readers see, to everybody. */
function textsOf(
  { query }: Incoming,
  { title, content, excerpt }: { title: string; content: string; excerpt: string },
): Record<string, unknown> {
  const edit = query.get('context') === 'edit';
  const text = (raw: string) => (edit ? { raw, rendered: raw } : { rendered: raw });
  return { title: text(title), content: text(content), excerpt: text(excerpt) };
}

/** Only the fields that `_fields` names, if it does. */
function asked({ query }: Incoming, body: Record<string, unknown>): Record<string, unknown> {
  const fields = query.get('_fields')?.split(',');
  return fields ? Object.fromEntries(Object.entries(body).filter(([name]) => fields.includes(name))) : body;
}

export function page<T>(
  { query }: Incoming,
  found: readonly T[],
  view: (item: T) => Record<string, unknown>,
): Reply {
  const size = Number(query.get('per_page') ?? 10);
  if (!Number.isInteger(size) || size < 1 || size > 100)
    return problem(400, 'rest_invalid_param', 'Invalid parameter(s): per_page');
  const from = Number(query.get('offset') ?? 0);
  const headers = {
    'x-wp-total': String(found.length),
    'x-wp-totalpages': String(Math.ceil(found.length / size)),
  };
  return { status: 200, json: found.slice(from, from + size).map(view), headers };
}

/** `2026-01-15T09:00:00`, in GMT. */
export function gmt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

export function problem(status: number, code: string, message: string): Reply {
  return { status, json: { code, message, data: { status } } };
}
