/** Which credential reaches a vendor, and what is said when it is no good. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, actions, exampleOf, toolKit, vendorOf, type ToolKit } from './tools-kit.ts';

/** No vendor ever gave it out, so it must never be seen again. */
const WRONG = 'pat-eu1-nobody-may-ever-see-this';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  const vars = {
    crm: { HUBSPOT_WRITE_TOKEN_LEAD_ROUTING: WRONG, HUBSPOT_READ_TOKEN_CONTENT: '' },
    ads: { META_WRITE_TOKEN: '' },
    // A rotation that was begun with one that the vendor does not know.
    email: { NEXT_RESEND_READ_KEY: WRONG },
  };
  gate = await bootGate({ govern: false, vars });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => kit.reset());

const changed = async (vendor: string): Promise<number> =>
  (await kit.log(vendor)).filter((entry) => entry.changed).length;

/** At each vendor with two credentials: a request that reads and one that changes something. */
const requests = [
  ['hubspot', 'crm', 'HUBSPOT_READ_TOKEN', 'HUBSPOT_WRITE_TOKEN', '/crm/v3/objects/contacts/101', 'PATCH'],
  ['meta', 'ads', 'META_READ_TOKEN', 'META_WRITE_TOKEN', '/v25.0/120210000000001', 'POST'],
  ['resend', 'email', 'RESEND_READ_KEY', 'RESEND_WRITE_KEY', '/contacts', 'POST'],
  ['intercom', 'support', 'INTERCOM_READ_TOKEN', 'INTERCOM_WRITE_TOKEN', '/conversations/2001', 'PUT'],
  ['wordpress', 'cms', 'WORDPRESS_READ_LOGIN', 'WORDPRESS_WRITE_LOGIN', '/wp-json/wp/v2/posts/101', 'DELETE'],
] as const;

describe.each(requests)('the simulated %s', (vendor, worker, read, write, path, method) => {
  const sent = async (setting: string, by: string) => {
    const secret = gate.secrets.workers[worker]?.[setting] ?? '';
    const authorization =
      vendor === 'wordpress' ? `Basic ${Buffer.from(secret).toString('base64')}` : `Bearer ${secret}`;
    const headers = { authorization, 'intercom-version': '2.15' };
    const url = new URL(`/simulator/${vendor}/api${path}`, gate.url);
    const answer = await fetch(url, { method: by, headers, ...(by !== 'GET' && { body: '{}' }) });
    return answer.status;
  };

  test('takes the read credential for what reads, and refuses a change with it, which is not made', async () => {
    expect(await sent(read, 'GET')).toBe(200);
    expect([401, 403]).toContain(await sent(read, method));
    expect(await changed(vendor)).toBe(0);
  });

  test('refuses a read with the write credential', async () => {
    expect([401, 403]).toContain(await sent(write, 'GET'));
  });
});

describe('a workflow with a credential of its own', () => {
  const update = action('crm.contact.update');
  const lookup = action('crm.contact.read');

  test('is refused by the vendor with it, where the others go on with the common one', async () => {
    const own = await kit.run(update, { claims: { workflow: 'lead-routing' } });
    expect(own).toMatchObject({ kind: 'failed', reason: 'credential' });
    expect(JSON.stringify(own)).toContain('HUBSPOT_WRITE_TOKEN_LEAD_ROUTING');
    expect(JSON.stringify(own)).not.toContain(WRONG);
    expect(await changed('hubspot')).toBe(0);
    expect(await kit.run(update, { claims: { workflow: 'support' } })).toMatchObject({ kind: 'succeeded' });
    expect(await kit.run(update)).toMatchObject({ kind: 'succeeded' });
  });

  test('reads with the common one while it has none of its own for that', async () => {
    const read = await kit.run(lookup, { claims: { workflow: 'lead-routing' } });
    expect(read).toMatchObject({ kind: 'succeeded' });
  });

  test('is shut out when its own is set to nothing, and nothing is sent', async () => {
    const shut = await kit.run(lookup, { claims: { workflow: 'content' } });
    expect(shut).toMatchObject({
      kind: 'failed',
      reason: 'credential',
      detail: 'HUBSPOT_READ_TOKEN_CONTENT is set to nothing',
    });
    expect(await kit.log('hubspot')).toEqual([]);
  });
});

test('without a write credential a change fails before it is sent, and reads go on', async () => {
  const paused = await kit.run(action('ads.campaign.pause'));
  expect(paused).toMatchObject({ kind: 'failed', reason: 'credential' });
  expect(JSON.stringify(paused)).toContain('META_WRITE_TOKEN');
  expect((await kit.log('meta')).every(({ method }) => method === 'GET')).toBe(true);
  expect(await kit.run(action('ads.campaign.read'))).toMatchObject({ kind: 'succeeded' });
});

describe('what a tool says of the secrets that it used', () => {
  const asked = async (name: string, method: 'run' | 'preview' | 'image' | 'facts', input?: unknown) => {
    const one = action(name);
    const text = JSON.stringify(input ?? exampleOf(one));
    return kit.tool(one.tool)[method](kit.token(one, { purpose: method }, text), text);
  };

  test('is the names of those that its requests carried, for whatever it was asked', async () => {
    expect(await asked('crm.contact.update', 'run')).toMatchObject({
      kind: 'succeeded',
      secrets: ['HUBSPOT_READ_TOKEN', 'HUBSPOT_WRITE_TOKEN'],
    });
    expect(await asked('crm.contact.update', 'preview')).toMatchObject({ secrets: ['HUBSPOT_READ_TOKEN'] });
    expect(await asked('crm.contact.update', 'image')).toMatchObject({ secrets: ['HUBSPOT_READ_TOKEN'] });
    expect(await asked('ads.budget.update', 'facts')).toMatchObject({ secrets: ['META_READ_TOKEN'] });
  });

  test('is which were of no use, too: one that is missing is in no request', async () => {
    const paused = await asked('ads.campaign.pause', 'run');
    expect(paused).toMatchObject({ secrets: ['META_READ_TOKEN'], secretsRefused: ['META_WRITE_TOKEN'] });
  });

  test('is both, while a rotation is under way whose next one the vendor does not know', async () => {
    const read = await asked('email.contact.read', 'run');
    expect(read).toMatchObject({ kind: 'succeeded', secretsRefused: ['NEXT_RESEND_READ_KEY'] });
    expect(read.secrets).toContain('RESEND_READ_KEY');
    expect(JSON.stringify(read)).not.toContain(WRONG);
  });
});

test('every tool with a vendor is in one of these tests, or has one credential and says why', () => {
  const vendors = new Set(actions.map(({ tool }) => vendorOf[tool]).filter((vendor) => vendor));
  expect(vendors).toEqual(new Set([...requests.map(([vendor]) => vendor), 'hunter', 'slack']));
});
