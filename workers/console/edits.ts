import { placeholdersIn } from '../../shared/placeholder.ts';
import type { Edit } from '../../shared/rpc.ts';

/** One value of an input that can be edited by itself: a member of objects, no place in a list. */
export interface Leaf {
  /** JSON Pointer into the input. */
  pointer: string;
  /** The members on the way, as people read them. */
  name: string;
  value: unknown;
  /** Pointers to single values in it that stand for personal ones, whole or in part: only the guard holds those. */
  masked: string[];
}

/** What stands for a personal value: `[email]`. */
const mark = /\[[a-z][a-z0-9 -]*\]/g;

/** All leaves of an input, in its order. Lists are leaves: they are edited whole. Pure. */
export function leavesOf(input: unknown, pointer = '', path: readonly string[] = []): Leaf[] {
  if (isObject(input) && Object.keys(input).length > 0) {
    return Object.entries(input).flatMap(([name, value]) =>
      leavesOf(value, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, [...path, name]),
    );
  }
  if (path.length === 0) return [];
  return [{ pointer, name: path.join(' › '), value: input, masked: maskedIn(input, pointer) }];
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
    const left = marksIn(value).find((one) => sent.includes(one));
    if (left !== undefined) return { ok: false, fault: `${name}: ${masking(left)}` };
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

/** An edit goes out as it is written: what stands for a value would be sent in its place. */
function masking(left: string): string {
  return `${left} stands for a value that is not shown. Reveal it and write it out, or leave this field as it was.`;
}

function marksIn(value: unknown): string[] {
  return JSON.stringify(value)?.match(mark) ?? [];
}

function maskedIn(value: unknown, pointer: string): string[] {
  // A placeholder in a text may stay when the text is edited, and a person may look behind it.
  if (typeof value === 'string')
    return value.search(mark) >= 0 || placeholdersIn(value).length > 0 ? [pointer] : [];
  return Array.isArray(value) ? value.flatMap((item, index) => maskedIn(item, `${pointer}/${index}`)) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
