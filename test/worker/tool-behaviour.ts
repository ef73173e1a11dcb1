import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KnownAction } from '../../shared/contract.ts';
import { sha256 } from '../../shared/crypto.ts';
import { signDispatch, type DispatchClaims } from '../../shared/dispatch-token.ts';
import type { FaultKind } from '../../workers/sandbox/faults.ts';
import { freshSecrets } from '../../bin/lib/secrets.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { actions, exampleOf, toolKit, varsOfTools, vendorOf, type ToolKit } from './tools-kit.ts';

/** Tools give up on a vendor after this long here (ms). */
const TIMEOUT_MS = 400;

/** Every action that has a vendor. */
export const atVendors = actions.filter((one) => vendorOf[one.tool]);
const vendorFor = (one: KnownAction) => vendorOf[one.tool]!;
const changing = (one: KnownAction) => one.mode === 'execute';

/** Tools that make one request for each action: it is the one that changes something, and nothing is looked at before. */
const oneRequest: readonly string[] = [
  // toolgate new tool: tool below
  'enrichment',
];

/** Faults that hit the request that changes something, so not the look before it. */
const atTheChange = (one: KnownAction) => {
  if (oneRequest.includes(one.tool)) return {};
  if (one.tool === 'ads' && changing(one)) return { method: 'POST' };
  if (['email.broadcast.discard', 'cms.post.trash'].includes(one.name)) return { method: 'DELETE' };
  if (one.name === 'email.broadcast.update') return { method: 'PATCH' };
  if (['email', 'cms'].includes(one.tool) && changing(one)) return { method: 'POST' };
  if (one.name === 'support.conversation.untag') return { method: 'DELETE' };
  if (one.tool === 'support' && changing(one)) return { method: 'POST' };
  if (one.name === 'chat.message.delete') return { method: 'POST' };
  if (one.name.startsWith('crm.list.') && changing(one)) return { method: 'PUT' };
  if (one.name === 'crm.association.create') return { method: 'PUT' };
  if (/^crm\..*\.(archive|remove)$/.test(one.name)) return { method: 'DELETE' };
  return one.name.endsWith('.update') ? { method: 'PATCH' } : {};
};

/** How often the vendor must answer nonsense: what it does once per key is sent a second time at once. */
const tries = (one: KnownAction) => (one.idempotency ? 2 : 1);
/** How often it must not answer: a read is sent a second time, too. */
const deadTries = (one: KnownAction) => (changing(one) ? tries(one) : 2);

/** What becomes of a call whose last request got no clear answer, or one that the tool cannot read. */
const unclear = (one: KnownAction, reason = 'unavailable') =>
  changing(one) ? { kind: 'indeterminate' } : { kind: 'failed', reason };

/** Every fault switch and what answers it in the tests below; a new one is missing here until it has one. */
export const covered: Record<
  Exclude<FaultKind, 'unlimited'>,
  'silence' | 'nonsense' | 'refusal' | 'harmless'
> = {
  slow: 'silence',
  drip: 'silence',
  '500': 'silence',
  'drop-after-commit': 'silence',
  redirect: 'nonsense',
  html: 'nonsense',
  huge: 'nonsense',
  garbled: 'nonsense',
  empty: 'nonsense',
  'changed-field': 'nonsense',
  partial: 'nonsense',
  '429': 'refusal',
  revoked: 'refusal',
  'extra-field': 'harmless',
  'paging-loop': 'harmless',
};
/** The faults that are answered alike. */
export const faultsOf = (kind: string): string[] =>
  Object.entries(covered).flatMap(([fault, is]) => (is === kind ? [fault] : []));
/** Those that spoil an answer which was good. */
const distorting = ['drip', 'changed-field', 'partial'];
/** Those after which the work is done. */
const done = ['slow', 'drip', 'drop-after-commit', 'changed-field', 'partial'];

/** Those that only tell the input: there is nothing to look at. */
const plain = ['cms.post.draft'];
const isPlain = (one: KnownAction) => plain.includes(one.name) || oneRequest.includes(one.tool);

/** Tools with so many actions that they have files of their own, beside which the others' run. */
export const apart: readonly string[] = ['crm', 'ads', 'email', 'cms', 'support'];

/** Boots a gate in which nothing is governed, and hands its tools out; each vendor is as it was before each test. */
export function tools(): () => { gate: GateUnderTest; kit: ToolKit } {
  let booted: { gate: GateUnderTest; kit: ToolKit };
  beforeAll(async () => {
    const vars = varsOfTools(() => ({ VENDOR_TIMEOUT_MS: String(TIMEOUT_MS), VENDOR_BREAKER: 'off' }));
    const gate = await bootGate({ govern: false, vars });
    booted = { gate, kit: await toolKit(gate) };
  });
  afterAll(async () => booted?.gate.close());
  beforeEach(async () => booted.kit.resetReached());
  return () => booted;
}

