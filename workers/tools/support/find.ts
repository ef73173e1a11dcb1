import type { Outcome } from '../../../shared/outcome.ts';
import type { VendorAnswer } from '../../../shared/tool/http-vendor.ts';
import type { IntercomConversation, IntercomPart } from './intercom.ts';

/** How far Intercom's clock may be behind the guard's, in ms; it gives whole seconds. */
const SKEW = 5_000;

/** Which parts of a conversation a call leaves there. */
export interface Trace {
  /** The teammate in whose name it wrote. */
  admin: string;
  /** Of part_type: `close`, `assignment`. */
  kind: (type: string) => boolean;
  /** When the call began, Unix ms. */
  since: number;
}

/** The parts that a call may have left; null when an older one could be missing among those that were given. */
function traced(found: IntercomConversation, { admin, kind, since }: Trace): IntercomPart[] | null {
  const parts = found.conversation_parts?.conversation_parts ?? [];
  const total = found.conversation_parts?.total_count ?? Infinity;
  // A part without a time may be one of the call.
  const recent = ({ created_at }: IntercomPart) =>
    created_at === undefined || created_at === null || (created_at + 1) * 1000 > since - SKEW;
  // Intercom gives the newest 500: complete if that is all, or if one from before the call is among them.
  if (parts.length < total && parts.every(recent)) return null;
  return parts.filter((part) => recent(part) && part.author?.id === admin && kind(part.part_type ?? ''));
}

/** Whether a conversation was closed, opened or assigned by a call. Null: cannot be told. */
export function foundPart(
  answer: VendorAnswer<IntercomConversation>,
  trace: Trace,
  holds: (found: IntercomConversation) => boolean,
  output: Record<string, unknown>,
): Outcome | null {
  const parts = answer.ok ? traced(answer.data, trace) : null;
  if (!answer.ok || !parts) return null;
  if (parts.length === 0) return failed('the conversation has no part of this call');
  // It was done by this call or another, and what it is now is what was asked; or somebody went on from there.
  return holds(answer.data) ? { kind: 'succeeded', output } : null;
}

/** Whether a reply was sent by a call. Null: cannot be told, as when two are alike or Intercom shows it in other words. */
export function foundReply(
  answer: VendorAnswer<IntercomConversation>,
  trace: Trace,
  reply: string,
  output: (part: string) => Record<string, unknown>,
): Outcome | null {
  const parts = answer.ok ? traced(answer.data, trace) : null;
  if (!parts) return null;
  if (parts.length === 0) return failed('the conversation has no reply of this call');
  const [ours, twin] = parts.filter(({ body }) => bare(body ?? '') === bare(reply));
  return ours && !twin ? { kind: 'succeeded', output: output(ours.id) } : null;
}

/** Intercom sets spaces and lines its own way. */
function bare(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function failed(detail: string): Outcome {
  return { kind: 'failed', reason: 'unavailable', detail };
}
