import { describe, expect, test } from 'vitest';
import { escapeText, slackRefusal } from '../../../workers/tools/chat/slack.ts';
import { foundCreate, foundUpdate } from '../../../workers/tools/crm/find.ts';
import { shown } from '../../../workers/tools/crm/hubspot.ts';
import { companies, contacts } from '../../../workers/tools/crm/kinds.ts';
import { hostOf } from '../../../workers/tools/support/region.ts';
import { metaFault } from '../../../workers/tools/ads/faults.ts';
import { minorUnits } from '../../../workers/tools/ads/shown.ts';
import { foundDraft, foundMessage, candidates } from '../../../workers/tools/email/find.ts';
import { instant, resendFault } from '../../../workers/tools/email/resend.ts';
import { foundPart, foundReply } from '../../../workers/tools/support/find.ts';
import type { IntercomConversation } from '../../../workers/tools/support/intercom.ts';
import { money, refundAsked, request, resetAsked } from '../../../workers/tools/support/requests.ts';
import { assigned, closed, opened, tagged } from '../../../workers/tools/support/conversation.ts';
import type { Support } from '../../../workers/tools/support/desk.ts';
import { replied } from '../../../workers/tools/support/reply.ts';
import type { HttpVendor } from '../../../shared/tool/http-vendor.ts';
import { conversationRead, plain, ticketShown } from '../../../workers/tools/support/shown.ts';
import { employeeRange } from '../../../workers/tools/enrichment/employees.ts';

describe("Hunter's sizes of companies", () => {
  test.each([
    ['1-10', 1, 10],
    ['251-1K', 251, 1_000],
    ['1K-5K', 1_000, 5_000],
    ['100K+', 100_000, null],
    ['1M+', 1_000_000, null],
    ['7', 7, 7],
    [null, null, null],
    [undefined, null, null],
    ['', null, null],
    ['many', null, null],
    ['-5', null, null],
    ['1-', null, null],
    ['99999999999', null, null],
    ['11-50 ', null, null],
  ])('%j is %j to %j', (text, min, max) => {
    expect(employeeRange(text)).toEqual({ min, max });
  });
});

describe("Slack's refusals", () => {
  test.each([
    [{ ok: false, error: 'invalid_auth' }, 'credential'],
    [{ ok: false, error: 'channel_not_found' }, 'not-found'],
    [{ ok: false, error: 'is_archived' }, 'rejected'],
    [{ ok: false, error: 'ratelimited' }, 'vendor-limited'],
    // Slack says of it that part of the work may have been done.
    [{ ok: false, error: 'fatal_error' }, 'unavailable'],
    [{ ok: false, error: 'something_new' }, 'unavailable'],
    [{ ok: false, error: 'constructor' }, 'unavailable'],
    [{ ok: true, ts: '1' }, undefined],
    [{ ok: false }, undefined],
    [null, undefined],
  ])('%j is %j', (body, reason) => {
    expect(slackRefusal(body)).toBe(reason);
  });

  test('text is escaped once and only where Slack reads markup', () => {
    expect(escapeText('a < b && c > <!here> &lt;')).toBe('a &lt; b &amp;&amp; c &gt; &lt;!here&gt; &amp;lt;');
  });
});

describe("Meta's errors", () => {
  test.each([
    [{ code: 190 }, 'credential'],
    [{ code: 272 }, 'credential'],
    [{ code: 17 }, 'vendor-limited'],
    [{ code: 80_004, error_subcode: 2_446_079 }, 'vendor-limited'],
    [{ code: 100, error_subcode: 33 }, 'not-found'],
    // What Meta did by then it does not say.
    [{ code: 2 }, 'unavailable'],
    [{ code: 100, is_transient: true }, 'unavailable'],
    // The status tells.
    [{ code: 100 }, undefined],
    [{ code: '190' }, undefined],
    [{}, undefined],
  ])('%j is %j', (error, reason) => {
    expect(metaFault({ error })).toBe(reason);
  });

  test.each([null, 'no', [], {}, { error: null }])('%j says nothing', (body) => {
    expect(metaFault(body)).toBeUndefined();
  });

  test.each([
    ['12.3', 'EUR', 1_230],
    ['0.29', 'USD', 29],
    ['0', 'EUR', 0],
    ['1497', 'EUR', 149_700],
    ['124000', 'JPY', 124_000],
    ['99.6', 'HUF', 100],
  ])('spend of %s %s is %d', (decimal, currency, minor) => {
    expect(minorUnits(decimal, currency)).toBe(minor);
  });
});

