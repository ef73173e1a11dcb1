import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, exampleOf, toolKit, varsOfTools, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({
    govern: false,
    vars: varsOfTools(() => ({ VENDOR_TIMEOUT_MS: '400', VENDOR_BREAKER: 'off' })),
  });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());
beforeEach(async () => {
  await kit.reset();
  // Resend takes five requests a second; what is tested here is not that.
  await kit.fault('resend', { fault: 'unlimited' });
});

const id = (end: string) => `00000000-0000-4000-8000-00000000${end}`;
const inMinutes = (minutes: number) =>
  new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+/, '');
const records = async (type: string) =>
  (await kit.simulator('GET', `resend/records/${type}`)).json<Record<string, unknown>[]>();
const record = async (type: string, one: unknown) =>
  (await kit.simulator('GET', `resend/records/${type}/${String(one)}`)).json<Record<string, unknown>>();
const changes = async () => (await kit.log('resend')).filter(({ changed }) => changed).length;
const after = async (minutes: number) =>
  kit.simulator('POST', 'resend/clock', { aheadSeconds: minutes * 60 });
const succeeded = async (name: string, input: Record<string, unknown>) => {
  const outcome = await kit.run(action(name), { input });
  if (outcome.kind !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
  return outcome;
};

describe('contacts', () => {
  test('names in any script, and missing ones, come through, with who unsubscribed', async () => {
    const { output } = await succeeded('email.contact.list', { segment: id('a001'), limit: 100 });
    const contacts = output['contacts'] as Record<string, unknown>[];
    expect(contacts.map(({ firstName }) => firstName)).toEqual(['Ada', '桜', 'نورة', null, 'Seán', 'Left']);
    expect(contacts.filter(({ unsubscribed }) => unsubscribed)).toMatchObject([
      { email: 'gone@acme.example' },
    ]);
    expect(contacts[0]?.['createdAt']).toBe('2026-01-15T09:00:00.123Z');
  });

  test('pages follow one another, and the last says so', async () => {
    const first = await succeeded('email.contact.list', { segment: id('a001'), limit: 4 });
    const second = await succeeded('email.contact.list', {
      segment: id('a001'),
      limit: 4,
      after: first.output['next'],
    });
    expect(first.output['contacts']).toHaveLength(4);
    expect(second.output).toMatchObject({ contacts: [{ id: id('c005') }, { id: id('c006') }], next: null });
  });

  test('an address with a quote in it is one contact and leaves the path alone', async () => {
    const { output } = await succeeded('email.contact.read', { email: "o'neil@harp.example" });
    expect(output['id']).toBe(id('c005'));
  });

  test('an address that is not suppressed is told from one that is', async () => {
    const read = async (email: string) => (await succeeded('email.suppression.read', { email })).output;
    expect(await read('ada@acme.example')).toEqual({ suppressed: false, origin: null, since: null });
    expect(await read('angry@souk.example')).toMatchObject({ suppressed: true, origin: 'complaint' });
  });
});

describe('lists', () => {
  test('of suppressed addresses say why, and are narrowed to one origin', async () => {
    const all = await succeeded('email.suppression.list', {});
    expect(all.output).toMatchObject({
      suppressions: [{ origin: 'manual' }, { origin: 'complaint' }, { email: 'bounced@acme.example' }],
      next: null,
    });
    const bounced = await succeeded('email.suppression.list', { origin: 'bounce' });
    expect(bounced.output).toMatchObject({ suppressions: [{ since: '2026-01-15T09:00:00.123Z' }] });
  });

  test('of segments and broadcasts go on from page to page, and say nothing of what is in them', async () => {
    const first = await succeeded('email.segment.list', { limit: 3 });
    const rest = await succeeded('email.segment.list', { limit: 3, after: first.output['next'] });
    expect(rest.output).toMatchObject({ segments: [{ segment: id('a004') }], next: null });
    const { output } = await succeeded('email.broadcast.list', { limit: 2 });
    expect(output).toMatchObject({
      broadcasts: [{ broadcast: id('b007'), status: 'draft', sentAt: null }, {}],
      next: id('b006'),
    });
    expect(JSON.stringify(output)).not.toContain('Frühling');
  });
});

describe('a change of a draft', () => {
  test.each([
    ['that is scheduled', { broadcast: id('b002'), subject: 'x' }, 'conflict'],
    ['that was sent', { broadcast: id('b003'), subject: 'x' }, 'conflict'],
    ['that is not there', { broadcast: id('b999'), subject: 'x' }, 'not-found'],
    [
      'that would add a part',
      { broadcast: id('b001'), html: '<p>{{{RESEND_UNSUBSCRIBE_URL}}}</p>' },
      'rejected',
    ],
    ['that would take a part away', { broadcast: id('b007'), html: null }, 'rejected'],
  ])('%s is refused, and nothing is written', async (_what, input, reason) => {
    const outcome = await kit.run(action('email.broadcast.update'), { input });
    expect(outcome).toMatchObject({ kind: 'failed', reason });
    expect(await changes()).toBe(0);
  });

  test('whose texts would lose the link to leave the list is refused before Resend hears of it', () => {
    const { input } = action('email.broadcast.update');
    expect(input.safeParse({ broadcast: id('b001'), text: 'No way out' }).success).toBe(false);
    expect(input.safeParse({ broadcast: id('b001') }).success).toBe(false);
  });

  test('leaves what it does not name, and what no action here writes', async () => {
    await succeeded('email.broadcast.update', { broadcast: id('b007'), subject: 'Summer', html: undefined });
    expect(await record('broadcasts', id('b007'))).toMatchObject({
      subject: 'Summer',
      preview_text: 'Soon',
      reply_to: ['ask@acme.example'],
      from: 'Acme <news@acme.example>',
    });
  });
});

describe('what policies are told of a message', () => {
  const send = action('email.message.send');
  const facts = async (to: string) => kit.facts(send, { input: { ...exampleOf(send), to } });

  test.each([
    ['a contact who stayed', 'ada@acme.example', { consent: true, known: true }],
    ['the same in capitals', 'ADA@acme.example', { consent: true, known: true }],
    ['who unsubscribed', 'gone@acme.example', { consent: false, unsubscribed: true }],
    ['whose address bounced', 'bounced@acme.example', { consent: false, known: true, suppressed: true }],
    ['who complained', 'angry@souk.example', { consent: false, known: false, suppressed: true }],
    ['a stranger', 'stranger@acme.example', { consent: false, known: false, suppressed: false }],
  ])('%s', async (_who, to, expected) => {
    expect(await facts(to)).toMatchObject(expected);
    expect((await kit.log('resend')).every(({ method }) => method === 'GET')).toBe(true);
  });

  test.each(['500', '429', 'empty', 'html', 'redirect'])(
    'a Resend that answers %s to either question is not taken for consent, nor for none',
    async (fault) => {
      for (const path of ['/contacts', '/suppressions']) {
        await kit.fault('resend', { fault, path });
        await expect(facts('ada@acme.example')).rejects.toThrow('could not be read');
        await kit.simulator('DELETE', 'resend/faults');
      }
    },
  );
});

describe('what policies are told of a broadcast', () => {
  const schedule = action('email.broadcast.schedule');
  const facts = async (broadcast: string, segment = id('a001')) =>
    kit.facts(schedule, { input: { broadcast, segment, sendAt: inMinutes(60) } });

  test('how many get it: who unsubscribed is not counted', async () => {
    expect(await facts(id('b001'))).toMatchObject({ found: true, recipients: 5, counted: true });
  });

  test('the segment that it has at Resend counts, not the one that the agent names', async () => {
    expect(await facts(id('b004'), id('a003'))).toMatchObject({ counted: false });
  });

  test('a segment that is too large to count, or none, is beyond every limit', async () => {
    expect(await facts(id('b004'))).toMatchObject({ found: true, recipients: 1_000_000_000, counted: false });
    expect(await facts(id('b005'))).toMatchObject({ found: true, recipients: 1_000_000_000, counted: false });
    expect((await kit.log('resend')).length).toBeLessThanOrEqual(10);
  });

  test('a segment of several pages is counted to its end, at the pace that Resend takes', async () => {
    await kit.simulator('DELETE', 'resend/faults');
    expect(await facts(id('b006'))).toMatchObject({ found: true, recipients: 387, counted: true });
    expect((await kit.log('resend')).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  });

  test('one that is not there reaches nobody', async () => {
    expect(await facts(id('b999'))).toEqual({ found: false, recipients: 0, counted: true, text: '' });
  });

  test('what it says, for the scan for claims', async () => {
    const { subject, text } = await record('broadcasts', id('b001'));
    const told = String((await facts(id('b001')))['text']);
    expect(told).toContain(subject);
    expect(told).toContain(text);
  });

  test('a count that breaks off is no count', async () => {
    await kit.fault('resend', { fault: '500', path: '/contacts' });
    await expect(facts(id('b001'))).rejects.toThrow('could not be read');
  });
});

describe('a broadcast', () => {
  const draft = action('email.broadcast.draft');

  test('is drafted under a name that carries the call, and sent to nobody', async () => {
    const call = 'call_01JD00000000000000000000QA';
    const outcome = await kit.run(draft, { claims: { call } });
    if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
    const { broadcast } = outcome.output;
    expect(await record('broadcasts', broadcast)).toMatchObject({
      name: `December news [${call}]`,
      from: 'Acme <news@acme.example>',
      status: 'draft',
      sent_at: null,
    });
    expect(outcome.undo).toMatchObject({ action: 'email.broadcast.discard', input: { broadcast } });
    await after(60 * 24 * 40);
    expect(await record('broadcasts', broadcast)).toMatchObject({ status: 'draft' });
  });

  test('whose texts lack the link to leave the list is refused before Resend hears of it', () => {
    const example = exampleOf(draft);
    expect(draft.input.safeParse(example).success).toBe(true);
    expect(draft.input.safeParse({ ...example, text: 'No way out' }).success).toBe(false);
    expect(draft.input.safeParse({ ...example, html: '<p>No way out</p>' }).success).toBe(false);
  });

  test.each(['Acme <ceo@acme.example>', 'Acme, Inc', 'A"cme', 'a@b', 'Acme\r\nBcc: x'])(
    'from a name such as %j is refused: it could end the name and begin another header',
    (fromName) => {
      expect(draft.input.safeParse({ ...exampleOf(draft), fromName }).success).toBe(false);
    },
  );

  test('is sent when its time comes, and not when it was cancelled, which makes it a draft again', async () => {
    const input = { broadcast: id('b001'), segment: id('a001'), sendAt: inMinutes(10) };
    const { undo } = await succeeded('email.broadcast.schedule', input);
    expect(undo).toMatchObject({ action: 'email.broadcast.cancel', input: { broadcast: id('b001') } });
    const cancelled = await succeeded('email.broadcast.cancel', undo?.input ?? {});
    expect(cancelled.output['status']).toBe('draft');
    await after(11);
    expect(await record('broadcasts', id('b001'))).toMatchObject({ status: 'draft', sent_at: null });
    // Its undo schedules it for the time it had.
    expect(cancelled.undo).toMatchObject({ action: 'email.broadcast.schedule', input });
    await kit.simulator('POST', 'resend/clock', { aheadSeconds: 0 });
    await succeeded('email.broadcast.schedule', cancelled.undo?.input ?? {});
    await after(11);
    expect(await record('broadcasts', id('b001'))).toMatchObject({ status: 'sent' });
  });

  test('cancelled twice is cancelled, and the second time asks for no change', async () => {
    await succeeded('email.broadcast.cancel', { broadcast: id('b002') });
    await succeeded('email.broadcast.cancel', { broadcast: id('b002') });
    expect(await changes()).toBe(1);
  });

  test.each([
    ['already sent', { broadcast: id('b003') }, 'conflict'],
    ['already scheduled', { broadcast: id('b002') }, 'conflict'],
    ['that goes to another segment than was said', { broadcast: id('b004') }, 'conflict'],
    ['that does not exist', { broadcast: id('b999') }, 'not-found'],
    ['more than 30 days ahead', { sendAt: inMinutes(60 * 24 * 31) }, 'rejected'],
    ['for a time that has passed', { sendAt: '2020-01-01T00:00:00Z' }, 'rejected'],
  ])('%s is not scheduled', async (_what, more, reason) => {
    const schedule = action('email.broadcast.schedule');
    const outcome = await kit.run(schedule, { input: { ...exampleOf(schedule), ...more } });
    expect(outcome).toMatchObject({ kind: 'failed', reason });
    expect(await changes()).toBe(0);
  });

  test.each([id('b002'), id('b003')])('%s, no draft, is not discarded', async (broadcast) => {
    const outcome = await kit.run(action('email.broadcast.discard'), { input: { broadcast } });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'conflict' });
    expect(await changes()).toBe(0);
  });
});

