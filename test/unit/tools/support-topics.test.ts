import { describe, expect, test } from 'vitest';
import { conversations } from '../../../workers/sandbox/vendors/intercom-data.ts';
import {
  conversationTopics,
  forAgents,
  isSpecial,
  topicFacts,
  topicsOf,
} from '../../../workers/tools/support/topics.ts';
import type { IntercomConversation } from '../../../workers/tools/support/intercom.ts';

test.each([
  ['payment', 'Please charge 4111 1111 1111 1111.'],
  ['payment', 'It is 4111-1111-1111-1111, thanks'],
  ['payment', '４１１１１１１１１１１１１１１１'],
  ['payment', 'Pay it to DE89 3704 0044 0532 0130 00 please'],
  ['payment', 'meine Kreditkartennummer hat sich geändert'],
  ['payment', 'Mi tarjeta de crédito no funciona'],
  ['payment', 'クレジットカードを変更したい'],
  ['health', 'Since my diagnosis I cannot use it'],
  ['health', 'Wegen meiner Krankheit konnte ich nicht zahlen'],
  ['health', 'Через діагноз я не могла скористатися'],
  ['health', 'Je suis enceinte'],
  ['health', 'أنا في مستشفى'],
  ['recovery', 'I am locked out'],
  ['recovery', 'my p\u00adassword'],
  ['recovery', 'Ich habe mein Passwort vergessen'],
  ['recovery', 'Забыла пароль'],
  ['recovery', '我忘记密码了'],
  ['security', 'I see invoices of other companies!'],
  ['security', 'Ihr wurdet gehackt'],
  ['security', 'Il y a une faille de sécurité'],
  ['security', '脆弱性を見つけました'],
])('%s is found in %j', (topic, text) => {
  expect(topicsOf([text])).toEqual([topic]);
});

test.each([
  'Could you change the address on invoice A-1001? It was charged twice, too.',
  'Is there a CSV export & import?',
  'Order 4111 1111 1111 1112 is late',
  'Call me at +49 30 5550101 or +44 20 7946 0958',
  'DE00 3704 0044 0532 0130 00 is a part number',
  '請求書をください。',
  'The companies that we work with use it, too.',
])('%j is nobody’s secret', (text) => {
  expect(topicsOf([text])).toEqual([]);
});

const conversation = (body: string, by: string, said: string): IntercomConversation => ({
  id: '1',
  source: { body, author: { type: 'user' } },
  conversation_parts: { conversation_parts: [{ id: '2', body: said, author: { type: by } }] },
});

describe('a conversation', () => {
  test('is what its customers made it, at any point of it', () => {
    expect(conversationTopics(conversation('<p>Hello</p>', 'user', '<p>my pass<b>word</b></p>'))).toEqual([
      'recovery',
    ]);
    expect(conversationTopics(conversation('<p>Hello</p>', 'lead', 'IBAN?'))).toEqual(['payment']);
    // Nobody knows who wrote it: taken for a customer.
    expect(conversationTopics({ ...conversation('', '', 'locked out') })).toEqual(['recovery']);
  });

  test('is not made special by what the team itself answers', () => {
    expect(conversationTopics(conversation('Hello', 'admin', 'We never ask for your password.'))).toEqual([]);
  });

  test('that is not there is told as that, and as nothing else', () => {
    const none = { payment: false, health: false, recovery: false, security: false };
    expect(topicFacts(null)).toEqual({ found: false, special: false, ...none });
  });

  test.each([
    ['2001', []],
    ['2005', ['payment']],
    ['2006', ['health']],
    ['2007', ['recovery']],
    ['2010', ['security']],
  ])('%s of the simulated ones is about %j', (id, found) => {
    const seeded = conversations.find((one) => one.id === id)!;
    expect(topicsOf([seeded.subject, seeded.body])).toEqual(found);
  });
});

describe('what an agent is shown', () => {
  const shown = {
    conversation: '1',
    title: 'My card',
    subject: 'x',
    wrote: 'It is 4111',
    state: 'open',
    parts: [{ part: '2', wrote: 'again 4111', at: null }],
  };

  test('of what is special has no word of it left, and all the rest', () => {
    const told = forAgents(shown, ['payment']);
    expect(told).toMatchObject({
      title: null,
      subject: null,
      wrote: null,
      state: 'open',
      withheld: true,
      topics: ['payment'],
    });
    expect(JSON.stringify(told)).not.toContain('4111');
    expect(told.parts).toEqual([{ part: '2', wrote: null, at: null }]);
  });

  test('of anything else is all, a report of a security issue included', () => {
    expect(isSpecial(['security'])).toBe(false);
    expect(forAgents(shown, ['security'])).toEqual({ ...shown, topics: ['security'], withheld: false });
  });
});
