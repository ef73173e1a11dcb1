/** Changes of who is on a list: as they are made, foreseen, looked at and looked for. */
import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import { WHOLE_MAX } from './contract/lists.ts';
import {
  among,
  isFixed,
  isOfContacts,
  move,
  readList,
  sizeOf,
  wholeList,
  writable,
  type Moved,
} from './lists.ts';
import { difference, sorted, without } from './members.ts';

/** Some contacts of a list. */
export interface Some {
  list: string;
  contacts: string[];
}
/** A list as a whole. */
export interface Whole {
  list: string;
  members: string[];
}
type Way = 'add' | 'remove';
type Facts = Record<string, number | boolean>;

/** What is set to follow a list starts for whoever joins; that is the vendor's business, and not undone. */
const follows = 'Workflows and mailings in HubSpot that follow this list may start for whoever joins it.';

/** Puts contacts on a list, or takes them off. Its undo moves back those whom it moved, and nobody else. */
export async function moveSome(vendor: HttpVendor, way: Way, { list, contacts }: Some): Promise<Outcome> {
  const before = await someOf(vendor, list, contacts);
  if (!before.ok) return before.outcome;
  const wanted = way === 'add' ? without(contacts, before.data) : before.data;
  if (wanted.length === 0) return done(list, before.data, []);
  // For the list's versions. One that is too long to be written as a whole has none.
  const whole = await wholeList(vendor, list);
  const answer = await move(vendor, list, way === 'add' ? { on: wanted, off: [] } : { on: [], off: wanted });
  if (!answer.ok) return answer.outcome;
  const missing = missingOf(answer.data, wanted);
  const outcome = done(list, way === 'add' ? without(contacts, missing) : [], missing);
  const moved = without(wanted, way === 'add' ? missing : []);
  if (moved.length === 0) return outcome;
  const [on, off] = [
    { list, contacts: moved },
    { list, contacts: [] },
  ];
  return {
    ...outcome,
    ...(whole.ok && { content: contentOf(whole.data, way, moved) }),
    undo: {
      action: way === 'add' ? 'crm.list.remove' : 'crm.list.add',
      input: on,
      images: way === 'add' ? { before: off, after: on } : { before: on, after: off },
    },
  };
}

/** Who was on the list, and who is on it now. */
function contentOf(
  members: string[],
  way: Way,
  moved: readonly string[],
): { before: { members: string[] }; after: { members: string[] } } {
  const after = way === 'add' ? sorted([...members, ...moved]) : without(members, moved);
  return { before: { members }, after: { members: after } };
}

/** Makes the members exactly these. Its undo writes the former ones back. */
export async function replaceAll(vendor: HttpVendor, { list, members }: Whole): Promise<Outcome> {
  const before = await allOf(vendor, list);
  if (!before.ok) return before.outcome;
  const steps = difference(before.data, members);
  if (steps.on.length + steps.off.length === 0)
    return { kind: 'succeeded', output: { list, members: before.data, missing: [] } };
  const answer = await move(vendor, list, steps);
  if (!answer.ok) return answer.outcome;
  const missing = missingOf(answer.data, steps.on);
  const [was, is] = [
    { list, members: before.data },
    { list, members: without(members, missing) },
  ];
  const images = { before: was, after: is };
  return {
    kind: 'succeeded',
    output: { ...is, missing },
    undo: { action: 'crm.list.replace', input: was, images },
  };
}

export async function foreseeSome(
  vendor: HttpVendor,
  way: Way,
  { list, contacts }: Some,
): Promise<Foreseen | Outcome> {
  const before = await someOf(vendor, list, contacts);
  if (!before.ok) return before.outcome;
  const after = way === 'add' ? sorted(contacts) : [];
  const sideEffects = way === 'add' ? [follows] : [];
  return {
    kind: 'foreseen',
    before: { list, contacts: before.data },
    after: { list, contacts: after },
    sideEffects,
  };
}

