import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { canonical } from '../../../shared/canonical.ts';
import { defineContract, knownActions, type KnownAction } from '../../../shared/contract.ts';
import type { Outcome } from '../../../shared/outcome.ts';
import { Gate } from '../../../shared/tool/gate.ts';
import { briefly, held } from '../../../shared/tool/outgoing.ts';

const data = z.strictObject({
  text: z.string().optional(),
  list: z.array(z.strictObject({ text: z.string() })).optional(),
  properties: z.record(z.string(), z.string()).optional(),
});

const contract = defineContract({
  tool: 'demo',
  vendor: 'Nobody',
  summary: 'For these tests.',
  actions: {
    'thing.read': {
      summary: 'Reads.',
      mode: 'read',
      groups: [],
      sensitivity: 'internal',
      input: data,
      output: data,
    },
  },
});
const actions = knownActions([contract]);
const read = actions.get('demo.thing.read') as KnownAction;

const leaves = (output: Record<string, unknown>, undo?: Record<string, unknown>): Outcome =>
  held(
    { kind: 'succeeded', output, ...(undo && { undo: { action: 'demo.thing.read', input: undo } }) },
    read,
    actions,
  );

describe('what a tool answers', () => {
  test('leaves as it is when it fits the contract', () => {
    const output = { text: 'Müller 桜 😀', list: [{ text: 'a' }], properties: { k: 'v' } };
    expect(leaves(output, { text: 'before' })).toEqual({
      kind: 'succeeded',
      output,
      undo: { action: 'demo.thing.read', input: { text: 'before' } },
    });
  });

  test('has no halves of characters, in values, in keys, at any depth, in the undo', () => {
    const odd = JSON.parse(
      '{"text":"a\\ud800","list":[{"text":"\\udc00b"}],"properties":{"k\\ud83d":"v\\ud83d"}}',
    ) as Record<string, unknown>;
    const outcome = leaves(odd, odd);
    const whole = { text: 'a\ufffd', list: [{ text: '\ufffdb' }], properties: { 'k\ufffd': 'v\ufffd' } };
    expect(outcome).toEqual({
      kind: 'succeeded',
      output: whole,
      undo: { action: 'demo.thing.read', input: whole },
    });
    expect(() => canonical(outcome)).not.toThrow();
  });

  test('that does not fit is told by place, and not by a name that the vendor chose', () => {
    const outcome = leaves({ properties: { 'ada@acme.example': 7, firstname: 7 } });
    expect(outcome).toEqual({
      kind: 'failed',
      reason: 'contract',
      detail: 'the answer does not fit the contract at /properties/* /properties/firstname',
    });
  });

  test('that does not fit in a thousand places is told by five', () => {
    const outcome = leaves({ list: Array.from({ length: 1_000 }, () => ({ text: 7 })) });
    expect(outcome).toMatchObject({
      detail:
        'the answer does not fit the contract at /list/0/text /list/1/text /list/2/text /list/3/text /list/4/text',
    });
  });

  test('may be 256 KiB of JSON, counted in bytes, and not one more', () => {
    const around = JSON.stringify({ kind: 'succeeded', output: { text: '' } }).length;
    const room = 256 * 1024 - around;
    expect(leaves({ text: 'x'.repeat(room) })).toMatchObject({ kind: 'succeeded' });
    const large = { kind: 'failed', reason: 'contract', detail: 'the answer is too large' };
    expect(leaves({ text: 'x'.repeat(room + 1) })).toEqual(large);
    expect(leaves({ text: '桜'.repeat(room / 2) })).toEqual(large);
  });

  test('too much of it after a change leaves the change unclear', () => {
    const gate = new Gate({ intentAt: 0, startBefore: Infinity });
    gate.mayStart(true);
    expect(gate.settled(leaves({ text: 'x'.repeat(300_000) }))).toEqual({
      kind: 'indeterminate',
      detail: 'the answer is too large',
    });
  });
});

describe('the detail of an outcome', () => {
  const long = `${'x'.repeat(299)}😀 and more`;
  const short = `${'x'.repeat(299)}\ufffd`;

  test.each<[Outcome]>([
    [{ kind: 'failed', reason: 'conflict', detail: long, retryAfter: 3 }],
    [{ kind: 'indeterminate', detail: long }],
  ])('is cut to 300 characters, and a half one is replaced: %j', (outcome) => {
    expect(briefly(outcome)).toEqual({ ...outcome, detail: short });
    expect(held(outcome, read, actions)).toEqual({ ...outcome, detail: short });
  });

  test('that is short stays, and so does an outcome without one', () => {
    const failed = { kind: 'failed', reason: 'rejected', detail: 'no' } as const;
    expect(briefly(failed)).toEqual(failed);
    expect(briefly({ kind: 'lapsed' })).toEqual({ kind: 'lapsed' });
  });

  test('names at most 300 characters of places', () => {
    const key = 'k'.repeat(40);
    const deep = z.strictObject({ a: z.record(z.string(), z.record(z.string(), z.strictObject({}))) });
    const action = { ...read, output: deep } as KnownAction;
    const a = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${n}${key.slice(1)}`, { [key]: 7 }]));
    const outcome = held({ kind: 'succeeded', output: { a } }, action, actions);
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect((outcome as { detail: string }).detail).toHaveLength(300);
  });
});
