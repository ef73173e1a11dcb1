import { describe, expect, test } from 'vitest';
import { newPlaceholder, type PlaceholderClass } from '../../../shared/placeholder.ts';
import type { KnownPlaceholder } from '../../../shared/vault.ts';
import { faultsIn, placed } from '../../../workers/vault/looking.ts';
import { Rations } from '../../../workers/vault/rations.ts';

const one = newPlaceholder('email', new Uint8Array(10).fill(1));
const other = newPlaceholder('name', new Uint8Array(10).fill(2));

function look(texts: readonly string[], known: readonly string[], allowed: PlaceholderClass[] | null = null) {
  const entries = known.map((placeholder) => [placeholder, { placeholder } as KnownPlaceholder] as const);
  return faultsIn(texts, placed(texts), new Map(entries), allowed);
}

describe('what should not stand in a text', () => {
  test('people’s data and secrets in clear, each where it stands', () => {
    const texts = ['Fine.', 'Write to ada@acme.example', 'password: Tr0ub4dor&3'];
    expect(look(texts, [])).toEqual([
      { kind: 'personal', class: 'email', text: 1, start: 9, end: 25 },
      { kind: 'secret', class: 'secret', text: 2, start: 10, end: 21 },
    ]);
  });

  test('placeholders that the vault does not know, and such of a class that is not allowed', () => {
    const texts = [`Dear ${other}, your ${one}`];
    expect(look(texts, [one, other])).toEqual([]);
    expect(look(texts, [one])).toMatchObject([
      { class: 'name', why: 'unknown', start: 5, end: 5 + other.length },
    ]);
    expect(look(texts, [one, other], ['name'])).toMatchObject([{ class: 'email', why: 'not-allowed' }]);
    expect(look(texts, [one, other], [])).toHaveLength(2);
  });

  test('what only looks like a placeholder, which is never called unknown', () => {
    const broken = `${one.slice(0, -3)}${one.at(-3) === 'a' ? 'b' : 'a'}]]`;
    expect(look([`Dear ${broken}`, one.toUpperCase()], [])).toEqual([
      { kind: 'placeholder', text: 0, why: 'malformed' },
      { kind: 'placeholder', text: 1, why: 'malformed' },
    ]);
  });
});

describe('how much text an agent has read', () => {
  test('is bounded a minute, in characters and in asks; what is refused costs nothing', () => {
    const rations = new Rations();
    expect(rations.take(3_000_000, 100_000)).toBeNull();
    expect(rations.take(2_000_000, 110_000)).toBe(50);
    expect(rations.take(1_000_000, 110_000)).toBeNull();
    expect(rations.take(2_000_000, 160_000)).toBeNull();
    const asks = new Rations();
    for (let n = 0; n < 300; n += 1) expect(asks.take(1, 1_000_000)).toBeNull();
    expect(asks.take(1, 1_059_500)).toBe(1);
    expect(asks.take(1, 1_060_000)).toBeNull();
  });
});
