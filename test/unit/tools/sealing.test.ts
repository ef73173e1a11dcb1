/** Opening and sealing at a tool, against a vault in memory. */
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  defineContract,
  knownActions,
  personal,
  resolves,
  trusted,
  type KnownAction,
} from '../../../shared/contract.ts';
import type { DispatchClaims } from '../../../shared/dispatch-token.ts';
import type { Image } from '../../../shared/image.ts';
import {
  newPlaceholder,
  placeholderClass,
  placeholdersIn,
  type PlaceholderClass,
} from '../../../shared/placeholder.ts';
import { changedSince } from '../../../shared/tool/imaging.ts';
import { openedImage } from '../../../shared/tool/kept-image.ts';
import { sealedImage, sealedOutcome, sealedPreview, type Leaving } from '../../../shared/tool/leaving.ts';
import { prepare, type Ready } from '../../../shared/tool/prepare.ts';
import type { SealItem, ToolVault } from '../../../shared/vault.ts';

const theirs = z.string().nullable();
const person = z.strictObject({
  id: trusted(z.string()),
  email: personal('email', theirs),
  firstName: personal('name', theirs),
  lastName: personal('name', theirs).optional(),
  note: personal('free-text', theirs),
  company: theirs,
});
const contract = defineContract({
  tool: 'desk',
  vendor: 'Desk',
  summary: 'People, for tests.',
  artefacts: { page: { content: ['text'], restore: ['desk.page.update'], id: 'page' } },
  actions: {
    'person.read': {
      summary: 'Reads a person.',
      mode: 'read',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({ email: resolves(['email'], 'text', personal('email', z.email())) }),
      output: person,
    },
    'person.update': {
      summary: 'Changes a person.',
      mode: 'execute',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({
        id: z.string().max(20),
        firstName: personal('name', z.string().max(40)).optional(),
        note: personal('free-text', z.string().max(500)).optional(),
        company: z.string().max(100).optional(),
      }),
      output: person,
      undo: { action: 'desk.person.update', how: 'Writes back what was there.' },
      about: { record: 'person', id: 'input.id' },
    },
    'page.update': {
      summary: 'Changes a page.',
      mode: 'execute',
      groups: [],
      sensitivity: 'internal',
      input: z.strictObject({ page: z.string().max(20), text: personal('free-text', z.string().max(500)) }),
      output: z.strictObject({ page: trusted(z.string()) }),
      undo: { action: 'desk.page.update', how: 'Writes back what was there.' },
      about: { record: 'page', id: 'input.page' },
    },
    'mail.send': {
      summary: 'Writes to a person.',
      mode: 'execute',
      groups: [],
      sensitivity: 'confidential',
      input: z.strictObject({
        to: resolves(['email'], 'header', personal('email', z.email())),
        html: resolves(['name'], 'html', personal('free-text', z.string().max(500)), {
          recipient: 'input.to',
        }),
        tag: z.string().max(50).optional(),
      }),
      output: z.strictObject({}),
      undo: { irreversible: 'It has left.' },
      about: { record: 'mail', id: 'input.to' },
    },
  },
});
const actions = knownActions([contract]);
const action = (name: string): KnownAction => actions.get(`desk.${name}`) as KnownAction;

/** A vault that names the same value of the same person alike, and finds mail addresses in texts. */
class Fake implements ToolVault {
  readonly values = new Map<string, string>();
  readonly sealing: SealItem[][] = [];
  opens = 0;
  away = false;
  #count = 0;