describe('what a proposal shows of a broadcast', () => {
  const schedule = action('email.broadcast.schedule');

  test('when it leaves, with one look at Resend', async () => {
    const input = exampleOf(schedule);
    expect(await kit.preview(schedule)).toMatchObject({
      preview: { changes: [{ field: 'sendAt', before: null, after: input['sendAt'] }] },
    });
    expect((await kit.log('resend')).map(({ method }) => method)).toEqual(['GET']);
  });

  test('that it fails for another segment than it has', async () => {
    const input = { ...exampleOf(schedule), segment: id('a003') };
    expect(await kit.preview(schedule, { input })).toMatchObject({ kind: 'failed', reason: 'conflict' });
  });

  test('that cancelling what was cancelled changes nothing', async () => {
    const cancel = action('email.broadcast.cancel');
    const seen = await kit.preview(cancel, { input: { broadcast: id('b001') } });
    expect(seen).toMatchObject({ preview: { changes: [], sideEffects: [] } });
  });
});

describe('what a proposal shows of a message', () => {
  const seen = async (to: string, name = 'email.message.send') => {
    const one = action(name);
    return kit.preview(one, { input: { ...exampleOf(one), to } });
  };

  test('that it cannot be called back, and whom it would reach against their will', async () => {
    expect(await seen('ada@acme.example')).toMatchObject({
      preview: { before: null, sideEffects: ['It cannot be called back.'] },
    });
    expect(await seen('gone@acme.example')).toMatchObject({
      preview: { sideEffects: [expect.anything(), 'This person left all broadcasts.'] },
    });
    expect(await seen('stranger@acme.example', 'email.message.schedule')).toMatchObject({
      preview: { sideEffects: ['It can be cancelled until then.', 'No contact has this address.'] },
    });
    expect(await changes()).toBe(0);
  });
});

