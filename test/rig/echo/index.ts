/**
 * Vendors that give away what they are sent. Between the tools and the simulated vendors: until it is armed it hands
 * everything on; from then on it answers every request with the credential that the request carried, in all the ways of which
 * a gate might pass one on.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';

type Fetcher = { fetch(request: Request): Promise<Response> };

/** Reading this company arms it. */
const ARMS = '/crm/v3/objects/companies/7777';

let armed = false;
let asked = 0;

const html = (text: string): string => `<!doctype html><title>Oops</title><pre>${text}</pre>`;
const company = (name: string): object => ({
  id: '501',
  properties: { name, domain: 'acme.example' },
  createdAt: '2026-01-15T09:00:00.000Z',
  updatedAt: '2026-01-15T09:00:00.000Z',
});

/** Each given what the request carried. */
const answers: ((secret: string) => Response)[] = [
  (secret) => Response.json({ message: `unknown token ${secret}`, error: secret }, { status: 401 }),
  (secret) => new Response(html(secret), { status: 401, headers: { 'www-authenticate': secret } }),
  (secret) => Response.json({ message: `missing permission for ${secret}` }, { status: 403 }),
  (secret) => new Response(html(`500 for ${secret}`), { status: 500, headers: { 'x-request': secret } }),
  (secret) => Response.redirect(`https://elsewhere.example/redirected?token=${encodeURIComponent(secret)}`),
  (secret) => new Response(`{"id": "501", "token": "${secret}", `, { status: 200 }),
  (secret) => new Response(html(secret), { status: 200 }),
  (secret) => Response.json(company(secret)),
  (secret) => Response.json({ ok: false, error: secret }),
  (secret) => Response.json({ [secret]: secret }, { status: 422 }),
  (secret) => Response.json({ error: { code: 190, message: `revoked ${secret}` } }, { status: 400 }),
  (secret) => new Response(secret, { status: 429, headers: { 'retry-after': secret } }),
];

async function echoed(request: Request, vendor: Fetcher | undefined): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === '/redirected') console.error('a redirect was followed');
  if (pathname === ARMS) armed = true;
  if (!armed && vendor) return vendor.fetch(request);
  const header = request.headers.get('authorization') ?? request.headers.get('x-api-key') ?? '';
  const secret = header.replace(/^\w+ /, '');
  asked += 1;
  const answer = answers[asked % answers.length];
  return answer ? answer(secret) : Response.error();
}

/** One vendor, with the simulated one behind it. */
function vendor(name: string) {
  return class extends WorkerEntrypoint<Record<string, Fetcher>> {
    override async fetch(request: Request): Promise<Response> {
      return echoed(request, this.env[name]);
    }
  };
}

export class HubspotVendor extends vendor('HubspotVendor') {}
export class HunterVendor extends vendor('HunterVendor') {}
export class SlackVendor extends vendor('SlackVendor') {}
export class MetaVendor extends vendor('MetaVendor') {}
export class ResendVendor extends vendor('ResendVendor') {}
export class IntercomVendor extends vendor('IntercomVendor') {}
export class WordpressVendor extends vendor('WordpressVendor') {}
export class NoticeVendors extends vendor('NoticeVendors') {}

export default { fetch: (): Response => new Response(null, { status: 404 }) };
