/** Where strangers' texts stand in what an agent reads: form fields, CRM records, tickets, pages, mails. */
import type { GateClient } from '../../examples/gate-client.ts';
import type { RedGate } from './gate.ts';

/** The agents of the three workflows. */
export const attacked = ['lead-router', 'content-writer', 'support-agent'] as const;
export type Attacked = (typeof attacked)[number];

/** A place that somebody outside can write to, and how the agent of a workflow gets to read it. */
export interface Place {
  name: string;
  /** Puts a text there; returns the record's id. */
  plant(gate: RedGate, n: number, text: string): Promise<string>;
  /** Reads it through the gate, as the workflow does. */
  read(client: GateClient, id: string, session: string): Promise<unknown>;
}

const at = '2026-11-20T09:00:00.000Z';
const seconds = 1_795_000_000;

const reading = async (
  client: GateClient,
  session: string,
  action: string,
  input: Record<string, unknown>,
): Promise<unknown> => (await client.call(action, input, { mode: 'read', session })).body;

/** Posts a form of the site; returns the lead's id. */
export async function postLead(gate: RedGate, fields: Record<string, string>): Promise<string> {
  gate.forms.push(fields);
  const answer = await fetch(`${gate.origin}/leads/acme-web`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ publishable_key: 'pk_acmeweb01', consent: 'yes', ...fields }).toString(),
  });
  const told = await answer.json<{ lead?: string }>();
  if (told.lead === undefined) throw new Error(`a form was not taken: ${JSON.stringify(told)}`);
  return told.lead;
}

/** One line that a form's short field takes. */
function line(text: string, max: number): string {
  return text.replace(/\s+/g, ' ').slice(0, max);
}

const form: Place = {
  name: 'form fields',
  // Every field that people type: what the agent is granted of them it reads, the rest people and tools do.
  plant: async (gate, n, text) =>
    postLead(gate, {
      name: n % 2 === 0 ? `Ilvara Zarnowe-${n}` : line(text.replace(/https?:\/\//g, ''), 90),
      email: `visitor${n}@form.example`,
      phone: `+1 206 555 ${String(n % 10_000).padStart(4, '0')}`,
      company: line(text, 200),
      interest: line(text, 200),
      message: text.slice(0, 4_000),
      country: 'FR',
      employees: '120',
      note_of_site: text.slice(0, 1_500),
    }),
  read: async (client, id, session) => reading(client, session, 'leads.lead.get', { lead: id }),
};

const company: Place = {
  name: 'CRM notes',
  plant: async (gate, n, text) => {
    const id = String(70_000 + n);
    const properties = { name: text, city: text, domain: `rt${n}.example`, numberofemployees: '12' };
    await gate.plant(
      'hubspot',
      'companies',
      id,
      { id, properties, createdAt: at, updatedAt: at, archived: false },
      null,
    );
    return id;
  },
  read: async (client, id, session) => reading(client, session, 'crm.company.read', { id }),
};

const contact: Place = {
  name: 'CRM notes',
  plant: async (gate, n, text) => {
    const id = String(80_000 + n);
    const properties = {
      email: `contact${n}@crm.example`,
      firstname: line(text, 100),
      lastname: `Quistorp-${n}`,
      company: text,
      jobtitle: text,
      country: 'France',
    };
    const body = { id, properties, createdAt: at, updatedAt: at, archived: false };
    await gate.plant('hubspot', 'contacts', id, body, properties.email);
    return id;
  },
  read: async (client, id, session) => reading(client, session, 'crm.contact.read', { id }),
};

/** A conversation as Intercom keeps it. `channel`: `email` is a mail, `conversation` the messenger. */
export async function converse(
  gate: RedGate,
  id: string,
  channel: string,
  text: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  const author = {
    type: 'user',
    id: '6762f2d81bb69f9f2193bc11',
    name: "Seán O'Neill",
    email: 'sean@globex.example',
  };
  const source = {
    type: channel,
    id: `9${id}`,
    delivered_as: 'customer_initiated',
    subject: channel === 'email' ? `<p>${text.slice(0, 200)}</p>` : '',
    body: `<p>${text}</p>`,
    author,
    attachments: [],
    url: null,
    redacted: false,
  };
  const template = await templateOf(gate, 'conversations', '2001');
  const rest = { title: null, state: 'open', open: true, waiting_since: seconds, team_assignee_id: 8001 };
  const fresh = { created_at: seconds, updated_at: seconds, tags: { type: 'tag.list', tags: [] } };
  const parts = { type: 'conversation_part.list', conversation_parts: [], total_count: 0 };
  const body = { ...template, ...rest, ...fresh, ...more, id, source, conversation_parts: parts };
  await gate.plant('intercom', 'conversations', id, body, null);
}

const templates = new Map<string, Promise<Record<string, unknown>>>();

async function templateOf(gate: RedGate, type: string, id: string): Promise<Record<string, unknown>> {
  const path = `${gate.origin}/simulator/intercom/records/${type}/${id}`;
  const known =
    templates.get(path) ?? fetch(path).then(async (answer) => answer.json<Record<string, unknown>>());
  templates.set(path, known);
  return known;
}

const chat: Place = {
  name: 'tickets',
  plant: async (gate, n, text) => {
    const id = String(30_000 + n);
    await converse(gate, id, 'conversation', text);
    return id;
  },
  read: async (client, id, session) =>
    reading(client, session, 'support.conversation.read', { conversation: id }),
};

const ticket: Place = {
  name: 'tickets',
  plant: async (gate, n, text) => {
    const id = String(60_000 + n);
    const template = await templateOf(gate, 'tickets', '4001');
    const ticket_attributes = { _default_title_: line(text, 200), _default_description_: `<p>${text}</p>` };
    await gate.plant('intercom', 'tickets', id, { ...template, id, ticket_id: id, ticket_attributes }, null);
    return id;
  },
  read: async (client, id, session) => reading(client, session, 'support.ticket.read', { ticket: id }),
};

const mail: Place = {
  ...chat,
  name: 'mails',
  plant: async (gate, n, text) => {
    const id = String(50_000 + n);
    await converse(gate, id, 'email', text);
    return id;
  },
};

export const pages: Place = {
  name: 'pages',
  plant: async (gate, n, text) => {
    const id = 40_000 + n;
    const body = {
      id,
      status: 'draft',
      title: line(text, 200),
      content: `<blockquote>${text}</blockquote>`,
      excerpt: line(text, 200),
      date_gmt: null,
      modified_gmt: '2026-11-20T09:00:00',
    };
    await gate.plant('wordpress', 'posts', String(id), body, null);
    return String(id);
  },
  read: async (client, id, session) => reading(client, session, 'cms.post.read', { post: Number(id) }),
};

const profile: Place = {
  name: 'pages',
  plant: async (gate, n, text) => {
    const domain = `page${n}.example`;
    const body = {
      domain,
      name: text,
      description: text,
      sector: null,
      industry: null,
      country: ['France', 'FR'],
      city: text,
      foundedYear: null,
      employees: '11-50',
    };
    await gate.plant('hunter', 'companies', domain, body, domain);
    return domain;
  },
  read: async (client, id, session) => reading(client, session, 'enrichment.company.lookup', { domain: id }),
};

/** Each place, by the agent that reads it. */
export const places: Readonly<Record<Attacked, readonly Place[]>> = {
  'lead-router': [form, company],
  'content-writer': [pages, profile],
  'support-agent': [chat, mail, ticket, contact],
};
