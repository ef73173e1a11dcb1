import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineContract, knownActions, sink, type Action } from '../../../shared/contract.ts';
import { sinkFields } from '../../../shared/sink-fields.ts';
import { claimsOf } from '../../../shared/claims.ts';
import { sinksIn } from '../../../shared/sinks.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const base = {
  summary: 'does',
  mode: 'execute',
  groups: [],
  sensitivity: 'internal',
  input: z.strictObject({ id: z.string() }),
  output: z.strictObject({}),
  undo: { irreversible: 'it is gone' },
} as const satisfies Action;

function defined(more: Partial<Action>) {
  const contract = {
    tool: 'desk',
    vendor: 'none',
    summary: 'a desk',
    actions: { 'note.write': { ...base, ...more } },
  };
  return knownActions([defineContract(contract)]).get('desk.note.write');
}

test.each([
  ['an amount that is a text', { amount: sink('amount', z.string()) }],
  ['a recipient that is a number', { to: sink('recipient', z.int()) }],
  ['a link that is a flag', { link: sink('link', z.boolean()) }],
  ['a kind that there is not', { to: sink('person' as 'recipient', z.string()) }],
  ['an object', { to: sink('recipient', z.strictObject({ name: z.string() }).loose()) }],
])('a contract does not mark %s as a sink', (_what, input) => {
  expect(() => defined({ input: z.strictObject(input) })).toThrow(/as a sink of kind/);
});

test('nothing goes out by an output or by a read', () => {
  expect(() => defined({ output: z.strictObject({ to: sink('recipient', z.string()) }) })).toThrow(/output/);
  const { undo: _, ...read } = base;
  const sinks = z.strictObject({ to: sink('recipient', z.string()) });
  const reading = (more: object) =>
    defineContract({
      tool: 'desk',
      vendor: 'none',
      summary: 'a desk',
      actions: { 'note.read': { ...read, mode: 'read', ...more } },
    });
  expect(() => reading({ input: sinks })).toThrow(/no sinks/);
  expect(() => reading({ clearance: 'public' })).toThrow(/no clearance/);
  expect(() => reading({})).not.toThrow();
});

test.each(['publish', 'send', 'notify', 'budget', 'refund', 'permission', 'segment'] as const)(
  'an execute in %s says what it goes to',
  (group) => {
    expect(() => defined({ groups: [group] })).toThrow(/marks what it goes to/);
    expect(() =>
      defined({ groups: [group], input: base.input.extend({ to: sink('account', z.int()) }) }),
    ).not.toThrow();
  },
);

test('a sink may be left out, may be null, and may be one of many', () => {
  const input = z.strictObject({
    to: sink('recipient', z.string()).nullable().optional(),
    others: z.array(sink('recipient', z.string())),
  });
  const action = defined({ input });
  expect(action?.hasSinks).toBe(true);
  expect(sinkFields(action?.inputSchema ?? {}).map(({ field }) => field)).toEqual(['to', 'others.*']);
});

test('a mark is part of what policy sets pin', () => {
  const marked = defined({ input: z.strictObject({ id: sink('account', z.string()) }) });
  expect(marked?.hash).not.toBe(defined({})?.hash);
  expect(defined({ clearance: 'public' })?.hash).not.toBe(defined({})?.hash);
});

test('what carries words may carry them as far as its own class, what only chooses anything', () => {
  const words = defined({ input: z.strictObject({ note: z.string().max(500) }) });
  expect(words?.clearance).toBe('internal');
  expect(defined({})?.clearance).toBe('restricted');
  expect(defined({ clearance: 'public' })?.clearance).toBe('public');
});

test.each([
  ['chat.message.post', 'internal', ['channel recipient']],
  ['email.message.send', 'confidential', ['to recipient']],
  ['email.broadcast.schedule', 'public', ['broadcast account', 'segment recipient']],
  ['cms.post.publish', 'public', ['post account']],
  ['ads.budget.update', 'restricted', ['account account', 'campaign account', 'dailyBudget amount']],
  ['support.refund.request', 'regulated', ['conversation account', 'amount amount', 'order account']],
  ['support.account.reset', 'regulated', ['conversation account']],
  ['crm.list.add', 'restricted', ['list account', 'contacts.* recipient']],
  ['crm.contact.update', 'confidential', ['id account', 'email recipient']],
])('%s lets %s out, by these sinks', (name, clearance, fields) => {
  const action = catalogue.get(name);
  expect(action?.clearance).toBe(clearance);
  const found = sinkFields(action?.inputSchema ?? {}).map(({ field, kind }) => `${field} ${String(kind)}`);
  // A mark on a field that also takes null or a placeholder may stand on its variants, too.
  expect([...new Set(found)].sort()).toEqual(fields.toSorted());
});

test.each(['email.broadcast.draft', 'email.message.send', 'email.message.schedule'])(
  '%s says what stands as the name of its sender, too: links and claims in it are seen',
  (name) => {
    const action = catalogue.get(name);
    if (!action) throw new Error(`${name} is unknown`);
    const input = { fromName: 'Guaranteed by evil.example', text: 'Hello' };
    expect(sinksIn(action, input)).toMatchObject([{ pointer: '/fromName', kind: 'link' }]);
    const guarantee = { id: 'guarantee', phrases: ['guaranteed'], reason: 'nobody can', instead: 'We help' };
    const claims = { forbidden: [guarantee], doubtful: [] };
    expect(claimsOf(action.says, claims, input, {}).forbidden).toHaveLength(1);
  },
);
