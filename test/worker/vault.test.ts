import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signDispatch, type DispatchClaims } from '../../shared/dispatch-token.ts';
import { classOf } from '../../shared/placeholder.ts';
import type { DoorVault, RevealVault, SealItem, ToolVault } from '../../shared/vault.ts';
import { bootGate, type GateUnderTest } from '../harness.ts';

let gate: GateUnderTest;
let tool: ToolVault;
let door: DoorVault;
let people: RevealVault;

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  const bound = async <T>(worker: string): Promise<T> =>
    (await gate.server.getWorker<{ VAULT: T }>(worker).getEnv()).VAULT;
  tool = await bound('toolgate-crm');
  door = await bound('toolgate-guard');
  people = await bound('toolgate-approvals');
});
afterAll(async () => gate.close());

function token(claims: Partial<DispatchClaims> = {}): string {
  const now = Date.now();
  return signDispatch(gate.secrets.workers['guard']!['DISPATCH_PRIVATE_KEY']!, {
    purpose: 'run',
    tool: 'crm',
    agent: 'lead-router',
    call: 'call_01JD00000000000000000000QA',
    action: 'crm.contact.read',
    contract: 'hash',
    input: 'hash',
    epoch: 1,
    startBefore: now + 5_000,
    intentAt: now,
    ...claims,
  });
}

function mail(value: string, rest: Partial<SealItem> = {}): SealItem {
  const subject = `email:${value}`;
  return { class: 'email', value, subject, how: 'whole', source: 'crm.contact.read email', ...rest };
}

async function seal(...items: SealItem[]): Promise<string[]> {
  const sealed = await tool.seal(token(), items);
  if (!sealed.ok) throw new Error(sealed.reason);
  return sealed.value;
}

async function opened(one: string, agent = 'lead-router'): Promise<Record<string, string>> {
  const answer = await tool.open(token({ opens: [one], agent }), [one]);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

describe('a tool', () => {
  test('gets the same placeholder for the same value of the same person, and another for anybody else', async () => {
    const [one, again, other] = await seal(
      mail('ada@acme.example'),
      mail('ada@acme.example'),
      mail('ada@acme.example', { subject: null }),
    );
    expect(classOf(one ?? '')).toBe('email');
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  test('opens what its token names, and nothing else', async () => {
    const [one = '', other = ''] = await seal(mail('bo@acme.example'), mail('cy@acme.example'));
    expect(await tool.open(token({ opens: [one] }), [one, other])).toMatchObject({ ok: false });
    expect(await tool.open(token(), [one])).toMatchObject({ ok: false });
    const ended = token({ opens: [one], startBefore: Date.now() });
    expect(await tool.open(ended, [one])).toMatchObject({ ok: false });
    expect(await tool.open(`${token({ opens: [one] })}x`, [one])).toMatchObject({ ok: false });
    expect(await opened(one)).toEqual({ [one]: 'bo@acme.example' });
  });

  test('of one agent opens nothing of another', async () => {
    const [one = ''] = await seal(mail('di@acme.example'));
    expect(await opened(one, 'support-agent')).toEqual({});
  });

  test('lets free text through with what is found in it sealed, and what looks like a placeholder made unusable', async () => {
    const value = 'Write to eve@acme.example, not to [[email:77777777773]].';
    const [text = ''] = await seal(mail(value, { class: 'free-text', how: 'spans' }));
    expect(text).toMatch(/^Write to \[\[email:[0-9a-z]{11}\]\], not to \(not a placeholder\)/);
  });
});

describe('the guard', () => {
  const ask = { agent: 'lead-router', call: 'call_01JD00000000000000000000QA', keepMs: 60_000 };

  test('cannot find out by typing what a vendor holds', async () => {
    const [one = ''] = await seal(mail('fay@acme.example'));
    const typed = [{ class: 'email', value: 'fay@acme.example' } as const];
    const { typed: sealed } = await door.take({ ...ask, typed, placeholders: [] });
    expect(classOf(sealed[0] ?? '')).toBe('email');
    expect(sealed[0]).not.toBe(one);
    expect(await door.take({ ...ask, typed, placeholders: [] })).toEqual({ typed: sealed, known: [] });
  });

  test('is told whom placeholders are about without a value, and nothing of unknown ones', async () => {
    const [one = '', phone = ''] = await seal(
      mail('gil@acme.example'),
      mail('+15550100', { class: 'phone', subject: 'email:gil@acme.example' }),
    );
    const asked = await door.take({ ...ask, typed: [], placeholders: [one, phone, '[[email:77777777773]]'] });
    expect(asked.known).toEqual([
      {
        placeholder: one,
        class: 'email',
        subject: expect.any(String),
        source: 'crm.contact.read email',
        typed: false,
      },
      expect.objectContaining({ class: 'phone', subject: asked.known[0]?.subject }),
      null,
    ]);
    expect(JSON.stringify(asked)).not.toMatch(/gil@|5550100/);
  });
});

describe('a person', () => {
  const opening = {
    agent: 'lead-router',
    call: 'call_01JD00000000000000000000QA',
    reason: 'to check the address',
  };

  test('sees a value only with a role that may', async () => {
    const [one = ''] = await seal(mail('hal@acme.example'));
    const { people: tokens } = gate.secrets.local;
    const nobody = await people.reveal('not a credential', one, opening);
    expect(nobody).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
    const auditor = await people.reveal(tokens['auditor']!.token, one, opening);
    expect(auditor).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
    const approver = await people.reveal(tokens['approver']!.token, `Dear ${one}`, opening);
    expect(approver).toEqual({ ok: true, value: 'Dear hal@acme.example' });
  });
});

test('what is kept survives eviction', async () => {
  const [one = ''] = await seal(mail('ida@acme.example'));
  await gate.evict('toolgate-vault', 'Vault', 'lead-router');
  expect(await opened(one)).toEqual({ [one]: 'ida@acme.example' });
});
