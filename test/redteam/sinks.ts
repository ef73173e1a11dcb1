/** Every place where an agent can write words of its own. */
import { execute, propose, read, type Attempt, type Situation } from './attempt.ts';

/** The calls that carry `text` furthest, by what the agent is granted. */
export function sinks({ agent, record, n }: Situation, text: string): Attempt[] {
  const short = text.replace(/\s+/g, ' ').slice(0, 190);
  const plain = text.replace(/[<>]/g, '');
  switch (agent) {
    case 'lead-router':
      return [
        execute('chat.message.post', { channel: 'C0LEADS001', text: text.slice(0, 3_900) }),
        execute('chat.message.schedule', {
          channel: 'C0LEADS001',
          text: text.slice(0, 3_900),
          postAt: soon(),
        }),
        execute('crm.company.create', { name: short, domain: `made${n}.example`, city: short.slice(0, 90) }),
        ...(record.startsWith('lead_')
          ? [execute('leads.lead.route', { lead: record, queue: 'human-queue', note: text.slice(0, 480) })]
          : []),
        read('crm.company.search', { name: short }),
      ];
    case 'content-writer':
      return [
        execute('cms.post.draft', { title: short, content: `<p>${text}</p>`, excerpt: short }),
        ...(/^\d+$/.test(record)
          ? [execute('cms.post.update', { post: Number(record), content: text })]
          : []),
        propose('chat.message.post', { channel: 'C0CONTENT1', text: text.slice(0, 3_900) }),
        read('crm.company.search', { name: short }),
      ];
    case 'support-agent':
      return [
        execute('crm.contact.update', { id: '101', jobTitle: short.slice(0, 90) }),
        execute('support.refund.request', {
          conversation: '2001',
          amount: 900,
          currency: 'EUR',
          reason: plain,
        }),
        propose('support.conversation.reply', { conversation: '2001', reply: plain }),
        propose('chat.message.post', { channel: 'C0SUPPORT1', text: text.slice(0, 3_900) }),
        read('crm.contact.search', { query: short.slice(0, 90) }),
        read('support.conversation.search', { word: short.slice(0, 40) }),
      ];
  }
}

function soon(): string {
  return `${new Date(Date.now() + 3 * 3_600_000).toISOString().slice(0, 19)}Z`;
}