describe('a message', () => {
  const send = action('email.message.send');
  const call = 'call_01JD00000000000000000000QA';

  test('whose answer was lost is sent again under the same key, told as sent, and sent once', async () => {
    await kit.fault('resend', { fault: 'drop-after-commit', times: 1, method: 'POST' });
    const outcome = await kit.run(send, { claims: { call } });
    expect(outcome).toMatchObject({ kind: 'succeeded' });
    expect((await kit.log('resend')).map(({ method }) => method)).toEqual(['POST', 'POST']);
    expect(await changes()).toBe(1);
    expect(await records('keys')).toMatchObject([{ id: call }]);
  });

  test('that Resend refuses the second time may still have been sent the first', async () => {
    await kit.fault('resend', { fault: 'drop-after-commit', times: 1, method: 'POST' });
    await kit.fault('resend', { fault: '429', times: 1, method: 'POST' });
    expect(await kit.run(send)).toMatchObject({ kind: 'indeterminate' });
    expect(await changes()).toBe(1);
  });

  test("of another call with the same words is not sent under this one's key", async () => {
    await kit.run(send, { claims: { call } });
    await kit.run(send, { claims: { call: 'call_01JD00000000000000000000QB' } });
    expect(await changes()).toBe(2);
    // Two alike: which one is whose cannot be told.
    expect(await kit.find(send, { claims: { call } })).toBeNull();
  });

  test('a key that was used for other words is no clear word on what became of it', async () => {
    await kit.run(send, { claims: { call } });
    const input = { ...exampleOf(send), text: 'Other words' };
    expect(await kit.run(send, { claims: { call }, input })).toMatchObject({ kind: 'indeterminate' });
    expect(await changes()).toBe(1);
  });

  test('is not taken for lost when the same person got another one since', async () => {
    await kit.run(send, { input: { ...exampleOf(send), text: 'Something else' } });
    expect(await kit.find(send)).toBeNull();
  });

  test('for later is sent at its time, and not when it was cancelled', async () => {
    const input = { ...exampleOf(send), sendAt: inMinutes(10) };
    const kept = await succeeded('email.message.schedule', input);
    const taken = await succeeded('email.message.schedule', { ...input, subject: 'Never' });
    expect(taken.undo).toMatchObject({ action: 'email.message.cancel' });
    await succeeded('email.message.cancel', taken.undo?.input ?? {});
    await succeeded('email.message.cancel', taken.undo?.input ?? {});
    await after(11);
    expect(await record('emails', kept.output['messageId'])).toMatchObject({ last_event: 'delivered' });
    expect(await record('emails', taken.output['messageId'])).toMatchObject({ last_event: 'canceled' });
    const late = await kit.run(action('email.message.cancel'), {
      input: { messageId: kept.output['messageId'] },
    });
    expect(late).toMatchObject({ kind: 'failed', reason: 'conflict' });
  });

  test('sent at once names no way back', async () => {
    expect(await kit.run(send)).not.toHaveProperty('undo');
  });

  test('from a domain that is not ours is rejected, and it is no matter of the key', async () => {
    const input = { ...exampleOf(send), from: 'ceo@elsewhere.example' };
    expect(await kit.run(send, { input })).toMatchObject({ kind: 'failed', reason: 'rejected' });
    expect(await changes()).toBe(0);
  });
});

