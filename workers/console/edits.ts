import type { Edit } from '../../shared/rpc.ts';

/** One value of an input that can be edited by itself: a member of objects, no place in a list. */
export interface Leaf {
  /** JSON Pointer into the input. */
  pointer: string;
  /** The members on the way, as people read them. */
  name: string;
  value: unknown;
  /** It stands for a personal value that only the guard holds. */
  masked: boolean;
}

/** What a value of a class that is masked looks like: `[email]`. */
const mark = /^\[[a-z][a-z0-9 -]*\]$/;

/** All leaves of an input, in its order. Lists are leaves: they are edited whole. Pure. */
export function leavesOf(input: unknown, pointer = '', path: readonly string[] = []): Leaf[] {
  if (isObject(input) && Object.keys(input).length > 0) {
    return Object.entries(input).flatMap(([name, value]) =>
      leavesOf(value, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, [...path, name]),
    );
  }
  if (path.length === 0) return [];
  return [{ pointer, name: path.join(' › '), value: input, masked: hasMark(input) }];
}

/** A leaf as a form shows it, and as it comes back when nobody changed it. Pure. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export type Edits = { ok: true; edits: Edit[] } | { ok: false; fault: string };

/**
 * What a form changed of an input: fields `edit:<pointer>` that read otherwise than shown, and `drop:<pointer>` for
 * members to take away. A form writes line ends its own way, which is no change. Pure.
 */
export function editsOf(input: unknown, form: URLSearchParams): Edits {
  const edits: Edit[] = [];
  for (const { pointer, name, value } of leavesOf(input)) {
    if (form.has(`drop:${pointer}`)) {
      edits.push({ pointer });
      continue;
    }
    const sent = form.get(`edit:${pointer}`)?.replaceAll('\r\n', '\n');
    if (sent === undefined || sent === textOf(value).replaceAll('\r\n', '\n')) continue;
    const read = valueOf(sent, value);
    if (!read.ok) return { ok: false, fault: `${name}: ${read.fault}` };
    edits.push({ pointer, value: read.value });
  }
  return edits.length > 0 ? { ok: true, edits } : { ok: false, fault: 'Nothing is changed yet.' };
}

/** Text as a value of the kind that stood there. */
function valueOf(text: string, before: unknown): { ok: true; value: unknown } | { ok: false; fault: string } {
  if (typeof before === 'string') return { ok: true, value: text };
  try {
    const value: unknown = JSON.parse(text);
    if (before === null || typeof value === typeof before) return { ok: true, value };
  } catch {
    // Not JSON, so not of that kind.
  }
  return { ok: false, fault: `must stay a ${Array.isArray(before) ? 'list' : typeof before}.` };
}

function hasMark(value: unknown): boolean {
  if (typeof value === 'string') return mark.test(value);
  return Array.isArray(value) && value.some(hasMark);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