  put(cls: PlaceholderClass, value: string): string {
    const one = newPlaceholder(cls, new Uint8Array(10).fill((this.#count += 1)));
    this.values.set(one, value);
    return one;
  }

  named(cls: PlaceholderClass, value: string, subject: string | null): string {
    const key = `${cls}\n${value}\n${subject ?? ''}`;
    const known = this.#names.get(key) ?? this.put(cls, value);
    this.#names.set(key, known);
    return known;
  }
  readonly #names = new Map<string, string>();

  async seal(_: string, items: SealItem[]) {
    if (this.away) throw new Error('away');
    this.sealing.push(items);
    const value = items.map(({ class: cls, value, subject, how }) =>
      how === 'whole'
        ? this.named(placeholderClass(cls), value, subject)
        : value.replace(/[\w.]+@[\w.]+\w/g, (mail) => this.named('email', mail, null)),
    );
    return { ok: true as const, value };
  }

  async open(_: string, placeholders: string[]) {
    if (this.away) throw new Error('away');
    this.opens += 1;
    const found = placeholders.flatMap((one) => (this.values.has(one) ? [[one, this.values.get(one)]] : []));
    return { ok: true as const, value: Object.fromEntries(found) as Record<string, string> };
  }
}

function claimsOf(text: string, more: Partial<DispatchClaims> = {}): DispatchClaims {
  return {
    tool: 'desk',
    action: 'any',
    call: 'call_1',
    opens: placeholdersIn(text),
    ...more,
  } as DispatchClaims;
}

async function ask(
  vault: Fake,
  name: string,
  sealed: Record<string, unknown>,
  claims: Partial<DispatchClaims> = {},
  expected?: Image,
) {
  const text = JSON.stringify([sealed, expected ?? null]);
  const dispatched = { token: 't', claims: claimsOf(text, claims), action: action(name), sealed };
  return prepare(dispatched, vault, expected === undefined ? undefined : JSON.stringify(expected));
}

async function ready(...asked: Parameters<typeof ask>): Promise<Ready> {
  const answer = await ask(...asked);
  if (!answer.ok) throw new Error(answer.outcome.detail);
  return answer;
}

function leaving(vault: Fake, name: string, { input, opened }: Ready): Leaving {
  return { vault, token: 't', claims: claimsOf(''), action: action(name), input, opened, actions };
}

const ada = {
  id: '7',
  email: 'Ada@acme.example',
  firstName: 'Ada',
  note: 'Write to bob@acme.example',
  company: 'Acme',
};

describe('before a handler runs', () => {
  test('an input without placeholders costs no request to the vault', async () => {
    const vault = new Fake();
    const { input } = await ready(vault, 'person.read', { email: 'ada@acme.example' });
    expect([input, vault.opens]).toEqual([{ email: 'ada@acme.example' }, 0]);
  });

  test('all placeholders are opened in one request, each escaped for its field', async () => {
    const vault = new Fake();
    const to = vault.put('email', 'ada@acme.example');
    const name = vault.put('name', '<b>"Ada"</b>');
    const { input } = await ready(vault, 'mail.send', { to, html: `<p title="${name}">${name}</p>` });
    const safe = '&lt;b&gt;&quot;Ada&quot;&lt;/b&gt;';
    expect(input).toEqual({ to: 'ada@acme.example', html: `<p title="${safe}">${safe}</p>` });
    expect(vault.opens).toBe(1);
  });

  test.each([
    ['in a field without a class', (v: Fake) => ({ to: 'a@b.example', html: '', tag: v.put('name', 'Ada') })],
    ['of another class', (v: Fake) => ({ to: v.put('phone', '1234567'), html: '' })],
    [
      'with something beside it',
      (v: Fake) => ({ to: `${v.put('email', 'a@b.example')}.evil.example`, html: '' }),
    ],
    ['of a whole text', (v: Fake) => ({ to: 'a@b.example', html: v.put('text', 'what was kept') })],
    ['that was changed', (v: Fake) => ({ to: 'a@b.example', html: v.put('name', 'Ada').toUpperCase() })],
  ])('a placeholder %s is refused, and nothing is opened', async (_, input) => {
    const vault = new Fake();
    const answer = await ask(vault, 'mail.send', input(vault));
    expect(answer).toMatchObject({ ok: false, outcome: { kind: 'failed', reason: 'refused' } });
    expect(vault.opens).toBe(0);
  });

  test('a placeholder that the token does not name is refused', async () => {
    const vault = new Fake();
    const answer = await ask(
      vault,
      'person.read',
      { email: vault.put('email', 'a@b.example') },
      { opens: [] },
    );
    expect(answer).toMatchObject({ ok: false, outcome: { reason: 'refused' } });
    expect(vault.opens).toBe(0);
  });

  test('the contract is held against what was opened', async () => {
    const vault = new Fake();
    const answer = await ask(vault, 'person.read', { email: vault.put('email', 'no address') });
    expect(answer).toMatchObject({ ok: false, outcome: { detail: 'the input does not fit the contract' } });
  });

  test('a value that reads as a placeholder is refused', async () => {
    const vault = new Fake();
    const html = vault.put('name', vault.put('email', 'a@b.example'));
    expect(await ask(vault, 'mail.send', { to: 'a@b.example', html })).toMatchObject({ ok: false });
  });

  test('what is not kept any more fails with that word, and a vault that is away with unavailable', async () => {
    const vault = new Fake();
    const email = vault.put('email', 'a@b.example');
    vault.values.clear();
    expect(await ask(vault, 'person.read', { email })).toMatchObject({ outcome: { reason: 'forgotten' } });
    vault.away = true;
    expect(await ask(vault, 'person.read', { email })).toMatchObject({ outcome: { reason: 'unavailable' } });
  });
});

describe('an outcome on its way out', () => {
  const read = async (vault: Fake, output: Record<string, unknown> = ada) => {
    const asked = await ready(vault, 'person.read', { email: vault.put('email', 'x@acme.example') });
    return sealedOutcome({ kind: 'succeeded', output }, leaving(vault, 'person.read', asked));
  };

  test('holds placeholders in place of what is personal, by one request, about the person in it', async () => {
    const vault = new Fake();
    const outcome = await read(vault);
    const text = JSON.stringify(outcome);
    for (const raw of ['Ada', 'acme.example', 'bob']) expect(text).not.toContain(raw);
    expect(text).toContain('Write to [[email:');
    expect(text).toContain('"company":"Acme"');
    expect(vault.sealing).toHaveLength(1);
    expect(vault.sealing[0]).toContainEqual({
      class: 'name',
      how: 'whole',
      value: 'Ada',
      subject: 'email:ada@acme.example',
      source: 'desk.person.read firstName',
    });
  });

  test('of somebody without an address is about the record', async () => {
    const vault = new Fake();
    await read(vault, { ...ada, email: null });
    expect(vault.sealing[0]?.map(({ subject }) => subject)).toEqual(['desk.person:7', 'desk.person:7']);
  });

  test('a mail address in a field that nobody classed is sealed, and what reads as a placeholder is no use', async () => {
    const vault = new Fake();
    const company = `Bob <bob@acme.example>`;
    const trap = newPlaceholder('email', new Uint8Array(10).fill(9));
    const outcome = await read(vault, { ...ada, id: trap, company });
    const text = JSON.stringify(outcome);
    expect(text).not.toContain('bob@');
    expect(text).not.toContain(trap);
  });

  test('nothing personal costs no request to the vault', async () => {
    const vault = new Fake();
    await read(vault, { id: '7', email: null, firstName: null, note: '', company: 'Acme' });
    expect(vault.sealing).toEqual([]);
  });

  test('a read without the vault fails and tells nothing', async () => {
    const vault = new Fake();
    const asked = await ready(vault, 'person.read', { email: 'ada@acme.example' });
    vault.away = true;
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const by = leaving(vault, 'person.read', asked);
    const outcome = await sealedOutcome({ kind: 'succeeded', output: ada }, by);
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'unavailable' });
    expect(JSON.stringify(outcome)).not.toContain('Ada');
  });

  test('what is done without the vault has succeeded, masked and without an undo, and somebody is told', async () => {
    const vault = new Fake();
    const asked = await ready(vault, 'person.update', { id: '7', firstName: 'Ada' });
    vault.away = true;
    const alerts = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const undo = { action: 'desk.person.update', input: { id: '7', firstName: 'Eve' } };
    const by = leaving(vault, 'person.update', asked);
    const outcome = await sealedOutcome({ kind: 'succeeded', output: ada, undo }, by);
    expect(outcome).toEqual({
      kind: 'succeeded',
      output: { id: '7', email: '[email]', firstName: '[name]', note: '[free-text]', company: 'Acme' },
    });
    expect(alerts.mock.calls.flat().join('')).toContain('vault.silent');
    expect(alerts.mock.calls.flat().join('')).not.toContain('Ada');
  });
});

describe('what the agent sent', () => {
  test('comes back in its own placeholder, in the same field only, also in other letters', async () => {
    const vault = new Fake();
    const firstName = vault.put('name', 'ada ');
    const asked = await ready(vault, 'person.update', { id: '7', firstName });
    const output = { ...ada, lastName: 'ada ', note: 'Ada' };
    const by = leaving(vault, 'person.update', asked);
    const outcome = await sealedOutcome({ kind: 'succeeded', output }, by);
    expect(outcome).toMatchObject({ output: { firstName } });
    expect(JSON.stringify(outcome).split(firstName)).toHaveLength(2);
  });

  test('shows as a change in a preview, whatever the vendor holds', async () => {
    for (const held of ['Ada', 'Eve']) {
      const vault = new Fake();
      const firstName = vault.put('name', 'Ada');
      const asked = await ready(vault, 'person.update', { id: '7', firstName });
      const seen = {
        kind: 'foreseen' as const,
        preview: {
          before: { id: '7', firstName: held },
          after: { id: '7', firstName: 'Ada' },
          changes: [],
          sideEffects: [],
          undo: { irreversible: 'a test' },
        },
      };
      const told = await sealedPreview(seen, leaving(vault, 'person.update', asked));
      expect(told).toMatchObject({ preview: { after: { firstName }, changes: [{ field: 'firstName' }] } });
      expect(JSON.stringify(told)).not.toMatch(/Ada|Eve/);
    }
  });

  test('inside a text comes back as it was sent, also where the text was cut', async () => {
    const vault = new Fake();
    const name = vault.put('name', 'Ada');
    const asked = await ready(vault, 'person.update', { id: '7', note: `Dear ${name}, of Adana.` });
    expect(asked.input).toMatchObject({ note: 'Dear Ada, of Adana.' });
    const by = leaving(vault, 'person.update', asked);
    for (const [note, told] of [
      ['Dear Ada, of Adana.', `Dear ${name}, of Adana.`],
      ['Dear Ada, of', `Dear ${name}, of`],
    ]) {
      const outcome = await sealedOutcome({ kind: 'succeeded', output: { ...ada, note } }, by);
      expect(outcome).toMatchObject({ output: { note: told } });
    }
  });
});

describe('what is kept to take a call back', () => {
  const kept = {
    id: '7',
    firstName: 'Eve',
    note: 'Call [[email:x]] at\n7',
    company: 'Bob <bob@acme.example>',
  };

  test('is sealed whole, and comes back byte for byte in the operators’ lane', async () => {
    const vault = new Fake();
    const asked = await ready(vault, 'person.update', { id: '7', note: 'New.' });
    const undo = { action: 'desk.person.update', input: kept, images: { before: kept, after: ada } };
    const by = leaving(vault, 'person.update', asked);
    const outcome = await sealedOutcome({ kind: 'succeeded', output: ada, undo }, by);
    if (outcome.kind !== 'succeeded' || !outcome.undo) throw new Error('no undo');
    const { input, images } = outcome.undo;
    expect(JSON.stringify(outcome)).not.toMatch(/Eve|bob@|Call/);
    expect(action('person.update').input.safeParse(input).success).toBe(true);
    const back = await ready(vault, 'person.update', input, { lane: 'operators' }, images?.before ?? null);
    expect(back.input).toEqual(kept);
    expect(back.expected).toEqual({ image: kept, gone: [] });
  });

  test('of a text with versions stays readable but for what is personal, and comes back byte for byte too', async () => {
    const vault = new Fake();
    const asked = await ready(vault, 'page.update', { page: '9', text: 'New.' });
    const by = leaving(vault, 'page.update', asked);
    for (const [text, told] of [
      ['Ask bob@acme.example.\r\n', /^Ask \[\[email:[^@]+\]\]\.\r\n$/],
      ['Ask [[email:x]] bob@acme.example', /^\[\[text:[0-9a-z]{11}\]\]$/],
    ] as const) {
      const undo = { action: 'desk.page.update', input: { page: '9', text } };
      const content = { before: { text }, after: { text: 'New.' } };
      const outcome = await sealedOutcome({ kind: 'succeeded', output: { page: '9' }, undo, content }, by);
      if (outcome.kind !== 'succeeded' || !outcome.undo) throw new Error('no undo');
      expect(outcome.undo.input['text']).toMatch(told);
      expect(outcome.content).toEqual({
        before: { text: outcome.undo.input['text'] },
        after: { text: 'New.' },
      });
      const back = await ready(vault, 'page.update', outcome.undo.input, { lane: 'operators' });
      expect(back.input).toEqual({ page: '9', text });
    }
  });

  test('is no agent’s to open', async () => {
    const vault = new Fake();
    const note = vault.put('text', 'What was kept.');
    expect(await ask(vault, 'person.update', { id: '7', note })).toMatchObject({ ok: false });
    expect(await ask(vault, 'person.update', { id: '7', note }, { lane: 'operators' })).toMatchObject({
      ok: true,
    });
  });

  test('the same text of the same record is named alike, whatever stands beside it', async () => {
    const vault = new Fake();
    const asked = await ready(vault, 'person.update', { id: '7', note: 'New.' });
    const by = leaving(vault, 'person.update', asked);
    const [one, other] = await Promise.all(
      [{ note: 'Old.' }, { note: 'Old.', email: 'ada@acme.example' }].map(async (image) =>
        sealedImage({ kind: 'image', image }, by),
      ),
    );
    expect(one?.kind === 'image' && one.image?.['note']).toMatch(/^\[\[text:/);
    expect(other).toMatchObject({ image: { note: one?.kind === 'image' && one.image?.['note'] } });
  });

  test('a value that is not kept any more equals nothing: a conflict for a person, and no write', () => {
    const gone = newPlaceholder('name', new Uint8Array(10).fill(3));
    const { image, gone: fields } = openedImage({ id: '7', firstName: gone }, {});
    for (const found of [gone, 'not kept any more', null]) {
      const seen = { kind: 'image', image: { id: '7', firstName: found } } as const;
      expect(changedSince(image, seen, fields)).toMatchObject({
        reason: 'changed',
        conflicts: [{ field: 'firstName', found }],
      });
    }
  });
});
