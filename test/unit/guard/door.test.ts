import { describe, expect, test } from 'vitest';
import { newPlaceholder, type PlaceholderClass } from '../../../shared/placeholder.ts';
import type { DoorAnswer, DoorAsk, DoorVault, KnownPlaceholder } from '../../../shared/vault.ts';
import type { AskedCall } from '../../../workers/guard/call.ts';
import { Door } from '../../../workers/guard/door.ts';
import { hiddenClaims } from '../../../workers/guard/steps/hidden-claims.ts';
import { mangledFaults } from '../../../workers/guard/steps/mangled.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';

const DAY_MS = 86_400_000;
const ID = 'call_01JD00000000000000000000QA';
let made = 0;

/** A placeholder that nobody else has. */
function fresh(cls: PlaceholderClass): string {
  made += 1;
  return newPlaceholder(cls, new Uint8Array(10).fill(made));
}

/** A vault that seals mail addresses, knows what it is given, and remembers what it was asked. */
class FakeVault implements DoorVault {
  readonly asks: DoorAsk[] = [];
  readonly known = new Map<string, KnownPlaceholder>();
  readonly #typed = new Map<string, string>();
  away = false;

  async take(ask: DoorAsk): Promise<DoorAnswer> {
    this.asks.push(structuredClone(ask));
    if (this.away) throw new Error('away');
    return Promise.resolve({
      typed: ask.typed.map(({ class: cls, value }) =>
        cls === 'free-text'
          ? value.replace(/\S+@\S+\.example/g, (found) => this.#seal('email', found))
          : this.#seal(cls, value),
      ),
      known: ask.placeholders.map((one) => this.known.get(one) ?? null),
    });
  }

  /** A placeholder that a vendor's answer gave, about a person. */
  told(cls: PlaceholderClass, subject: string | null): string {
    const placeholder = fresh(cls);
    const source = `crm.contact.read ${cls}`;
    this.known.set(placeholder, { placeholder, class: cls, subject, source, typed: false });
    return placeholder;
  }

  #seal(cls: PlaceholderClass, value: string): string {
    const placeholder = this.#typed.get(value) ?? fresh(cls);
    this.#typed.set(value, placeholder);
    this.known.set(placeholder, { placeholder, class: cls, subject: null, source: 'typed', typed: true });
    return placeholder;
  }
}

function asked(name: string, input: Record<string, unknown>, more: Partial<AskedCall> = {}): AskedCall {
  const action = catalogue.get(name);
  const parsed = action?.input.safeParse(input);
  if (!action || !parsed?.success) throw new Error(`no call of ${name}: ${parsed?.error?.message}`);
  return {
    caller: { agent: 'a', user: null, scopes: [] },
    action,
    grant: { action: name, mode: action.mode },
    workflow: 'w',
    policyVersion: 'ps_1',
    mode: action.mode,
    input: parsed.data,
    inputText: '',
    because: null,
    confidence: null,
    model: null,
    session: null,
    placeholders: [],
    releases: [],
    ...more,
  };
}

const mail = (over: Record<string, unknown> = {}, more: Partial<AskedCall> = {}): AskedCall =>
  asked(
    'email.message.send',
    { from: 'team@acme.example', to: 'ann@acme.example', subject: 'Hello', text: 'Your order', ...over },
    more,
  );

function setup() {
  const vault = new FakeVault();
  const door = new Door('a', vault);
  const take = async (call: AskedCall) => door.take(ID, call, 30 * DAY_MS);
  return { vault, door, take };
}

async function taken(call: AskedCall, { take }: ReturnType<typeof setup>): Promise<AskedCall> {
  const step = await take(call);
  if (!step.ok) throw new Error(JSON.stringify(step.denial));
  return step.value;
}

/** The places that a denial points at, with what it says of them. */
function faults(step: { ok: boolean; denial?: unknown }): [string, string][] {
  const { kind, errors } = step.denial as { kind: string; errors: { pointer: string; detail: string }[] };
  expect(kind).toBe('invalid');
  return errors.map(({ pointer, detail }) => [pointer, detail]);
}

