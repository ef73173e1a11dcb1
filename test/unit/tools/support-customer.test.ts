import { describe, expect, it } from 'vitest';
import type { IntercomAuthor, IntercomConversation } from '../../../workers/tools/support/intercom.ts';
import { customerOf } from '../../../workers/tools/support/shown.ts';

const email = 'ada@acme.example';

const begun = (
  author: Pick<NonNullable<IntercomAuthor>, 'type'>,
  channel: string,
  contacts: string[] = ['c1'],
): IntercomConversation => ({
  id: '2001',
  source: { type: channel, author: { id: 'c1', email, ...author } },
  contacts: { contacts: contacts.map((id) => ({ id })) },
});

describe('who gets an answer', () => {
  it('is the user who began the conversation, by whatever channel', () => {
    expect(customerOf(begun({ type: 'user' }, 'conversation'))).toBe(email);
  });

  it('is whoever wrote the mail, which is answered by mail', () => {
    expect(customerOf(begun({ type: 'lead' }, 'email'))).toBe(email);
  });

  it.each(['lead', 'admin', null, undefined])(
    'is nobody that is known where the address is only what a visitor says: %s',
    (type) => {
      expect(customerOf(begun({ type }, 'conversation'))).toBe(null);
    },
  );

  it('is nobody where several get it, or another began it', () => {
    expect(customerOf(begun({ type: 'user' }, 'conversation', ['c1', 'c2']))).toBe(null);
    expect(customerOf(begun({ type: 'user' }, 'conversation', ['c2']))).toBe(null);
  });
});
