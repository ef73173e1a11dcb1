import type { Outcome } from '../../../shared/outcome.ts';
import type { Foreseen } from '../../../shared/tool/foreseen.ts';
import { assignable, assigneeOf, assignmentShown, begin, holdsTag } from './conversation.ts';
import { adminOf, deskOf, type Support } from './desk.ts';
import { withOneContact } from './requests.ts';
import { somebody } from './shown.ts';

interface Which {
  conversation: string;
}

/** What putting a tag on, or taking it off, would change. */
export async function foreseeTag(
  support: Support,
  { conversation, tag }: Which & { tag: string },
  on: boolean,
): Promise<Foreseen | Outcome> {
  const start = await begin(support, { conversation });
  if (!start.ok) return start.outcome;
  const held = holdsTag(start.data.before, tag) ? tag : null;
  return foreseen({ conversation, tag: held }, { conversation, tag: on ? tag : null });
}

/** What closing or opening would change. */
export async function foreseeState(
  support: Support,
  { conversation }: Which,
  state: 'open' | 'closed',
): Promise<Foreseen | Outcome> {
  const start = await begin(support, { conversation });
  if (!start.ok) return start.outcome;
  const was = start.data.before.state ?? null;
  const effect = was === 'snoozed' ? ['It is no longer snoozed, and nothing makes it so again.'] : [];
  return foreseen({ conversation, state: was }, { conversation, state }, effect);
}

/** What an assignment would change. */
export async function foreseeAssignment(
  support: Support,
  input: Which & { to: string },
): Promise<Foreseen | Outcome> {
  const start = await assignable(support, input);
  if (!start.ok) return start.outcome;
  const before = assignmentShown(start.data.before);
  const { type, id } = assigneeOf(input.to);
  const effect =
    type === 'team'
      ? ['Whoever is in the team may be notified, and its rules may give it to one of them.']
      : ['That person may be notified.'];
  return foreseen(before, { ...before, [type]: somebody(id) }, somebody(id) ? effect : []);
}

/** What a reply would come to. */
export async function foreseeReply(
  support: Support,
  { conversation, reply }: Which & { reply: string },
): Promise<Foreseen | Outcome> {
  const admin = adminOf(support.ids);
  if (!admin.ok) return admin.outcome;
  const one = await withOneContact(support, conversation);
  if (!one.ok) return one.outcome;
  const closed = one.data.state === 'closed' ? ['The conversation is closed.'] : [];
  const effects = ['The customer gets it and may be notified by mail.', ...closed];
  return foreseen({ conversation, reply: null }, { conversation, reply }, effects);
}

/** What a request to refund or to reset would come to: a ticket for people, and nothing else. */
export async function foreseeRequest(
  support: Support,
  desk: 'REFUND' | 'RESET',
  input: Which & Record<string, unknown>,
): Promise<Foreseen | Outcome> {
  const named = deskOf(support.ids, desk);
  if (!named.ok) return named.outcome;
  const one = await withOneContact(support, input.conversation);
  if (!one.ok) return one.outcome;
  const effect =
    desk === 'REFUND'
      ? 'The refund team gets a ticket. No money moves until they pay it back.'
      : 'The account team gets a ticket. Nothing is reset until they do it.';
  return foreseen(null, input, [effect, 'The customer is told nothing.']);
}

function foreseen(
  before: Record<string, unknown> | null,
  after: Record<string, unknown>,
  sideEffects: string[] = [],
): Foreseen {
  return { kind: 'foreseen', before, after, sideEffects };
}