describe('what an agent types', () => {
  test('is a placeholder from the door on, in fields, in texts and in its reasons', async () => {
    const here = setup();
    const because = {
      goal: 'write to ann@acme.example',
      explanation: 'She asked.',
      sources: ['a form of bob@acme.example'],
    };
    const call = mail({ text: 'Ask bob@acme.example about it' }, { because, session: 'ann@acme.example' });
    const sealed = await taken(call, here);
    expect(JSON.stringify([sealed.input, sealed.inputText, sealed.because, sealed.session])).not.toMatch(
      /ann@|bob@/,
    );
    expect(sealed.input['to']).toMatch(/^\[\[email:\w{11}\]\]$/);
    expect(sealed.because?.goal).toBe(`write to ${String(sealed.input['to'])}`);
    expect(JSON.parse(sealed.inputText)).toEqual(sealed.input);
    expect(here.vault.asks).toHaveLength(1);
    expect(here.vault.asks[0]).toMatchObject({ agent: 'a', call: ID, keepMs: 30 * DAY_MS });
  });

  test('is the same placeholder again, so that the same call is the same text', async () => {
    const here = setup();
    expect((await taken(mail(), here)).inputText).toBe((await taken(mail(), here)).inputText);
  });

  test('is what the sealed input is said to hold, as typed and about nobody that is known', async () => {
    const { placeholders, input } = await taken(
      asked('email.contact.read', { email: 'ann@acme.example' }),
      setup(),
    );
    expect(placeholders).toEqual([
      { placeholder: input['email'], class: 'email', subject: null, source: 'typed', typed: true },
    ]);
  });

  test('costs no hop where nothing can be personal, and where a text was looked through before', async () => {
    const here = setup();
    await taken(asked('crm.company.read', { id: '42' }), here);
    expect(here.vault.asks).toHaveLength(0);
    const because = { goal: 'Look', explanation: 'It is due.', sources: [] };
    await taken(asked('crm.company.read', { id: '42' }, { because }), here);
    await taken(asked('crm.company.read', { id: '42' }, { because }), here);
    expect(here.vault.asks).toHaveLength(1);
  });

  test('is not looked through where it says what the manifest says itself, such as the model’s name', async () => {
    const { door, vault } = setup();
    const call = asked('crm.company.read', { id: '42' }, { model: 'Claude Example 4' });
    expect(await door.take(ID, call, DAY_MS, ['Claude Example 4'])).toMatchObject({ ok: true });
    expect(vault.asks).toHaveLength(0);
    await door.take(ID, call, DAY_MS, ['another']);
    expect(vault.asks).toHaveLength(1);
  });

  test('is looked at again where something was found, however often it comes', async () => {
    const here = setup();
    const because = { goal: 'Look', explanation: 'ann@acme.example asked', sources: [] };
    for (let n = 0; n < 2; n += 1) {
      const { because: said } = await taken(asked('crm.company.read', { id: '42' }, { because }), here);
      expect(said?.explanation).not.toContain('ann@');
    }
    expect(here.vault.asks.map(({ typed }) => typed.length)).toEqual([2, 1]);
  });

  test('is not taken in when the vault does not answer, or answers something else', async () => {
    const here = setup();
    here.vault.away = true;
    expect(await here.take(mail())).toEqual({ ok: false, denial: { kind: 'vault-silent' } });
    const short = new Door('a', { take: async () => Promise.resolve({ typed: [], known: [] }) });
    expect(await short.take(ID, mail(), DAY_MS)).toEqual({ ok: false, denial: { kind: 'vault-silent' } });
  });

  test('that does not fit its field any more once it is sealed is refused, with the place', async () => {
    const subject = `${'x'.repeat(182)} a@b.example`;
    expect(faults(await setup().take(mail({ subject })))).toEqual([
      ['/input/subject', expect.stringContaining('make it shorter')],
    ]);
  });
});