describe("Intercom's text", () => {
  test.each([
    ['<p>Hello,<br>you</p><p>there</p>', 'Hello,\nyou\nthere'],
    ['a &amp;lt; b &quot;c&quot;&nbsp;d', 'a &lt; b "c" d'],
    ['1 < 2', '1 < 2'],
    ['<<a>b>', '<b>'],
    ['<img src="x" onerror="alert(1)">', ''],
    ['', ''],
    [null, null],
    [undefined, null],
  ])('%j is %j', (html, text) => {
    expect(plain(html)).toBe(text);
  });

  test('a megabyte of broken HTML is read in no time worth naming', () => {
    expect(plain('<'.repeat(1_000_000))?.length).toBe(1_000_000);
    expect(plain('<a '.repeat(300_000))).toContain('<a');
  });

  test('what a message may hold, at most, fits into an answer', () => {
    const part = { id: '1', part_type: 'comment', body: '語'.repeat(5_000), author: null };
    const parts = Array.from({ length: 500 }, () => part);
    const shown = conversationRead({
      id: '1',
      source: { body: '語'.repeat(50_000) },
      conversation_parts: { conversation_parts: parts },
    });
    expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThan(256 * 1024);
    expect(shown).toMatchObject({ cut: true, earlier: 470 });
  });

  test('nobody is null however Intercom says it, and a time that is none is null', () => {
    const ticket = { id: '1', admin_assignee_id: '0', team_assignee_id: undefined, created_at: 9e15 };
    expect(ticketShown(ticket)).toMatchObject({ admin: null, team: null, createdAt: null, title: null });
  });

  test.each([
    [1_250, 'EUR', '12.50 EUR'],
    [5, 'USD', '0.05 USD'],
    [1_250, 'JPY', '1250 JPY'],
    [1_250, 'KWD', '1.250 KWD'],
    [1_250, 'XXX', '12.50 XXX'],
  ])('%d of %s is asked for as %s', (amount, currency, text) => {
    expect(money(amount, currency)).toBe(text);
  });
});

