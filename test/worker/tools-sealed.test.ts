/** What really leaves the tools, with the real vault behind them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../shared/outcome.ts';
import { isPlaceholder } from '../../shared/placeholder.ts';
import { mapTexts } from '../../shared/tool/leaves.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';
import { action, actions, toolKit, type ToolKit } from './tools-kit.ts';

let gate: GateUnderTest;
let kit: ToolKit;
beforeAll(async () => {
  gate = await bootGate({ govern: false });
  kit = await toolKit(gate);
});
afterAll(async () => gate?.close());

type Succeeded = Outcome & { kind: 'succeeded' };

function succeeded(outcome: Outcome): Succeeded {
  if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  return outcome;
}

/** Every text that the contract classes, other than free text. */
function personalIn({ output }: Succeeded, schema: Record<string, unknown>): string[] {
  const found: string[] = [];
  mapTexts(output, schema, ({ text, cls }) => {
    if (cls !== undefined && cls !== 'free-text' && text !== '') found.push(text);
    return text;
  });
  return found;
}

describe.each(
  actions
    .filter(({ mode, tool }) => mode === 'read' && tool !== 'leads')
    .map((one) => [one.name, one] as const),
)('%s', (_, read) => {
  test('tells nothing of a person but placeholders', async () => {
    const sealed = await kit.run(read, { sealed: true });
    if (sealed.kind !== 'succeeded') return;
    const told = personalIn(sealed, read.outputSchema);
    for (const one of told) expect(isPlaceholder(one)).toBe(true);
    const raw = personalIn(succeeded(await kit.opened(sealed)), read.outputSchema);
    for (const value of raw) expect(value).not.toContain('[[');
    const text = JSON.stringify(sealed);
    for (const value of raw) if (value.includes('@')) expect(text).not.toContain(value);
    expect(text).not.toMatch(/[\w.]@[\w-]+\.example/);
  });
});

describe('a placeholder of an answer', () => {
  test('finds the same person at another tool, and the answer keeps it', async () => {
    const read = succeeded(await kit.run(action('crm.contact.read'), { sealed: true }));
    const email = String(read.output['email']);
    expect(isPlaceholder(email)).toBe(true);
    const found = await kit.run(action('crm.contact.search'), { input: { email }, sealed: true });
    expect(succeeded(found).output).toMatchObject({ contacts: [{ id: '101', email }] });
    const looked = await kit.run(action('enrichment.email.verify'), { input: { email }, sealed: true });
    expect(looked.kind).toBe('succeeded');
  });

  test('of another agent is not known, and nothing is sent', async () => {
    const read = succeeded(await kit.run(action('crm.contact.read'), { sealed: true }));
    await kit.reset();
    const asked = { input: { email: String(read.output['email']) }, claims: { agent: 'support-agent' } };
    expect(await kit.run(action('crm.contact.search'), asked)).toMatchObject({ reason: 'forgotten' });
    expect(await kit.requests()).toBe(0);
  });

  test('that the token does not name, or in a field that takes none, is refused, and nothing is sent', async () => {
    const read = succeeded(await kit.run(action('crm.contact.read'), { sealed: true }));
    const [email, name] = [String(read.output['email']), String(read.output['firstName'])];
    await kit.reset();
    const search = action('crm.contact.search');
    for (const asked of [
      { input: { email }, claims: { opens: [] } },
      { input: { email: name } },
      { input: { company: `Acme ${email}` } },
      { input: { email: email.toUpperCase() } },
    ])
      expect(await kit.run(search, asked)).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(await kit.requests()).toBe(0);
  });
});

describe('an undo that was kept sealed', () => {
  const update = action('crm.contact.update');
  const input = { id: '102', firstName: 'Grace', jobTitle: 'Admiral' };
  const lane = { claims: { lane: 'operators' as const }, sealed: true };

  test('writes back what was there, while the vendor holds what was left', async () => {
    await kit.reset();
    const was = succeeded(await kit.run(action('crm.contact.read'), { input: { id: '102' } })).output;
    const done = succeeded(await kit.run(update, { input, sealed: true }));
    // A job title is text: an agent reads it but for what detectors find. What is kept of it is sealed whole.
    expect(JSON.stringify(done)).not.toContain('Grace');
    const { undo } = done;
    expect(JSON.stringify(undo)).not.toContain('Admiral');
    if (!undo?.images) throw new Error('no undo');
    await kit.run(update, { ...lane, input: undo.input, expected: undo.images.after });
    const is = succeeded(await kit.run(action('crm.contact.read'), { input: { id: '102' } })).output;
    expect(is).toMatchObject({ firstName: was['firstName'], jobTitle: was['jobTitle'] });
  });

  test('writes nothing over a later change, and says where without saying what', async () => {
    await kit.reset();
    const { undo } = succeeded(await kit.run(update, { input, sealed: true }));
    if (!undo?.images) throw new Error('no undo');
    const byHand = { properties: { firstname: 'Somebody' } };
    await kit.simulator('PATCH', 'hubspot/records/contacts/102', byHand);
    const before = await kit.changes(update);
    const taken = await kit.run(update, { ...lane, input: undo.input, expected: undo.images.after });
    expect(taken).toMatchObject({ reason: 'changed', conflicts: [{ field: 'firstName' }] });
    expect(JSON.stringify(taken)).not.toMatch(/Grace|Somebody/);
    expect(await kit.changes(update)).toBe(before);
  });
});