describe('the simulated Resend', () => {
  const api = async (path: string, headers: Record<string, string>) =>
    fetch(new URL(`/simulator/resend/api${path}`, gate.url).href, { headers });
  const key = () => gate.secrets.workers['email']!['RESEND_READ_KEY']!;

  test('says 401 without a key, 403 to a wrong one, and tells of its limit in headers', async () => {
    await kit.simulator('DELETE', 'resend/faults');
    const without = await api('/contacts', {});
    expect([without.status, await without.json()]).toMatchObject([401, { name: 'missing_api_key' }]);
    const wrong = await api('/contacts', { authorization: 'Bearer re_wrong' });
    expect([wrong.status, await wrong.json()]).toMatchObject([403, { name: 'invalid_api_key' }]);
    const right = await api('/contacts', { authorization: `Bearer ${key()}` });
    expect([right.status, right.headers.get('ratelimit-limit')]).toEqual([200, '5']);
  });

  test('the sixth request within a second is a 429 with Retry-After', async () => {
    await kit.simulator('DELETE', 'resend/faults');
    const headers = { authorization: `Bearer ${key()}` };
    const all = await Promise.all(Array.from({ length: 12 }, async () => api('/contacts', headers)));
    const limited = all.find(({ status }) => status === 429);
    expect(limited?.headers.get('retry-after')).toBe('1');
  });
});

