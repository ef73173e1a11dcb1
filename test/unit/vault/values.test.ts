import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classOf, placeholderClasses } from '../../../shared/placeholder.ts';
import type { Sealable } from '../../../workers/vault/entries.ts';
import { textBytes, textOf } from '../../../workers/vault/sealing.ts';
import { DAY, item, NOW, openVault } from './support.ts';

/** Any text that JSON can hold, half surrogate pairs included. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
);
const anyItem: fc.Arbitrary<Sealable> = fc.record({
  class: fc.constantFrom(...placeholderClasses),
  value: anyText,
  subject: fc.option(anyText),
  source: fc.constant('crm.contact.read email'),
  typed: fc.boolean(),
});

describe('sealing', () => {
  test('gives any text back as it was', () => {
    fc.assert(fc.property(anyText, (text) => textOf(textBytes(text)) === text));
    fc.assert(
      fc.property(fc.array(anyItem, { minLength: 1, maxLength: 8 }), (items) => {
        const { values, keys } = openVault();
        const sealed = items.map((one) => values.seal(keys, one, NOW, DAY));
        expect(sealed.map((one) => values.open(keys, one, NOW))).toEqual(items.map(({ value }) => value));
        expect(sealed.map((one) => classOf(one))).toEqual(items.map((one) => one.class));
        expect(values.kept(keys, items, NOW, DAY)).toEqual(sealed);
        // Sealed again: the same, and two that differ in anything that counts never share one.
        expect(items.map((one) => values.seal(keys, one, NOW, DAY))).toEqual(sealed);
        const told = items.map((one) => JSON.stringify([one.class, one.value, fold(one.subject), one.typed]));
        expect(new Set(sealed).size).toBe(new Set(told).size);
      }),
      { numRuns: 60 },
    );
  });

  test('gives two agents, and the two namespaces of one, nothing in common', () => {
    const everything = (storage: { sql: SqlStorage }): string[] =>
      storage.sql
        .exec<{ placeholder: string; name: string; subject: string; person: string; sealed: ArrayBuffer }>(
          'SELECT * FROM value',
        )
        .toArray()
        .flatMap(({ placeholder, name, subject, person, sealed }) => [
          placeholder,
          name,
          subject,
          person,
          Buffer.from(new Uint8Array(sealed)).toString('hex'),
        ]);
    const [one, other] = [openVault('lead-router'), openVault('support-agent')];
    for (const { values, keys } of [one, other])
      for (const typed of [false, true])
        values.seal(keys, item('ada@acme.example', { subject: 'email:ada@acme.example', typed }), NOW, DAY);
    const [mine, theirs] = [everything(one.storage), everything(other.storage)];
    expect(mine.filter((part) => theirs.includes(part))).toEqual([]);
    const names = one.storage.sql.exec<{ name: string }>('SELECT name FROM value').toArray();
    expect(new Set(names.map(({ name }) => name)).size).toBe(2);
  });

  test('of what an agent types answers the same whether a vendor holds it or not', () => {
    const { values, keys } = openVault();
    values.seal(keys, item('held@acme.example'), NOW, DAY);
    const typed = ['held@acme.example', 'free@acme.example'].map((value) =>
      values.seal(keys, item(value, { typed: true }), NOW, DAY),
    );
    const known = typed.map((one) => ({ ...values.known(one, NOW), placeholder: '' }));
    expect(known[0]).toEqual(known[1]);
    expect(typed.map(({ length }) => length)).toEqual([typed[0]?.length, typed[0]?.length]);
  });

  test('draws again when a placeholder is taken, and gives up on a source that is broken', () => {
    const draws = [1, 1, 1, 2].map((byte) => new Uint8Array(10).fill(byte));
    const vault = openVault('lead-router', () => draws.shift() ?? new Uint8Array(10).fill(9));
    const one = vault.values.seal(vault.keys, item('a@acme.example'), NOW, DAY);
    const two = vault.values.seal(vault.keys, item('b@acme.example'), NOW, DAY);
    expect(two).not.toBe(one);
    expect(vault.values.open(vault.keys, one, NOW)).toBe('a@acme.example');
    const broken = openVault('lead-router', () => new Uint8Array(10));
    broken.values.seal(broken.keys, item('a@acme.example'), NOW, DAY);
    expect(() => broken.values.seal(broken.keys, item('b@acme.example'), NOW, DAY)).toThrow('randomness');
  });
});

describe('a value', () => {
  test('is gone once its time is over, and is another placeholder when it comes back', () => {
    const { values, keys } = openVault();
    const one = values.seal(keys, item('ada@acme.example'), NOW, DAY);
    expect(values.open(keys, one, NOW + DAY - 1)).toBe('ada@acme.example');
    expect(values.open(keys, one, NOW + DAY)).toBeUndefined();
    expect(values.known(one, NOW + DAY)).toBeNull();
    expect(values.seal(keys, item('ada@acme.example'), NOW + DAY, DAY)).not.toBe(one);
  });

  test('lives on when it is sealed again, and a shorter time takes nothing away', () => {
    const { values, keys } = openVault();
    const one = values.seal(keys, item('ada@acme.example'), NOW, DAY);
    expect(values.seal(keys, item('ada@acme.example'), NOW + DAY / 2, DAY)).toBe(one);
    expect(values.seal(keys, item('ada@acme.example'), NOW + DAY / 2, 1_000)).toBe(one);
    expect(values.open(keys, one, NOW + DAY + DAY / 2 - 1)).toBe('ada@acme.example');
    expect(values.expire(NOW + DAY, 10)).toBe(0);
    expect(values.expire(NOW + 2 * DAY, 10)).toBe(1);
    expect(values.count).toBe(0);
  });

  test('that is kept already is found without a write', () => {
    const { values, keys, storage } = openVault();
    const one = values.seal(keys, item('ada@acme.example'), NOW, DAY);
    const changes = (): number => storage.sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n;
    const before = changes();
    expect(values.kept(keys, [item('ada@acme.example')], NOW + 60_000, DAY)).toEqual([one]);
    expect(changes()).toBe(before);
    expect(values.kept(keys, [item('ada@acme.example')], NOW + DAY / 2, DAY)).toBeNull();
    expect(values.kept(keys, [item('ada@acme.example'), item('bo@acme.example')], NOW, DAY)).toBeNull();
  });
});

test('a crash between any two lines of a batch leaves all of it or nothing', () => {
  const batch = ['a@acme.example', 'b@acme.example', 'c@acme.example'];
  for (let lines = 0; lines < 20; lines += 1) {
    const { values, keys, storage } = openVault();
    const kept = values.seal(keys, item('kept@acme.example'), NOW, DAY);
    const exec = storage.sql.exec.bind(storage.sql);
    let left = lines;
    storage.sql.exec = ((...args: Parameters<typeof exec>) => {
      if (left === 0) throw new Error('crash');
      left -= 1;
      return exec(...args);
    }) as typeof exec;
    try {
      storage.transactionSync(() => batch.map((one) => values.seal(keys, item(one), NOW, DAY)));
    } catch (error) {
      expect(String(error)).toContain('crash');
    }
    storage.sql.exec = exec;
    expect([1, 4]).toContain(values.count);
    expect(values.open(keys, kept, NOW)).toBe('kept@acme.example');
    const again = batch.map((one) => values.seal(keys, item(one), NOW, DAY));
    expect(again.map((one) => values.open(keys, one, NOW))).toEqual(batch);
  }
});

function fold(subject: string | null): string | null {
  return subject?.startsWith('email:') ? subject.normalize('NFKC').trim().toLowerCase() : subject;
}
