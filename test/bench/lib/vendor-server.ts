/** The loopback vendor's own process: answers like the vendors do, and at once. Tells its port to its parent. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Path prefix -> the answer of a vendor that did what it was asked. */
const answers: [prefix: string, body: unknown][] = [
  ['/floor', { ok: true }],
  ['/api/chat.postMessage', slackPosted()],
  ['/crm/v3/objects/companies/', hubspotCompany()],
  ['/crm/v3/objects/contacts/search', { total: 1, results: [hubspotContact()] }],
  ['/crm/v3/objects/contacts/', hubspotContact()],
];

function slackPosted(): unknown {
  const ts = '1795400000.000100';
  const message = { type: 'message', user: 'U0BENCH', text: 'A lead was routed', ts };
  return { ok: true, channel: 'C0BENCH001', ts, message };
}

function hubspotCompany(): unknown {
  const at = '2026-10-01T09:00:00.000Z';
  const properties = {
    name: 'Acme Example',
    domain: 'acme.example',
    industry: 'COMPUTER_SOFTWARE',
    numberofemployees: '120',
    country: 'DE',
    hs_object_id: '1001',
    createdate: at,
    hs_lastmodifieddate: at,
  };
  return { id: '1001', properties, createdAt: at, updatedAt: at, archived: false };
}

function hubspotContact(): unknown {
  const at = '2026-10-01T09:00:00.000Z';
  const properties = {
    email: 'ada@acme.example',
    firstname: 'Ada',
    lastname: 'Example',
    phone: '+1 555 0100 123',
    company: 'Acme Example',
    jobtitle: 'Head of Operations',
    country: 'DE',
    lifecyclestage: 'lead',
    hs_lead_status: 'NEW',
    hubspot_owner_id: '7',
  };
  return { id: '101', properties, createdAt: at, updatedAt: at, archived: false };
}

function answerTo(request: IncomingMessage): string | undefined {
  const found = answers.find(([prefix]) => request.url?.startsWith(prefix));
  return found && JSON.stringify(found[1]);
}

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const body = answerTo(request);
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(body ?? '{}');
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
