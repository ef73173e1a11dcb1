import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyText } from '../../shared/crypto.ts';
import { certificateText, type Certificate, type Erasure } from '../../shared/erasure.ts';
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
  await bind();
});
afterAll(async () => gate.close());

async function bind(): Promise<void> {
  const bound = async <T>(worker: string): Promise<T> =>
    (await gate.server.getWorker<{ VAULT: T }>(worker).getEnv()).VAULT;
  tool = await bound('toolgate-crm');
  door = await bound('toolgate-guard');
  people = await bound('toolgate-approvals');
}

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

describe('an erasure', () => {
  const ask = async (body: unknown, person = 'owner'): Promise<Response> =>
    gate.ops(person, 'POST', '/erasures', body);

  test('takes everything about a person out of every vault, and nothing about anybody else', async () => {
    const about = 'contact:4711';
    const [address = '', name = '', phone = '', other = ''] = await seal(
      mail('Joan@Acme.example', { subject: about }),
      mail('Joan Smith', { class: 'name', subject: about }),
      mail('+1 555 0100 777', { class: 'phone', subject: about }),
      mail('jo@acme.example', { subject: 'contact:4712' }),
    );
    const [note = ''] = await seal(mail('Ask joan@acme.example.', { class: 'free-text', subject: null }));
    const { typed } = await door.take({
      agent: 'support-agent',
      call: 'call_01JD00000000000000000000QA',
      keepMs: 60_000,
      typed: [{ class: 'email', value: 'joan@acme.example' }],
      placeholders: [],
    });
    const body = { whom: { person: ' JOAN@acme.example ' }, reason: 'request 4711' };
    const dry = await (await ask({ ...body, dryRun: true })).json<Erasure>();
    expect(dry).toMatchObject({ state: 'dry-run', erasedAt: null });
    expect(await opened(address)).not.toEqual({});
    const answer = await ask(body);
    expect(answer.status).toBe(201);
    const erasure = await answer.json<Erasure>();
    expect(erasure).toMatchObject({ state: 'erased', by: 'owner@sandbox.example' });
    expect(erasure.agents).toEqual([
      { agent: 'lead-router', counts: { email: 1, name: 1, phone: 1, text: 1 } },
      { agent: 'support-agent', counts: { email: 1 } },
    ]);
    expect(dry.agents).toEqual(erasure.agents);
    for (const gone of [address, name, phone, note]) expect(await opened(gone)).toEqual({});
    expect(await opened(typed[0] ?? '', 'support-agent')).toEqual({});
    expect(await opened(other)).toEqual({ [other]: 'jo@acme.example' });
    const [anew] = await seal(mail('Joan@Acme.example', { subject: about }));
    expect(anew).not.toBe(address);
    expect(JSON.stringify(erasure)).not.toMatch(/joan/i);
  });

  test('is an owner’s, and certified only as far as it is true', async () => {
    const body = { whom: { person: 'kim@acme.example' }, reason: 'request 4712' };
    expect((await ask(body, 'operator')).status).toBe(403);
    expect((await ask({ whom: { person: 'Kim' }, reason: 'x' })).status).toBe(422);
    const { id } = await (await ask(body)).json<Erasure>();
    const answer = await gate.ops('auditor', 'GET', `/erasures/${id}/certificate`);
    const { certified, signature, key } = await answer.json<Certificate>();
    expect(certified.state).toBe('erased');
    expect(Date.parse(certified.completeAt) - Date.parse(certified.erasedAt)).toBe(30 * 86_400_000);
    expect(verifyText(key, certificateText(certified), signature)).toBe(true);
    expect(verifyText(key, certificateText({ ...certified, state: 'complete' }), signature)).toBe(false);
  });

  test('finds a person by a placeholder of one agent', async () => {
    const [name = '', address = ''] = await seal(
      mail('Lou', { class: 'name', subject: 'contact:9' }),
      mail('lou@acme.example', { subject: 'contact:9' }),
    );
    const whom = { placeholder: name, agent: 'lead-router' };
    expect((await ask({ whom: { ...whom, agent: 'support-agent' }, reason: 'x' })).status).toBe(404);
    expect((await ask({ whom, reason: 'x' })).status).toBe(201);
    expect(await opened(address)).toEqual({});
  });
});