describe("whether Intercom did a lost call, told from a conversation's parts", () => {
  const since = Date.parse('2026-11-01T12:00:00Z');
  const at = since / 1000;
  const part = (changed: Record<string, unknown> = {}) => ({
    id: '1',
    part_type: 'close',
    body: null as string | null,
    created_at: at + 1,
    author: { id: '7001' },
    ...changed,
  });
  const read = (
    parts: ReturnType<typeof part>[],
    changed: Partial<IntercomConversation> = {},
    total = parts.length,
  ) => ({
    ok: true as const,
    status: 200,
    data: {
      id: '2001',
      state: 'closed',
      conversation_parts: { conversation_parts: parts, total_count: total },
      ...changed,
    },
  });
  const gone = { ok: false as const, status: 404, outcome: { kind: 'lapsed' as const } };
  const close = { admin: '7001', kind: (type: string) => type === 'close', since };
  const isClosed = ({ state }: IntercomConversation) => state === 'closed';

  test.each([
    ['closed by us since', read([part()]), 'succeeded'],
    ['closed by us, and open again', read([part()], { state: 'open' }), null],
    ['closed by a person', read([part({ author: { id: '7002' } })]), 'failed'],
    ['closed long before', read([part({ created_at: at - 60 })]), 'failed'],
    [
      'closed in the second before, by a clock that is behind',
      read([part({ created_at: at - 5 })]),
      'succeeded',
    ],
    ['closed at a time that is not said', read([part({ created_at: null })]), 'succeeded'],
    ['nothing but other parts', read([part({ part_type: 'note' })]), 'failed'],
    ['no parts at all', read([]), 'failed'],
    ['more parts than are shown, all since', read([part({ part_type: 'note' })], {}, 501), null],
    ['more parts than are shown, one from before', read([part({ created_at: at - 60 })], {}, 501), 'failed'],
    ['parts are not shown', read([], { conversation_parts: null }), null],
    ['not there', gone, null],
  ])('close: %s', (_, answer, kind) => {
    expect(foundPart(answer, close, isClosed, {})?.kind ?? null).toBe(kind);
  });

  const comment = { ...close, kind: (type: string) => type === 'comment' };
  const said = (body: string | null, changed = {}) => part({ part_type: 'comment', body, ...changed });
  test.each([
    ['with the same words, spaced otherwise', [said('We  changed\nit.')], 'succeeded'],
    ['twice', [said('We changed it.'), said('We changed it.')], null],
    ['with other words', [said('We did.')], null],
    ['without words', [said(null)], null],
    ['by a person', [said('We changed it.', { author: { id: '7002' } })], 'failed'],
    ['not at all', [], 'failed'],
  ])('reply: sent %s', (_, parts, kind) => {
    expect(foundReply(read(parts), comment, 'We changed it.', (id) => ({ id }))?.kind ?? null).toBe(kind);
  });
});

describe('support without the ids of its workspace', () => {
  const asked = new Error('the vendor was asked');
  const http = { send: async () => Promise.reject(asked) } as unknown as HttpVendor;
  const set = {
    INTERCOM_ADMIN_ID: '7001',
    INTERCOM_REFUND_TICKET_TYPE: '71',
    INTERCOM_REFUND_TEAM: '8003',
    INTERCOM_RESET_TICKET_TYPE: '72',
    INTERCOM_RESET_TEAM: '8004',
  };
  const input = { conversation: '2001', tag: '86', to: 'team-8001', reply: 'x' };
  const refund = refundAsked({ ...input, amount: 1, currency: 'EUR', reason: 'x' });
  const reset = resetAsked({ ...input, what: 'password', reason: 'x' });
  const runs: [string, keyof typeof set, (support: Support) => Promise<unknown>][] = [
    ['tag', 'INTERCOM_ADMIN_ID', async (support) => tagged(support, input, true)],
    ['assign', 'INTERCOM_ADMIN_ID', async (support) => assigned(support, input)],
    ['close', 'INTERCOM_ADMIN_ID', async (support) => closed(support, input)],
    ['reopen', 'INTERCOM_ADMIN_ID', async (support) => opened(support, input)],
    ['reply', 'INTERCOM_ADMIN_ID', async (support) => replied(support, input)],
    ['refund', 'INTERCOM_REFUND_TICKET_TYPE', async (support) => request(support, refund, 'call_1')],
    ['refund', 'INTERCOM_REFUND_TEAM', async (support) => request(support, refund, 'call_1')],
    ['reset', 'INTERCOM_RESET_TICKET_TYPE', async (support) => request(support, reset, 'call_1')],
    ['reset', 'INTERCOM_RESET_TEAM', async (support) => request(support, reset, 'call_1')],
  ];

  test.each(runs)(
    '%s refuses, names %s and asks nobody; with it, the vendor is asked',
    async (_, setting, run) => {
      const detail = `${setting} is not set`;
      for (const missing of ['', undefined]) {
        const ids = { ...set, [setting]: missing };
        expect(await run({ http, ids })).toEqual({ kind: 'failed', reason: 'refused', detail });
      }
      await expect(run({ http, ids: set })).rejects.toBe(asked);
    },
  );
});

