import type { Image } from '../../../shared/image.ts';
import type { Outcome, UndoPlan } from '../../../shared/outcome.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import type { Seen } from '../../../shared/tool/imaging.ts';
import { adminOf, type Support } from './desk.ts';
import { foundPart, type Trace } from './find.ts';
import { failed, manage, mark, readConversation, type IntercomConversation } from './intercom.ts';
import { somebody } from './shown.ts';

interface Which {
  conversation: string;
}

type By = Omit<Trace, 'kind'>;

/** Puts a tag on, or takes it off. What is so already is left, and no undo is promised for it. */
export async function tagged(
  support: Support,
  input: Which & { tag: string },
  on: boolean,
): Promise<Outcome> {
  const start = await begin(support, input);
  if (!start.ok) return start.outcome;
  const { admin, before } = start.data;
  if (holdsTag(before, input.tag) === on) return { kind: 'succeeded', output: { ...input } };
  const answer = await mark(support.http, input, admin, on);
  if (!answer.ok) return answer.outcome;
  const action = on ? 'support.conversation.untag' : 'support.conversation.tag';
  const [held, off] = [{ ...input }, { ...input, tag: null }];
  const images = on ? { before: off, after: held } : { before: held, after: off };
  return { kind: 'succeeded', output: { ...input }, undo: { action, input: { ...input }, images } };
}

/** Closes a conversation that is not closed. */
export async function closed(support: Support, input: Which): Promise<Outcome> {
  const start = await begin(support, input);
  if (!start.ok) return start.outcome;
  const { admin, before } = start.data;
  if (before.state === 'closed') return inState(input, 'closed');
  const json = { message_type: 'close', type: 'admin', admin_id: admin } as const;
  const after = await manage(support.http, input.conversation, json);
  if (!after.ok) return after.outcome;
  if (after.data.state !== 'closed') return otherwise;
  // One that was snoozed would come back open, which is no undo.
  const images = { before: stateImage(before), after: stateImage(after.data) };
  const undo = { action: 'support.conversation.reopen', input: { ...input }, images };
  return inState(input, 'closed', before.state === 'open' ? undo : undefined);
}

/** Opens a conversation that is not open. */
export async function opened(support: Support, input: Which): Promise<Outcome> {
  const start = await begin(support, input);
  if (!start.ok) return start.outcome;
  const { admin, before } = start.data;
  if (before.state === 'open') return inState(input, 'open');
  const json = { message_type: 'open', admin_id: admin } as const;
  const after = await manage(support.http, input.conversation, json);
  if (!after.ok) return after.outcome;
  if (after.data.state !== 'open') return otherwise;
  const images = { before: stateImage(before), after: stateImage(after.data) };
  const undo = { action: 'support.conversation.close', input: { ...input }, images };
  return inState(input, 'open', before.state === 'closed' ? undo : undefined);
}

/** Assigns an open conversation to a team or one of its people. */
export async function assigned(support: Support, input: Which & { to: string }): Promise<Outcome> {
  const start = await assignable(support, input);
  if (!start.ok) return start.outcome;
  const { admin, before } = start.data;
  const { type, id } = assigneeOf(input.to);
  const held = assigneeIn(before, type);
  if (held === somebody(id)) return { kind: 'succeeded', output: assignmentShown(before) };
  const json = { message_type: 'assignment', type, admin_id: admin, assignee_id: id } as const;
  const after = await manage(support.http, input.conversation, json);
  if (!after.ok) return after.outcome;
  if (assigneeIn(after.data, type) !== somebody(id)) return otherwise;
  const undo = {
    action: 'support.conversation.assign',
    input: { ...input, to: `${type}-${held ?? '0'}` },
    images: { before: assigneeImage(before, type), after: assigneeImage(after.data, type) },
  };
  return { kind: 'succeeded', output: assignmentShown(after.data), undo };
}

/** What Intercom holds of a tag on a conversation: null where it is not on it. */
export function tagImage(found: IntercomConversation, tag: string): Image {
  return { conversation: found.id, tag: holdsTag(found, tag) ? tag : null };
}