export async function foreseeAll(vendor: HttpVendor, { list, members }: Whole): Promise<Foreseen | Outcome> {
  const before = await allOf(vendor, list);
  if (!before.ok) return before.outcome;
  const { on, off } = difference(before.data, members);
  return {
    kind: 'foreseen',
    before: { list, members: before.data },
    after: { list, members: sorted(members) },
    sideEffects: [`Put on: ${on.length}. Taken off: ${off.length}.`, ...(on.length > 0 ? [follows] : [])],
  };
}

/** Which of the contacts are on the list now. */
export async function imageOfSome(vendor: HttpVendor, { list, contacts }: Some): Promise<Seen> {
  const answer = await among(vendor, list, contacts);
  return answer.ok ? { kind: 'image', image: { list, contacts: answer.data } } : answer.outcome;
}

/** Who is on the list now; a list that is gone is null. */
export async function imageOfAll(vendor: HttpVendor, { list }: Whole): Promise<Seen> {
  const answer = await wholeList(vendor, list);
  if (answer.ok) return { kind: 'image', image: { list, members: answer.data } };
  return answer.status === 404 ? { kind: 'image', image: null } : answer.outcome;
}

/**
 * Whether contacts were moved, told from where they are now. Null: some are here and some there. Without an undo: who was there
 * before is not known any more.
 */
export async function foundSome(
  vendor: HttpVendor,
  way: Way,
  { list, contacts }: Some,
): Promise<Outcome | null> {
  const answer = await among(vendor, list, contacts);
  if (!answer.ok) return null;
  const there = answer.data.length;
  const moved = way === 'add' ? there === contacts.length : there === 0;
  if (moved) return done(list, answer.data, []);
  const none = way === 'add' ? there === 0 : there === contacts.length;
  return none ? { kind: 'failed', reason: 'unavailable', detail: 'none of them was moved' } : null;
}

/** What policies judge a change of a list by. Throws when it cannot be read: no size would be the smallest. */
export async function factsOfList(vendor: HttpVendor, list: string): Promise<Facts> {
  const answer = await readList(vendor, list);
  if (!answer.ok && answer.status !== 404) throw new Error('the facts of this list cannot be looked up now');
  const held = answer.ok ? answer.data : undefined;
  const size = held && sizeOf(held);
  return {
    found: held !== undefined,
    ofContacts: held !== undefined && isOfContacts(held),
    fixed: held !== undefined && isFixed(held),
    size: size ?? 0,
    sizeKnown: typeof size === 'number',
  };
}

/** The same, with how many contacts would be put on or taken off. */
export async function factsOfReplacing(vendor: HttpVendor, { list, members }: Whole): Promise<Facts> {
  const facts = await factsOfList(vendor, list);
  if (facts['found'] === false) return { ...facts, moved: 0 };
  const answer = await wholeList(vendor, list);
  // Too long to be replaced, which the call is then told; until then it counts as all that can be moved.
  if (!answer.ok && answer.outcome.kind === 'failed' && answer.outcome.reason === 'rejected')
    return { ...facts, moved: WHOLE_MAX + members.length };
  if (!answer.ok) throw new Error('the members of this list cannot be looked up now');
  const { on, off } = difference(answer.data, members);
  return { ...facts, size: answer.data.length, sizeKnown: true, moved: on.length + off.length };
}

async function someOf(vendor: HttpVendor, list: string, contacts: string[]): ReturnType<typeof among> {
  const may = await writable(vendor, list);
  return may.ok ? among(vendor, list, contacts) : may;
}

async function allOf(vendor: HttpVendor, list: string): ReturnType<typeof wholeList> {
  const may = await writable(vendor, list);
  return may.ok ? wholeList(vendor, list) : may;
}

function missingOf({ recordIdsMissing }: Moved, asked: readonly string[]): string[] {
  const known = new Set(asked);
  return sorted((recordIdsMissing ?? []).filter((id) => known.has(id)));
}

function done(list: string, contacts: string[], missing: string[]): Outcome & { kind: 'succeeded' } {
  return { kind: 'succeeded', output: { list, contacts, missing } };
}