describe('what HubSpot holds', () => {
  test('is shown in our fields: empty and missing are null, numbers are whole numbers or null', () => {
    const properties = { name: '', domain: 'acme.example', numberofemployees: '12', secret: 'x' };
    expect(shown(companies, { id: '1', properties })).toEqual({
      id: '1',
      name: null,
      domain: 'acme.example',
      country: null,
      city: null,
      industry: null,
      employees: 12,
      ownerId: null,
      createdAt: null,
      updatedAt: null,
    });
    for (const numberofemployees of ['1.5', 'many', '1e999', ' ']) {
      expect(shown(companies, { id: '1', properties: { numberofemployees } })['employees'] ?? 0).toBe(0);
    }
  });
});

describe('whether a lost call was done', () => {
  const since = Date.parse('2026-11-01T12:00:00Z');
  const at = (time: string, properties: Record<string, string> = {}) => ({
    ok: true as const,
    status: 200,
    data: {
      id: '1',
      properties: { email: 'ada@acme.example', ...properties },
      createdAt: time,
      updatedAt: time,
    },
  });
  const gone = (status: number | null) => ({
    ok: false as const,
    status,
    outcome: { kind: 'failed' as const, reason: 'unavailable' as const, detail: '' },
  });
  const wanted = { email: 'Ada@acme.example', firstName: 'Ada', phone: undefined };
  const after = '2026-11-01T12:00:01Z';
  const before = '2026-11-01T11:59:00Z';

  test.each([
    ['made since, with these values', at(after, { firstname: 'Ada' }), { kind: 'succeeded' }],
    ['made since, with other values', at(after, { firstname: 'Eve' }), null],
    ['older than the call', at(before, { firstname: 'Ada' }), { kind: 'failed', reason: 'conflict' }],
    ['not there', gone(404), { kind: 'failed' }],
    ['no answer', gone(null), null],
    ['refused', gone(401), null],
    ['limited', gone(429), null],
  ])('create: %s', (_, answer, outcome) => {
    const found = foundCreate(contacts, answer, wanted, since);
    if (outcome === null) expect(found).toBeNull();
    else expect(found).toMatchObject(outcome);
  });

  test.each([
    ['holds the values', at(after, { firstname: 'Ada' }), { kind: 'succeeded' }],
    ['held them before already', at(before, { firstname: 'Ada' }), { kind: 'succeeded' }],
    ['was not changed since', at(before, { firstname: 'Eve' }), { kind: 'failed' }],
    ['was changed to something else', at(after, { firstname: 'Eve' }), null],
    ['has no readable time', at('soon', { firstname: 'Eve' }), null],
    ['is gone', gone(404), null],
    ['cannot be read', gone(null), null],
  ])('update: the record %s', (_, answer, outcome) => {
    const found = foundUpdate(contacts, answer, wanted, since);
    if (outcome === null) expect(found).toBeNull();
    else expect(found).toMatchObject(outcome);
  });

  test('update: a cleared field is found as cleared', () => {
    const cleared = foundUpdate(contacts, at(after, { phone: '' }), { phone: null }, since);
    expect(cleared).toMatchObject({ kind: 'succeeded', output: { phone: null } });
  });
});

describe("Resend's errors", () => {
  test.each([
    ['validation_error', 'rejected'],
    ['invalid_api_key', 'credential'],
    ['daily_quota_exceeded', 'vendor-limited'],
    // The key was used before: what became of that request is not said.
    ['concurrent_idempotent_requests', 'unavailable'],
    ['invalid_idempotent_request', 'unavailable'],
    ['not_found', undefined],
    ['constructor', undefined],
  ])('%s is %j', (name, reason) => {
    expect(resendFault({ statusCode: 400, name, message: 'x' })).toBe(reason);
    expect(resendFault({ error: { name } })).toBeUndefined();
  });
});