describe('a preview', () => {
  const schedule = action('email.broadcast.schedule');
  const foreseen = async (name: string, input: Record<string, unknown>) => {
    const seen = await kit.preview(action(name), { input });
    if (seen.kind !== 'foreseen') throw new Error(`${name}: ${JSON.stringify(seen)}`);
    return seen.preview;
  };

  test('of a scheduling names the words of the draft, so that an edit of them shows', async () => {
    const input = { ...exampleOf(schedule), broadcast: id('b001') };
    const preview = await foreseen('email.broadcast.schedule', input);
    expect(preview).toMatchObject({
      before: { sendAt: null },
      changes: [{ field: 'sendAt', before: null, after: input['sendAt' as keyof typeof input] }],
    });
    expect(preview.sideEffects).toEqual([
      'It goes to everybody in the segment who has not unsubscribed.',
      'They are counted now. Who joins the segment before it is sent gets it, too.',
      expect.stringMatching(/ have the SHA-256 [0-9a-f]{64}\.$/),
    ]);
    const again = await foreseen('email.broadcast.schedule', input);
    expect(again.sideEffects).toEqual(preview.sideEffects);
    const other = await foreseen('email.broadcast.discard', { broadcast: id('b001') });
    expect(other.sideEffects[0]).toBe(preview.sideEffects[2]);
    expect(await changes()).toBe(0);
  });

  test('refuses what the change would refuse', async () => {
    const conflict = { kind: 'failed', reason: 'conflict' };
    const input = exampleOf(schedule);
    expect(await kit.preview(schedule, { input: { ...input, segment: id('a002') } })).toMatchObject(conflict);
    const scheduled = { input: { broadcast: id('b002') } };
    expect(await kit.preview(action('email.broadcast.discard'), scheduled)).toMatchObject(conflict);
    const missing = { input: { broadcast: id('ffff') } };
    expect(await kit.preview(action('email.broadcast.cancel'), missing)).toMatchObject({
      reason: 'not-found',
    });
    expect(await changes()).toBe(0);
  });
});