/** What it holds of the conversation's state: `open`, `closed` or `snoozed`. */
export function stateImage({ id: conversation, state }: IntercomConversation): Image {
  return { conversation, state: state ?? null };
}

/**
 * Who has the conversation, of the kind that is assigned. Of the other kind nothing: Intercom's own rules may give a team's
 * conversation to one of its people, and that is nobody's later change.
 */
export function assigneeImage(found: IntercomConversation, type: 'admin' | 'team'): Image {
  return { conversation: found.id, [type]: assigneeIn(found, type) };
}

/** What was read of a conversation as a look; an answer that tells nothing is none. */
export function seenAs(
  answer: VendorAnswer<IntercomConversation>,
  image: (found: IntercomConversation) => Image,
): Seen {
  if (answer.ok) return { kind: 'image', image: image(answer.data) };
  return answer.status === 404 ? { kind: 'image', image: null } : answer.outcome;
}

/** Whether a call closed or opened the conversation. Null: cannot be told. */
export async function stateFound(
  { http }: Support,
  input: Which,
  state: 'open' | 'closed',
  by: By,
): Promise<Outcome | null> {
  const kind = state === 'open' ? 'open' : 'close';
  const answer = await readConversation(http, input.conversation);
  const trace = { ...by, kind: (type: string) => type === kind };
  return foundPart(answer, trace, (found) => found.state === state, { ...input, state });
}

/** Whether a call assigned the conversation. Null: cannot be told. */
export async function assignmentFound(
  { http }: Support,
  { conversation, to }: Which & { to: string },
  by: By,
): Promise<Outcome | null> {
  const { type, id } = assigneeOf(to);
  const answer = await readConversation(http, conversation);
  const trace = { ...by, kind: (kind: string) => kind.includes('assign') };
  const holds = (found: IntercomConversation) => assigneeIn(found, type) === somebody(id);
  return foundPart(answer, trace, holds, answer.ok ? assignmentShown(answer.data) : {});
}

/** As `begin`, of a conversation that is not closed: Intercom would open it again, and an undo would have to be two actions. */
export async function assignable(support: Support, input: Which): Promise<VendorAnswer<Start>> {
  const start = await begin(support, input);
  if (!start.ok || start.data.before.state !== 'closed') return start;
  return failed('rejected', 'the conversation is closed');
}

interface Start {
  /** The teammate in whose name it is written. */
  admin: string;
  /** What the conversation is before that. */
  before: IntercomConversation;
}

/** Reads what there is before a change; refuses while nobody is set in whose name to write. */
export async function begin({ http, ids }: Support, { conversation }: Which): Promise<VendorAnswer<Start>> {
  const admin = adminOf(ids);
  if (!admin.ok) return admin;
  const before = await readConversation(http, conversation);
  if (!before.ok) return before;
  return { ok: true, status: before.status, data: { admin: admin.data, before: before.data } };
}

/** Intercom took the change and shows another state: what it did nobody can tell. */
const otherwise: Outcome = {
  kind: 'indeterminate',
  detail: 'Intercom answered with another state than was asked for',
};

function inState(input: Which, state: string, undo?: UndoPlan): Outcome {
  return { kind: 'succeeded', output: { ...input, state }, ...(undo && { undo }) };
}

/** The two halves of `team-8001`. */
export function assigneeOf(to: string): { type: 'admin' | 'team'; id: string } {
  const [type, id = '0'] = to.split('-');
  return { type: type === 'team' ? 'team' : 'admin', id };
}

/** Whether a tag is on a conversation. */
export function holdsTag({ tags }: IntercomConversation, tag: string): boolean {
  return (tags?.tags ?? []).some(({ id }) => id === tag);
}

function assigneeIn(found: IntercomConversation, type: 'admin' | 'team'): string | null {
  return somebody(type === 'team' ? found.team_assignee_id : found.admin_assignee_id);
}

/** Who has a conversation, in our fields. */
export function assignmentShown(found: IntercomConversation): Record<string, string | null> {
  const [admin, team] = [assigneeIn(found, 'admin'), assigneeIn(found, 'team')];
  return { conversation: found.id, admin, team };
}
