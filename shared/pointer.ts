/** JSON Pointers (RFC 6901) into plain JSON. */
import { pointer } from './faults.ts';
import type { Edit } from './approvals.ts';

/** The parts of a pointer, unescaped; undefined: it is no pointer, or points at the whole. */
export function partsOf(text: string): string[] | undefined {
  if (!/^(\/([^~/]|~[01])*)+$/u.test(text)) return undefined;
  const parts = text.slice(1).split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a pointer, through own members of objects and places in arrays; undefined: there is none. */
export function valueAt(value: unknown, text: string): unknown {
  const parts = partsOf(text);
  if (!parts) return undefined;
  return parts.reduce<unknown>((at, part) => step(at, part), value);
}

function step(at: unknown, part: string): unknown {
  if (typeof at !== 'object' || at === null) return undefined;
  if (Array.isArray(at) && !/^(0|[1-9]\d{0,8})$/.test(part)) return undefined;
  return Object.hasOwn(at, part) ? (at as Record<string, unknown>)[part] : undefined;
}

/** Every string and number in some JSON, with its pointer, depth first, at most `max` of them. */
export function leavesOf(value: unknown, max: number): { pointer: string; value: string | number }[] {
  const found: { pointer: string; value: string | number }[] = [];
  const walk = (at: unknown, path: string[]): void => {
    if (found.length >= max) return;
    if (typeof at === 'string' || typeof at === 'number') found.push({ pointer: pointer(path), value: at });
    else if (typeof at === 'object' && at !== null)
      for (const [key, item] of Object.entries(at)) walk(item, [...path, key]);
  };
  walk(value, []);
  return found;
}

export type EditedInput =
  | { ok: true; input: Record<string, unknown> }
  | { ok: false; fault: { pointer: string; detail: string } };

/**
 * A copy of some input with edits made, in order. Refuses what is no pointer to a member of an object: places in arrays, members
 * under what is not there, what would be taken away and is not there, and `__proto__`. Pure.
 */
export function edited(input: Readonly<Record<string, unknown>>, edits: readonly Edit[]): EditedInput {
  const copy = structuredClone(input) as Record<string, unknown>;
  for (const edit of edits) {
    const detail = editOne(copy, edit);
    if (detail !== undefined) return { ok: false, fault: { pointer: edit.pointer.slice(0, 200), detail } };
  }
  return { ok: true, input: copy };
}

/** What is wrong with one edit; undefined: it was made. */
function editOne(copy: Record<string, unknown>, edit: Edit): string | undefined {
  const parts = partsOf(edit.pointer);
  const name = parts?.pop();
  if (!parts || name === undefined) return 'is no JSON Pointer to a member';
  // It would set what the object inherits from, and JSON would not show it.
  if ([...parts, name].includes('__proto__')) return 'is not a known field';
  const holder = parts.reduce<unknown>((at, part) => step(at, part), copy);
  if (typeof holder !== 'object' || holder === null) return 'stands under what is not there';
  if (Array.isArray(holder)) return 'is a place in a list: give the whole list';
  return setMember(holder as Record<string, unknown>, name, edit);
}

function setMember(holder: Record<string, unknown>, name: string, edit: Edit): string | undefined {
  if (edit.value !== undefined) {
    holder[name] = structuredClone(edit.value);
    return undefined;
  }
  if (!Object.hasOwn(holder, name)) return 'is not there to be taken away';
  delete holder[name];
  return undefined;
}
