import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signDispatch, verifyDispatch } from '../../../shared/dispatch-token.ts';
import type { Env } from '../../../workers/guard/env.ts';
import { LaneClient } from '../../../workers/guard/lane-client.ts';
import { askOf, signAsk } from '../../../workers/guard/lane-proof.ts';

/** Ed25519 private key, JWK text. */
const fresh = (): string =>
  JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
const key = fresh();
const person = { email: 'op@example.com', roles: ['operator' as const], credential: 'c'.repeat(64) };
const ask = { kind: 'look' as const, person, call: 'call_1' };
const now = 1_000_000;

describe('what a guard is asked for a person who was checked elsewhere', () => {
  test('is heard when this Worker signed it for this guard', () => {
    expect(askOf(key, 'a', 'look', signAsk(key, 'a', ask, now), now)).toEqual(ask);
  });

  test('is not heard for another guard, another purpose, later, altered or signed by another', () => {
    const proof = signAsk(key, 'a', ask, now);
    expect(askOf(key, 'b', 'look', proof, now)).toBeUndefined();
    expect(askOf(key, 'a', 'order', proof, now)).toBeUndefined();
    expect(askOf(key, 'a', 'look', proof, now + 30_000)).toBeUndefined();
    expect(askOf(fresh(), 'a', 'look', proof, now)).toBeUndefined();
    const [body = '', signature] = proof.split('.');
    for (const other of [`${body}A.${String(signature)}`, body, `${proof}.x`, '', 'x.y'])
      expect(askOf(key, 'a', 'look', other, now)).toBeUndefined();
  });

  test('is no dispatch token, and a dispatch token asks nothing', () => {
    const checked = verifyDispatch(key, signAsk(key, 'a', ask, now));
    expect(checked.ok && checked.claims.purpose).toBe('lane');
    const dispatch = signDispatch(key, { purpose: 'run', agent: 'a', until: now + 1_000 } as never);
    expect(askOf(key, 'a', 'look', dispatch, now)).toBeUndefined();
  });

  test('reaches the guard of that agent, signed', async () => {
    const heard: string[] = [];
    const guard = {
      look: async (proof: string) => {
        heard.push(proof);
        return { ok: true, value: {} };
      },
    };
    const env = { DISPATCH_PRIVATE_KEY: key, GUARD: { getByName: () => guard } } as unknown as Env;
    await new LaneClient(env, 'a').look(person, 'call_1');
    expect(heard.map((proof) => askOf(key, 'a', 'look', proof, Date.now()))).toEqual([ask]);
  });
});
