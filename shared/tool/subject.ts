/** Whom a value is about, in words that name the same person or record again. Pure. */
import type { KnownAction } from '../contract.ts';
import { memberOf, type Leaf } from './leaves.ts';

/**
 * The person by the mail address in the same object; else the record by its id: its own, or the one that the action is about. Null:
 * nobody knows. `input` also holds the id of a record that the action made. `ofRecord`: the record in any case, so that one text is
 * named alike whatever stands beside it.
 */
export function subjectOf(
  { owner, path }: Leaf,
  action: KnownAction,
  input: Record<string, unknown>,
  ofRecord = false,
): string | null {
  const mail = ofRecord ? undefined : mailIn(owner);
  if (mail !== undefined) return `email:${mail.trim().toLowerCase()}`;
  const { record, field } = recordOf(action);
  const { value } = owner;
  const own = idOf(value['id']);
  if (own !== undefined) return `${action.tool}.${kindAt(path) ?? record}:${own}`;
  const id = idOf(value[field]) ?? idOf(value[record]) ?? idOf(input[field]);
  return id === undefined ? null : `${action.tool}.${record}:${id}`;
}

/** What kind of thing a nested object is, by the name of the field that holds it or a list of it. */
function kindAt(path: string): string | undefined {
  return path.split('.').at(-2)?.replace(/s$/, '');
}

function mailIn({ value, schema }: Leaf['owner']): string | undefined {
  const found = Object.entries(value).find(
    ([key, held]) =>
      memberOf(schema, key)['x-personal'] === 'email' && typeof held === 'string' && held.trim() !== '',
  );
  return found?.[1] as string | undefined;
}

/** What kind of record it is, and which field of input or output names it. */
function recordOf({ about, name }: KnownAction): { record: string; field: string } {
  const object = name.split('.')[1] ?? '';
  if (!about) return { record: object, field: object };
  return { record: about.record, field: about.id.slice(about.id.indexOf('.') + 1) };
}

function idOf(value: unknown): string | undefined {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;
}