describe('a placeholder of an answer', () => {
  test('goes on where its field takes its class', async () => {
    const here = setup();
    const to = here.vault.told('email', 'ann');
    expect((await taken(mail({ to }), here)).input['to']).toBe(to);
  });

  test.each([
    ['in a field of nobody’s data', { id: '42', company: '@' }, '/input/company', 'takes no placeholder'],
    ['in a text that opens none', { id: '42', jobTitle: 'as @' }, '/input/jobTitle', 'opens no placeholders'],
    ['with something around it', { id: '42', firstName: 'Dr @' }, '/input/firstName', 'by itself only'],
  ])('is refused %s', async (_where, input, pointer, detail) => {
    const here = setup();
    const placeholder = here.vault.told('name', 'ann');
    const filled = Object.fromEntries(
      Object.entries(input).map(([key, value]) => [key, value.replace('@', placeholder)]),
    );
    expect(faults(await here.take(asked('crm.contact.update', filled)))).toEqual([
      [pointer, expect.stringContaining(detail)],
    ]);
  });

  test('of a class that the text does not open is refused', async () => {
    const here = setup();
    const text = `Your card ${here.vault.told('card', 'ann')}`;
    expect(faults(await here.take(mail({ text })))[0]).toEqual([
      '/input/text',
      expect.stringContaining('opens only'),
    ]);
  });

  test('that nobody knows is refused in a field and in what is only said, alike', async () => {
    const here = setup();
    const [one, two] = [fresh('email'), fresh('name')];
    const because = { goal: `for ${two}`, explanation: 'e', sources: [] };
    expect(faults(await here.take(mail({ to: one }, { because })))).toEqual([
      ['/input/to', expect.stringContaining('not known here')],
      ['', expect.stringContaining('not known here')],
    ]);
  });
});

describe('a placeholder in a text to somebody', () => {
  async function addressed(
    input: (vault: FakeVault) => Record<string, unknown>,
    name = 'email.message.send',
  ) {
    const here = setup();
    const call = await taken(
      name === 'email.message.send' ? mail(input(here.vault)) : asked(name, input(here.vault)),
      here,
    );
    return here.door.addressed(ID, call, {});
  }

  test('is opened for its subject, and told to policies as that', async () => {
    const step = await addressed((vault) => ({
      to: vault.told('email', 'ann'),
      text: `Dear ${vault.told('name', 'ann')}`,
    }));
    expect(step).toMatchObject({
      ok: true,
      value: {
        releases: [
          { class: 'email', pointer: '/from', to: 'other', source: 'typed' },
          { class: 'name', pointer: '/text', to: 'subject', source: 'crm.contact.read name' },
          { class: 'email', pointer: '/to', to: 'subject', source: 'crm.contact.read email' },
        ],
      },
    });
  });

  test.each([
    ['somebody else', (vault: FakeVault) => vault.told('email', 'bob')],
    ['nobody that is known', (vault: FakeVault) => vault.told('email', null)],
    // Else whoever types addresses would learn whose the placeholder is.
    ['an address that the agent typed', () => 'ann@acme.example'],
  ])('is refused when it goes to %s', async (_whom, to) => {
    const step = await addressed((vault) => ({
      to: to(vault),
      text: `Dear ${vault.told('name', 'ann')}`,
    }));
    expect(faults(step)).toEqual([
      ['/input/text', expect.stringContaining('to is not known to be that person')],
    ]);
  });

  test('of nobody is nobody’s to read, not even of nobody', async () => {
    const step = await addressed((vault) => ({
      to: vault.told('email', null),
      text: `Dear ${vault.told('name', null)}`,
    }));
    expect(step.ok).toBe(false);
  });

  test('that the agent typed itself goes where it wrote it', async () => {
    const here = setup();
    const call = await taken(mail({ text: 'Ask bob@acme.example' }), here);
    const step = await here.door.addressed(ID, call, {});
    expect(step).toMatchObject({
      ok: true,
      value: {
        releases: [
          { pointer: '/from', source: 'typed', to: 'other' },
          { pointer: '/text', source: 'typed', to: 'other' },
          { pointer: '/to', source: 'typed', to: 'other' },
        ],
      },
    });
  });

  test('goes to whom a fact names, if that is its subject', async () => {
    const here = setup();
    const reply = `Dear ${here.vault.told('name', 'ann')}`;
    const call = await taken(asked('support.conversation.reply', { conversation: '7', reply }), here);
    const before = here.vault.asks.length;
    const [ann, bob] = [here.vault.told('email', 'ann'), here.vault.told('email', 'bob')];
    expect(await here.door.addressed(ID, call, { customer: ann })).toMatchObject({ ok: true });
    expect(here.vault.asks).toHaveLength(before + 1);
    expect((await here.door.addressed(ID, call, { customer: bob })).ok).toBe(false);
    expect((await here.door.addressed(ID, call, { customer: 'ann@acme.example' })).ok).toBe(false);
    expect((await here.door.addressed(ID, call, {})).ok).toBe(false);
  });
});

