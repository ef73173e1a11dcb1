/** What a person does about a call that a rollback leaves. Texts only; nothing of the call is in them. Pure. */
import type { Group } from '../contract.ts';
import type { Takeable } from '../taking-back.ts';
import type { Instead, LeftWhy } from './step.ts';

/** A message that went out to people outside cannot be called back: this is where an answer to it starts. */
export const apologyDraft = `Subject: Please disregard our earlier message

Hello,

you have received a message from us that was sent by mistake. Please disregard it; you do not have to do anything.
We are sorry for the inconvenience. If you have a question, or have already acted on it, please reply to this message.

[name and team of the sender]`;

/** What to do about a call that is left for this reason. `groups`: what its action touches, by its contract. */
export function insteadOf(
  { call, way }: Pick<Takeable, 'call' | 'way'>,
  why: LeftWhy,
  groups: readonly Group[],
): Instead {
  switch (why) {
    case 'indeterminate':
    case 'unclear':
      return told('look-up', `Find out first whether it happened: toolgate recover ${call} --reason "…".`);
    case 'conflict':
    case 'unseen':
    case 'blocked':
    case 'ended':
      return told('decide', `Look at the record, and decide: leave it, or have this one forced.`);
    case 'refused':
      return told(
        'by-hand',
        `Look at the vendor and at toolgate call ${call}; do it by hand, or roll back anew.`,
      );
    case 'no-way-back':
    case 'window-over':
      return byHand(way, groups);
  }
}

/** Its contract's own words first; whom it reached decides what has to be said to whom. */
function byHand(way: Takeable['way'], groups: readonly Group[]): Instead {
  const said = way.kind === 'none' ? way.instead : null;
  if (groups.includes('send'))
    return {
      kind: 'apologise',
      text: said ?? 'It has gone out. Write to those who got it; a draft is beside this.',
      draft: apologyDraft,
    };
  if (groups.includes('notify'))
    return told('notify', said ?? 'Tell those who were notified that it was a mistake.');
  if (groups.includes('publish'))
    return told('notify', said ?? 'Take it down at the vendor, and tell those who have seen it.');
  return told('by-hand', said ?? 'Put it right at the vendor by hand, and tell whoever relies on it.');
}

function told(kind: Instead['kind'], text: string): Instead {
  return { kind, text, draft: null };
}
