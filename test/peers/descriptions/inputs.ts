/** Inputs beside each action's example, which make requests of other shapes: every filter, every field, ids that are not there. */

const nobody = 'nobody@acme.example';
const unknown = '00000000-0000-4000-8000-00000000ffff';

export const furtherInputs: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  'ads.adset.list': [{ account: 'act_1010101010', campaign: '120210000000003', limit: 1 }],
  'ads.campaign.read': [{ account: 'act_1010101010', campaign: '120210000009999' }],
  // No refusal of Slack's: it comes inside a 200, and the description has its shape under other statuses only, where the
  // test's faults look at it.
  'cms.post.list': [{ search: 'spring', limit: 1 }],
  'cms.post.read': [{ post: 99_999 }],
  'cms.post.draft': [{ title: 'All of it', content: '<p>All.</p>', excerpt: 'In short.' }],
  'cms.post.update': [{ post: 101, title: 'Title', content: '<p>Words.</p>', excerpt: 'In short.' }],
  'cms.post.revise': [{ post: 103, title: 'Title', content: '<p>Words.</p>' }],
  'crm.contact.read': [{ id: '999999' }],
  'crm.contact.search': [{ query: 'ada', limit: 1, after: '1' }, { company: 'Acme' }],
  'crm.contact.create': [
    {
      email: 'grace@acme.example',
      firstName: 'Grace',
      lastName: 'Hopper',
      phone: '+49 30 5550177',
      company: 'Acme',
      jobTitle: 'Admiral',
      country: 'Germany',
      leadStatus: 'NEW',
    },
    { email: 'ada@acme.example' },
  ],
  'crm.contact.update': [{ id: '101', firstName: 'Adele', phone: null }],
  'crm.company.search': [{ name: 'Acme' }],
  'crm.company.create': [
    { name: 'All Of It', domain: 'all.example', country: 'Germany', city: 'Berlin', employees: 12 },
  ],
  'crm.deal.read': [{ id: '603' }, { id: '999999' }],
  'crm.deal.search': [{ query: 'acme', stage: 'qualifiedtobuy', limit: 1 }],
  'crm.deal.create': [
    {
      name: 'All of it',
      stage: 'contractsent',
      amount: 1_234_567,
      currency: 'JPY',
      closeDate: '2026-12-31T00:00:00Z',
      ownerId: '9001',
    },
    { name: 'No such stage', stage: 'nowhere' },
  ],
  'crm.deal.update': [{ id: '601', amount: null, currency: null, closeDate: null }],
  'email.contact.list': [{}, { limit: 1 }],
  'email.suppression.list': [{}, { limit: 1 }],
  'email.segment.list': [{ limit: 1 }],
  'email.broadcast.update': [
    {
      broadcast: '00000000-0000-4000-8000-00000000b007',
      name: 'Spring',
      segment: '00000000-0000-4000-8000-00000000a003',
      text: '{{{RESEND_UNSUBSCRIBE_URL}}}',
      html: '<p>{{{RESEND_UNSUBSCRIBE_URL}}}</p>',
    },
  ],
  'email.contact.read': [{ email: nobody }],
  'email.suppression.read': [{ email: nobody }],
  'email.broadcast.read': [{ broadcast: unknown }],
  'email.message.cancel': [{ messageId: unknown }],
  'support.conversation.search': [
    { email: 'ada@acme.example' },
    { tag: '86', word: 'invoice', updatedSince: '2026-01-01T00:00:00Z', limit: 1 },
    { assignee: 'team-8002' },
  ],
  'support.conversation.read': [{ conversation: '999999' }],
  'support.ticket.search': [{ assignee: 'team-8002', updatedSince: '2026-01-01T00:00:00Z' }],
  'support.ticket.read': [{ ticket: '999999' }],
  'support.conversation.assign': [{ conversation: '2001', to: 'team-0' }],
};