describe('what was approved', () => {
  test('still stands while its placeholders stand for the same, and not once one is gone or is another’s', async () => {
    const here = setup();
    const to = here.vault.told('email', 'ann');
    const call = await taken(mail({ to }), here);
    expect(await here.door.still(ID, call)).toEqual({ ok: true, value: null });
    const known = here.vault.known.get(to)!;
    here.vault.known.set(to, { ...known, subject: 'bob' });
    expect(await here.door.still(ID, call)).toEqual({ ok: false, denial: { kind: 'placeholder-gone' } });
    here.vault.known.delete(to);
    expect(await here.door.still(ID, call)).toEqual({ ok: false, denial: { kind: 'placeholder-gone' } });
    here.vault.away = true;
    expect(await here.door.still(ID, call)).toEqual({ ok: false, denial: { kind: 'vault-silent' } });
  });

  test('asks nobody where there is nothing personal', async () => {
    const here = setup();
    expect(await here.door.still(ID, asked('crm.company.read', { id: '42' }))).toMatchObject({ ok: true });
    expect(here.vault.asks).toHaveLength(0);
  });
});

test('a claim that would hide behind a placeholder is refused, and one that everybody sees is left to policies', () => {
  const claim = { id: 'no-risk', phrases: ['free of risk'], reason: 'r', instead: 'i' };
  const claims = { forbidden: [claim], doubtful: [] };
  const action = catalogue.get('email.message.send')!;
  const said = (text: string) => ({ action, input: { text }, inputText: text });
  const typed = said('Free of Risk Street 5, and free of risk');
  expect(hiddenClaims(said('Free of Risk Street 5'), said(`See ${fresh('address')}`), claims)).toEqual([
    { pointer: '/input/text', detail: expect.stringContaining('no-risk') as string },
  ]);
  expect(hiddenClaims(typed, said(`${fresh('address')}, and free of risk`), claims)).toEqual([]);
  expect(hiddenClaims(typed, typed, claims)).toEqual([]);
});

test('what was a placeholder is refused wherever it stands, names of members included', () => {
  const whole = fresh('email');
  const cut = whole.slice(0, -1);
  expect(mangledFaults({ input: { to: whole, text: `see ${whole}` } })).toEqual([]);
  const places = mangledFaults({
    input: { to: cut, tags: [whole.toUpperCase()], [`a ${cut}`]: 1 },
    session: encodeURIComponent(whole),
    because: { goal: 'fine', explanation: cut },
  }).map(({ pointer }) => pointer);
  expect(places).toEqual(['/input/to', '/input/tags/0', '/input', '/session', '/because/explanation']);
});

test('what is nested deeper than an input can be is refused with its place, and not walked', () => {
  const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
  expect(mangledFaults({ input: nested(64) })).toEqual([]);
  const detail = 'is nested deeper than 64 levels';
  for (const levels of [65, 20_000])
    expect(mangledFaults({ input: nested(levels) })).toEqual([{ pointer: '/input/a', detail }]);
});