/** What every action of these tools does, whatever its vendor does and whoever asks. */
export function toolBehaviour(booted: () => { kit: ToolKit }, which: (tool: string) => boolean): void {
  const all = actions.filter(({ tool }) => which(tool));
  const theirs = atVendors.filter(({ tool }) => which(tool));
  let kit: ToolKit;
  beforeEach(() => {
    ({ kit } = booted());
  });

  describe.each(theirs)('$name at its vendor', (one) => {
    test('runs on its own example, and changes something once if it executes, never if it reads', async () => {
      const outcome = await kit.run(one);
      expect(outcome).toMatchObject({ kind: 'succeeded' });
      if (outcome.kind === 'succeeded') expect(one.output.safeParse(outcome.output).success).toBe(true);
      expect(await kit.changes(one)).toBe(changing(one) ? 1 : 0);
    });

    test.each(faultsOf('silence'))(
      'no answer in time (%s) leaves an execute indeterminate and a read failed',
      async (fault) => {
        const delayMs = TIMEOUT_MS * 3;
        await kit.fault(vendorFor(one), { fault, delayMs, times: deadTries(one), ...atTheChange(one) });
        expect(await kit.run(one)).toMatchObject(unclear(one));
        expect(await kit.changes(one)).toBe(changing(one) && done.includes(fault) ? 1 : 0);
      },
    );

    test.each(faultsOf('nonsense'))(
      'an answer that is none (%s) leaves an execute indeterminate and a read failed',
      async (fault) => {
        await kit.fault(vendorFor(one), { fault, times: tries(one), ...atTheChange(one) });
        expect(await kit.run(one)).toMatchObject(unclear(one, 'contract'));
        expect(await kit.changes(one)).toBe(changing(one) && done.includes(fault) ? 1 : 0);
      },
    );

    test.each([
      ['429', 'vendor-limited'],
      ['revoked', 'credential'],
    ])('a refusal (%s) is a clean failure that changed nothing', async (fault, reason) => {
      await kit.fault(vendorFor(one), { fault, ...atTheChange(one) });
      expect(await kit.run(one)).toMatchObject({ kind: 'failed', reason });
      expect(await kit.changes(one)).toBe(0);
    });

    test('fields that nobody knows are left out, and the call succeeds', async () => {
      await kit.fault(vendorFor(one), { fault: 'extra-field' });
      const outcome = await kit.run(one);
      expect(outcome).toMatchObject({ kind: 'succeeded' });
      expect(JSON.stringify(outcome)).not.toContain('field_of_tomorrow');
    });

    test('pages that lead back to the first are read a few times at most', async () => {
      await kit.fault(vendorFor(one), { fault: 'paging-loop' });
      await kit.run(one);
      if (one.facts) await kit.facts(one).catch(() => undefined);
      expect((await kit.log(vendorFor(one))).length).toBeLessThan(10);
    });
  });

  describe.each(theirs.filter((one) => one.findAfter !== undefined))('$name, looked for later', (one) => {
    test('is found when the vendor did it and the answer was lost', async () => {
      await kit.fault(vendorFor(one), { fault: 'drop-after-commit', times: tries(one), ...atTheChange(one) });
      const claims = { call: 'call_01JD00000000000000000000QA', intentAt: Date.now() };
      await kit.run(one, { claims });
      expect(await kit.find(one, { claims })).toMatchObject({ kind: 'succeeded' });
      expect(await kit.changes(one)).toBe(1);
    });

    test('is known not to have happened when the vendor failed before', async () => {
      await kit.fault(vendorFor(one), { fault: '500', times: tries(one), ...atTheChange(one) });
      const claims = { call: 'call_01JD00000000000000000000QA', intentAt: Date.now() };
      await kit.run(one, { claims });
      expect(await kit.find(one, { claims })).toMatchObject({ kind: 'failed' });
      expect(await kit.changes(one)).toBe(0);
    });

    test('cannot be told while the vendor does not answer', async () => {
      await kit.fault(vendorFor(one), { fault: '500' });
      expect(await kit.find(one)).toBeNull();
    });
  });

  describe.each(theirs.filter((one) => changing(one) && isPlain(one)))('$name, told', (one) => {
    test('is its input, and asks nobody', async () => {
      const seen = await kit.preview(one);
      expect(seen).toMatchObject({ kind: 'foreseen', preview: { before: null, undo: one.undo } });
      expect(await kit.requests()).toBe(0);
    });
  });

  describe.each(theirs.filter((one) => changing(one) && !isPlain(one)))('$name, foreseen', (one) => {
    test('is told with its changes and its way back, and changes nothing', async () => {
      const seen = await kit.preview(one);
      expect(seen).toMatchObject({ kind: 'foreseen', preview: { undo: one.undo } });
      if (seen.kind !== 'foreseen') return;
      expect(seen.preview.changes.length).toBeGreaterThan(0);
      const log = await kit.log(vendorFor(one));
      expect(log.length).toBeGreaterThan(0);
      expect(log.some(({ changed }) => changed)).toBe(false);
    });

    test('is what then happens', async () => {
      const seen = await kit.preview(one);
      const outcome = await kit.run(one);
      if (seen.kind !== 'foreseen' || outcome.kind !== 'succeeded') throw new Error('it should have worked');
      for (const [field, value] of Object.entries(seen.preview.after)) {
        if (value !== null && Object.hasOwn(outcome.output, field))
          expect(outcome.output[field], field).toEqual(value);
      }
    });

    // What is done to good answers only, a look that is told "no such record" rightly does not mind.
    test.each(
      ['silence', 'nonsense', 'refusal'].flatMap(faultsOf).filter((fault) => !distorting.includes(fault)),
    )('cannot be told while the vendor answers %s', async (fault) => {
      await kit.fault(vendorFor(one), { fault, delayMs: TIMEOUT_MS * 3 });
      expect(await kit.preview(one)).toMatchObject({ kind: 'failed' });
      expect(await kit.changes(one)).toBe(0);
    });

    test('is not told under a token for anything else, or after its time', async () => {
      for (const purpose of ['run', 'find', 'facts', 'cancel'] as const) {
        expect(await kit.preview(one, { claims: { purpose } })).toMatchObject({ reason: 'refused' });
      }
      expect(await kit.preview(one, { claims: { startBefore: Date.now() - 1 } })).toEqual({ kind: 'lapsed' });
      expect(await kit.requests()).toBe(0);
    });
  });

  describe.each(all)('$name with a token that is not good', (one) => {
    const text = JSON.stringify(exampleOf(one));
    const refused = { kind: 'failed', reason: 'refused' };
    const other = actions.find((another) => another.tool !== one.tool)!;

    const bad: [string, Partial<DispatchClaims>][] = [
      ['for another tool', { tool: other.tool }],
      ['for an action of another tool', { action: other.name, contract: other.hash }],
      ['for an action that does not exist', { action: `${one.tool}.no.such` }],
      ['to find, not to run', { purpose: 'find' }],
      ['to look up facts, not to run', { purpose: 'facts' }],
      ['to preview, not to run', { purpose: 'preview' }],
      ['over another version of the contract', { contract: sha256('older') }],
      ['over another input', { input: sha256('{}{}') }],
    ];
    test('made for something else: refused', async () => {
      for (const [what, claims] of bad) {
        const token = kit.token(one, claims, text);
        expect(await kit.tool(one.tool).run(token, text), what).toMatchObject(refused);
      }
      expect(await kit.requests()).toBe(0);
    });

    test('signed by another key: refused, and finds nothing', async () => {
      const { workers } = await freshSecrets([]);
      const stranger = workers['guard']!['DISPATCH_PRIVATE_KEY']!;
      const claims = (purpose: 'run' | 'find'): DispatchClaims => ({
        ...JSON.parse(Buffer.from(kit.token(one, {}, text).split('.')[0]!, 'base64url').toString()),
        purpose,
      });
      const tool = kit.tool(one.tool);
      expect(await tool.run(signDispatch(stranger, claims('run')), text)).toMatchObject(refused);
      expect(await tool.find(signDispatch(stranger, claims('find')), text)).toBeNull();
      expect(await kit.requests()).toBe(0);
    });

    test('altered, cut, doubled or empty: refused', async () => {
      const [body = '', signature = ''] = kit.token(one, {}, text).split('.');
      const later = JSON.parse(Buffer.from(body, 'base64url').toString()) as DispatchClaims;
      later.startBefore += 3_600_000;
      const altered = Buffer.from(JSON.stringify(later)).toString('base64url');
      const tokens = [
        `${altered}.${signature}`,
        body,
        `${body}.`,
        `.${signature}`,
        `${body}.${signature}.x`,
        '',
        '.',
      ];
      for (const token of tokens) expect(await kit.tool(one.tool).run(token, text)).toMatchObject(refused);
      expect(await kit.requests()).toBe(0);
    });

    test('expired, or with a time to start that is no number: lapsed', async () => {
      for (const startBefore of [Date.now() - 1, 0, NaN, 'soon' as unknown as number]) {
        expect(await kit.run(one, { claims: { startBefore } })).toEqual({ kind: 'lapsed' });
        expect(await kit.find(one, { claims: { startBefore } })).toBeNull();
      }
      expect(await kit.requests()).toBe(0);
    });

    test('good, but the input is another, no JSON, or has an unknown field: refused', async () => {
      const tool = kit.tool(one.tool);
      expect(await tool.run(kit.token(one, {}, text), `${text} `)).toMatchObject(refused);
      const unknown = JSON.stringify({ ...exampleOf(one), surprise: true });
      for (const input of ['', 'null', '[]', '{', unknown, '{"__proto__":{}}x']) {
        expect(await tool.run(kit.token(one, {}, input), input)).toMatchObject(refused);
      }
      expect(await kit.requests()).toBe(0);
    });

    test('good, but used to find a second time: finds nothing, and asks nobody', async () => {
      const token = kit.token(one, { purpose: 'find' }, text);
      await kit.tool(one.tool).find(token, text);
      const before = await kit.requests();
      expect(await kit.tool(one.tool).find(token, text)).toBeNull();
      expect(await kit.requests()).toBe(before);
    });
  });

  describe.each(all)('$name, handed over again with the same token', (one) => {
    const text = JSON.stringify(exampleOf(one));

    test('is answered as the first time, also ten at once, and done once', async () => {
      const vendor = vendorOf[one.tool];
      if (vendor) await kit.fault(vendor, { fault: 'slow', delayMs: 150, times: 1, ...atTheChange(one) });
      const token = kit.token(one, {}, text);
      const tool = kit.tool(one.tool);
      const outcomes = await Promise.all(Array.from({ length: 10 }, async () => tool.run(token, text)));
      const asked = await kit.requests();
      outcomes.push(await tool.run(token, text));
      expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
      expect(outcomes[0]).not.toMatchObject({ reason: 'refused' });
      expect(await kit.requests()).toBe(asked);
      if (vendor) expect(outcomes[0]).toMatchObject({ kind: 'succeeded' });
      if (vendor) expect(await kit.changes(one)).toBe(changing(one) ? 1 : 0);
    });

    test('after its time to start has passed, is answered as the first time and not as lapsed', async () => {
      const startBefore = Date.now() + 500;
      const token = kit.token(one, { startBefore }, text);
      const tool = kit.tool(one.tool);
      const first = await tool.run(token, text);
      expect(first.kind).not.toBe('lapsed');
      const asked = await kit.requests();
      await new Promise((passed) => setTimeout(passed, startBefore + 10 - Date.now()));
      expect(await tool.run(token, text)).toEqual(first);
      expect(await kit.requests()).toBe(asked);
    });

    test('with another input, is refused', async () => {
      const token = kit.token(one, {}, text);
      const tool = kit.tool(one.tool);
      await tool.run(token, text);
      expect(await tool.run(token, `${text} `)).toMatchObject({ kind: 'failed', reason: 'refused' });
    });
  });

  describe.each(all)('$name, called off before its dispatch arrives', (one) => {
    const text = JSON.stringify(exampleOf(one));
    const other = actions.find((another) => another.tool !== one.tool)!;
    const call = 'call_01JD00000000000000000000QC';

    test('starts nothing', async () => {
      await kit.tool(one.tool).cancel(kit.token(one, { purpose: 'cancel', call }, text));
      expect(await kit.run(one, { claims: { call } })).toEqual({ kind: 'lapsed' });
      expect(await kit.requests()).toBe(0);
    });

    test('runs on when that was said of another call, by a token for something else, or by a stranger', async () => {
      const { workers } = await freshSecrets([]);
      const tokens = [
        kit.token(one, { purpose: 'cancel', call: 'call_01JD00000000000000000000QD' }, text),
        kit.token(one, { purpose: 'run', call: 'call_01JD00000000000000000000QE' }, text),
        kit.token(
          one,
          { purpose: 'cancel', call: 'call_01JD00000000000000000000QE', tool: other.tool },
          text,
        ),
        signDispatch(workers['guard']!['DISPATCH_PRIVATE_KEY']!, {
          ...(JSON.parse(
            Buffer.from(kit.token(one, {}, text).split('.')[0]!, 'base64url').toString(),
          ) as DispatchClaims),
          purpose: 'cancel',
          call: 'call_01JD00000000000000000000QE',
        }),
        '',
        '.',
      ];
      for (const token of tokens) expect(await kit.tool(one.tool).cancel(token)).toBe(false);
      const claims = { call: 'call_01JD00000000000000000000QE' };
      expect((await kit.run(one, { claims })).kind).not.toBe('lapsed');
    });
  });
}
