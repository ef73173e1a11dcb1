/** What an operation is called as an action. Pure. */
import { letters, singular } from './names.ts';
import type { Operation } from './operations.ts';
import type { ActionPlan } from './plan.ts';

/** Last words of a path that say what is done, and not what it is done to. */
const verbs = new Set(
  'activate approve archive assign cancel clone close complete convert copy deactivate disable duplicate enable lock merge move pause publish reject reopen reply restore resume schedule send start stop submit unarchive unlock unpublish'.split(
    ' ',
  ),
);

/** `deal` and `update` for `PUT /deals/{id}`; the last word of `POST /deals/{id}/cancel` is its verb. */
export function namesOf({ method, path, id }: Operation, isList: boolean): { object: string; verb: string } {
  const parts = path.split('/').filter((part) => part !== '');
  const words = parts.filter((part) => !part.includes('{'));
  const ends = parts.at(-1)?.includes('{') === true;
  const last = letters(words.at(-1) ?? '');
  const acts = method === 'POST' && !ends && words.length > 1 && verbs.has(last);
  const object = letters(singular((acts ? words.at(-2) : words.at(-1)) ?? '')) || letters(id) || 'record';
  if (acts) return { object, verb: last };
  const byMethod = {
    GET: isList ? 'list' : 'read',
    POST: ends ? 'update' : 'create',
    PUT: 'update',
    PATCH: 'update',
    DELETE: 'delete',
  };
  return { object, verb: byMethod[method] };
}

/** Two operations on one object may want one name: the later one gets a letter more. */
export function unusedName(object: string, verb: string, before: readonly ActionPlan[]): string {
  const taken = new Set(before.map(({ name }) => name));
  for (const letter of ['', ...'bcdefghijklmnopqrstuvwxyz'.split('')]) {
    const name = `${object}.${verb}${letter}`;
    if (!taken.has(name)) return name;
  }
  throw new Error(`${object}.${verb}: more than 26 operations want this name`);
}