describe("Resend's times", () => {
  test.each([
    ['2023-10-06 22:59:55.977+00', '2023-10-06T22:59:55.977Z'],
    ['2023-10-06 22:59:55+00', '2023-10-06T22:59:55Z'],
    ['2026-10-06T23:47:56.678Z', '2026-10-06T23:47:56.678Z'],
    ['2026-10-06 23:47:56+02', '2026-10-06T21:47:56Z'],
    ['soon', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('%j is %j', (time, expected) => {
    expect(instant(time)).toBe(expected);
  });
});

describe('what Resend shows of a call later', () => {
  const since = Date.parse('2026-11-22T09:00:00Z');
  const call = 'call_01JD00000000000000000000QA';
  const ok = <T>(data: T) => ({ ok: true as const, status: 200, data });
  const no = { ok: false as const, status: 500, outcome: { kind: 'lapsed' as const } };
  const message = {
    id: 'e1',
    to: ['Ada@Acme.example'],
    subject: 'S',
    text: 'T',
    created_at: '2026-11-22 09:00:01+00',
  };
  const wanted = { subject: 'S', text: 'T' };
  const old = { ...message, id: 'e0', created_at: '2026-11-22 08:00:00+00' };

  test('a draft is found by the call in its name, and none only where the list goes back far enough', () => {
    const draft = {
      id: 'b1',
      name: `News [${call}]`,
      segment_id: 's1',
      status: 'draft',
      created_at: message.created_at,
    };
    const other = { ...draft, id: 'b2', name: 'News' };
    expect(foundDraft(ok({ data: [other, draft] }), call, since)).toMatchObject({
      kind: 'succeeded',
      output: { broadcast: 'b1' },
    });
    expect(foundDraft(ok({ data: [other] }), call, since)).toMatchObject({ kind: 'failed' });
    expect(foundDraft(ok({ data: [other], has_more: true }), call, since)).toBeNull();
    expect(foundDraft(no, call, since)).toBeNull();
  });

  test('messages to the person since the call are looked at; none at all says that none was sent', () => {
    expect(candidates(ok({ data: [message, old] }), 'ada@acme.example', since)).toEqual([message]);
    expect(candidates(ok({ data: [old] }), 'ada@acme.example', since)).toEqual([]);
    expect(candidates(ok({ data: [], has_more: true }), 'ada@acme.example', since)).toBeNull();
    expect(foundMessage([], wanted)).toMatchObject({ kind: 'failed' });
  });

  test('a message without a time may be of the call', () => {
    const timeless = { ...message, created_at: null };
    expect(candidates(ok({ data: [timeless] }), 'ada@acme.example', since)).toEqual([timeless]);
  });

  test('just one that says just this is the one; another text, a twin or no answer tell nothing', () => {
    expect(foundMessage([ok(message)], wanted)).toMatchObject({ output: { messageId: 'e1' } });
    expect(foundMessage([ok({ ...message, text: 'T\r\n' })], wanted)).toBeNull();
    expect(foundMessage([ok(message), ok({ ...message, id: 'e2' })], wanted)).toBeNull();
    expect(foundMessage([ok(message), no], wanted)).toBeNull();
  });
});

describe('where Intercom keeps a workspace', () => {
  test.each(['https://api.intercom.io', 'https://api.eu.intercom.io', 'https://api.au.intercom.io'])(
    '%s is one of its three places',
    (VENDOR_ORIGIN) => {
      expect(hostOf({ VENDOR_ORIGIN })).toBe(VENDOR_ORIGIN);
    },
  );

  test.each([
    undefined,
    '',
    'https://api.us.intercom.io',
    'https://api.eu.intercom.io/',
    'https://api.eu.intercom.io.evil.example',
    'http://api.intercom.io',
  ])('%j is none, so that the pin does not fit and nothing is sent', (VENDOR_ORIGIN) => {
    expect(hostOf(VENDOR_ORIGIN === undefined ? {} : { VENDOR_ORIGIN })).not.toBe(VENDOR_ORIGIN);
  });
});