test('a data key is rotated under running calls, and what hung on it still opens', async () => {
  const [before = ''] = await seal(mail('max@acme.example'));
  const body = { agent: 'lead-router', reason: 'a test' };
  expect((await gate.ops('operator', 'POST', '/vault/rotations', body)).status).toBe(403);
  expect((await gate.ops('owner', 'POST', '/vault/rotations', body)).status).toBe(200);
  const [after = ''] = await seal(mail('ned@acme.example'));
  expect(await opened(before)).toEqual({ [before]: 'max@acme.example' });
  expect(await opened(after)).toEqual({ [after]: 'ned@acme.example' });
  await expect
    .poll(async () => (await gate.ops('owner', 'POST', '/vault/rotations', { reason: 'look' })).json(), {
      timeout: 20_000,
      interval: 500,
    })
    .toMatchObject({
      onOld: 0,
      unknown: 0,
      agents: expect.arrayContaining([
        expect.objectContaining({
          agent: 'lead-router',
          vault: expect.objectContaining({ behind: 0, dataKey: expect.objectContaining({ version: 2 }) }),
        }),
      ]),
    });
  expect(await opened(before)).toEqual({ [before]: 'max@acme.example' });
});

test('each opening and each refusal is in the audit log, without a value', async () => {
  const [one = ''] = await seal(mail('oda@acme.example'));
  const call = 'call_01JD00000000000000000000QB';
  await tool.open(token({ opens: [one], call }), [one]);
  await tool.open(token({ call }), [one]);
  const kinds = async (): Promise<string[]> => {
    const answer = await gate.ops('auditor', 'GET', `/vault/opens?call=${call}`);
    const text = await answer.text();
    expect(text).not.toContain('oda@');
    return (JSON.parse(text) as { openings: { kind: string }[] }).openings.map(({ kind }) => kind).sort();
  };
  await expect.poll(kinds, { timeout: 20_000, interval: 300 }).toEqual(['vault.opened', 'vault.refused']);
});

test('nothing of a value stands in the object’s files, the write-ahead log included', async () => {
  const values = ['pia.quartz@acme.example', 'Pia Quartz-Ümläut', 'Quartzstrasse 17, 80331 München'];
  const call = `call_${Date.now()}RAW`;
  const [sealed = '', ...more] = await seal(
    mail(values[0] ?? ''),
    mail(values[1] ?? '', { class: 'name' }),
    mail(values[2] ?? '', { class: 'address', how: 'whole' }),
  );
  const opens = [sealed, ...more];
  expect((await tool.open(token({ opens, call }), opens)).ok).toBe(true);
  await ask('erase', 'nobody@acme.example');
  // Other gates may run on this machine: the id of the call, which stands in clear, tells which files are ours.
  const files = vaultFiles().flatMap(bytesOf);
  const ours = files.filter((file) => file.includes(call));
  expect(ours.length).toBeGreaterThan(0);
  for (const file of files)
    for (const value of values)
      for (const bytes of [Buffer.from(value), Buffer.from(value, 'utf16le'), Buffer.from(btoa64(value))])
        expect(file.includes(bytes), `${value.length} characters in a file`).toBe(false);
});

function btoa64(value: string): string {
  // Without the end, which depends on what follows.
  return Buffer.from(value).toString('base64').slice(0, -4);
}

async function ask(reason: string, person: string): Promise<void> {
  await gate.ops('owner', 'POST', '/erasures', { whom: { person }, reason });
}

/** None of a file that another gate has just taken away. */
function bytesOf(file: string): Buffer[] {
  try {
    return [readFileSync(file)];
  } catch {
    return [];
  }
}

/** The SQLite files of vaults that any gate of this machine keeps for its tests. */
function vaultFiles(): string[] {
  const roots = readdirSync(tmpdir()).filter((name) => name.startsWith('miniflare-'));
  return roots.flatMap((name) => {
    const folder = join(tmpdir(), name, 'do');
    if (!existsSync(folder)) return [];
    const vaults = readdirSync(folder).filter((one) => one.startsWith('toolgate-vault'));
    return vaults.flatMap((one) =>
      readdirSync(join(folder, one))
        .filter((file) => /\.sqlite(-wal)?$/.test(file))
        .map((file) => join(folder, one, file)),
    );
  });
}
