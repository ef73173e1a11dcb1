/** The operations of a description, and those that somebody chose. */
import { nearest } from '../../../shared/nearest.ts';
import { isJson, resolve, type Json } from './description.ts';

export interface Operation {
  /** Its `operationId`, or `get /path` where it has none. */
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  json: Json;
  /** Its own and those of its path. */
  parameters: readonly unknown[];
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Every operation that a tool could have. */
export function operationsOf(spec: Json): Operation[] {
  const paths = isJson(spec['paths']) ? spec['paths'] : {};
  return Object.entries(paths).flatMap(([path, given]) => {
    const item = resolve(spec, given);
    if (!item.ok || !/^\/[A-Za-z0-9_.~{}/:@-]*$/.test(path)) return [];
    const shared = Array.isArray(item.value['parameters']) ? item.value['parameters'] : [];
    return methods.flatMap((method): Operation[] => {
      const json = item.value[method];
      if (!isJson(json)) return [];
      const own = Array.isArray(json['parameters']) ? json['parameters'] : [];
      const id = typeof json['operationId'] === 'string' ? json['operationId'] : `${method} ${path}`;
      const upper = method.toUpperCase() as Operation['method'];
      return [{ id, method: upper, path, json, parameters: [...shared, ...own] }];
    });
  });
}

/** How many are listed when somebody has to choose: a screen of them. */
const LISTED = 30;

export type Chosen = { ok: true; operations: Operation[] } | { ok: false; faults: string[] };

/** The operations with these ids, in their order; each id that is unknown is told with those that are near. */
export function choose(all: readonly Operation[], ids: readonly string[]): Chosen {
  const known = all.map(({ id }) => id);
  if (ids.length === 0)
    return { ok: false, faults: [`Choose some with --operations id,id. ${listed(known)}`] };
  const faults = ids.filter((id) => !known.includes(id)).map((id) => unknown(id, known));
  const operations = ids.flatMap((id) => all.find((one) => one.id === id) ?? []);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, operations };
}

function unknown(id: string, known: readonly string[]): string {
  const near = nearest(id, known);
  const word = id.toLowerCase().replaceAll(/[^a-z]/g, '');
  const alike = known.filter((one) => word.length > 2 && one.toLowerCase().includes(word));
  const meant = [...new Set([...(near === undefined ? [] : [near]), ...alike])].slice(0, 8);
  return meant.length > 0
    ? `There is no operation "${id}". Near it: ${meant.join(', ')}.`
    : `There is no operation "${id}". ${listed(known)}`;
}

function listed(known: readonly string[]): string {
  if (known.length === 0) return 'The description has no operation that a tool could have.';
  const more = known.length > LISTED ? `, and ${known.length - LISTED} more` : '';
  return `It has ${known.slice(0, LISTED).join(', ')}${more}.`;
}

/** The last word of a path that is no parameter. */
export function lastWord(path: string): string {
  const words = path.split('/').filter((part) => part !== '' && !part.includes('{'));
  return words.at(-1) ?? 'record';
}
