import { describe, expect, test } from 'vitest';
import { splitUse, type SecretUse } from '../../../shared/secret-use.ts';
import { SecretUses } from '../../../workers/guard/secret-uses.ts';

describe('the secrets that were used for a call', () => {
  test('are told once, with its next entry, whatever of it they were used for', () => {
    const uses = new SecretUses();
    uses.heard('call_1', { secrets: ['A_READ'] });
    uses.heard('call_1', { secrets: ['A_READ', 'A_WRITE'], secretsRefused: ['A_WRITE'] });
    uses.heard('call_2', { secrets: ['B'] });
    expect(uses.take('call_1')).toEqual({ secrets: ['A_READ', 'A_WRITE'], secretsRefused: ['A_WRITE'] });
    expect(uses.take('call_1')).toEqual({});
    expect(uses.take('call_2')).toEqual({ secrets: ['B'] });
    expect(uses.take(undefined)).toEqual({});
  });

  test('are nothing in an entry of a call that used none', () => {
    const uses = new SecretUses();
    uses.heard('call_1', {});
    expect(uses.take('call_1')).toEqual({});
  });

  test.each([
    ['text in the place of a list', { secrets: 'A_TOKEN' }],
    ['a number', { secretsRefused: 7 }],
    ['what is no name', { secrets: ['a value', 'pat-eu1-x', 1, null, 'A'.repeat(200)] }],
  ])('are none where a tool says %s: nothing else gets into the journal', (_, said) => {
    const uses = new SecretUses();
    uses.heard('call_1', said as unknown as SecretUse);
    expect(uses.take('call_1')).toEqual({});
  });

  test('are few, and so are the calls that wait for an entry', () => {
    const uses = new SecretUses();
    uses.heard('first', { secrets: Array.from({ length: 1_000 }, (_, n) => `T${n}`) });
    expect(uses.take('first').secrets).toHaveLength(16);
    for (let n = 0; n < 1_001; n += 1) uses.heard(`call_${n}`, { secrets: ['A'] });
    expect(uses.take('call_0')).toEqual({});
    expect(uses.take('call_1000')).toEqual({ secrets: ['A'] });
  });

  test('are split from the answer that they came with, which goes on without them', () => {
    const answer = { kind: 'lapsed' as const, secrets: ['A'], secretsRefused: ['A'] };
    expect(splitUse(answer)).toEqual({
      told: { kind: 'lapsed' },
      use: { secrets: ['A'], secretsRefused: ['A'] },
    });
    expect(splitUse<{ kind: string }>({ kind: 'lapsed' }).use).toEqual({});
  });
});
